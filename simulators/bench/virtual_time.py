"""The bench runs on virtual time: `drivers.virtual_time`, where replays run too."""

from drivers.virtual_time import AtRestError, VirtualTimeLoop, run_virtual

__all__ = ["AtRestError", "VirtualTimeLoop", "run_virtual"]
