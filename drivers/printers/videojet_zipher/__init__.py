"""Videojet printers with the Zipher text protocol (TTO 6xxx, 8520, CLARiTY lasers)."""
