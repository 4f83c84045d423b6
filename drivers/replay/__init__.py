"""Wires that play a recording back to the real driver: `drivers.replay.dialer`."""
