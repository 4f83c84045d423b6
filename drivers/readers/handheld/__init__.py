"""Handheld scanners as a serial line: USB-CDC or RS-232."""
