"""Printers. `ledger.py` and `live_feed.py` serve those that do not number records."""
