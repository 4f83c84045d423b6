"""Hitachi ink-jet printers (RX, RX2, UX) over Modbus TCP."""
