"""Scanners that type, as a keyboard does: the last resort."""
