"""The last rejects as pictures with their numbers, under a quota.

Off the verdict path: what cannot be kept in time is dropped and counted. Start reading
at `keeping`.
"""
