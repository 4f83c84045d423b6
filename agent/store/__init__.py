"""What the line knows and keeps: code packages, the journal, the tables made from it.

Start reading at `store.py`. Nothing here knows devices, code formats or the network.
"""
