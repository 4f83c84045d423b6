"""Videojet 1000 line ink-jet printers over the WSI protocol."""
