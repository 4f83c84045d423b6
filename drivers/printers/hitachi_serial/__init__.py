"""Hitachi ink-jet printers on RS-232: one text at a time, the next by permission."""
