"""An own decoder of bar codes that compares whole characters. Start at `reading`."""

from agent.vision.decoders.bars.reading import NAME, READABLE, confirm, decode, prepare

__all__ = ["NAME", "READABLE", "confirm", "decode", "prepare"]
