"""The platform link: facts up, orders and code packages down.

Start at `uploader.py`. Nothing here touches the line: whatever the platform does or
fails to do becomes a status, and the line runs on.
"""
