"""Printer families: one folder each, always messages, codec, driver."""
