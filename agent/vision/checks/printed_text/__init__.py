"""Batch, dates and other text printed beside the code, held against the expected.

`check.py` is the door; `verify.py` tells how one line is judged.
"""
