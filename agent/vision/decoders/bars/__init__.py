"""An own decoder of bar codes that compares whole characters. Start at `reading`."""

from agent.vision.decoders.bars.confirming import PLACING, confirm, confirm_clear
from agent.vision.decoders.bars.reading import (
    NAME,
    READABLE,
    decode,
    decode_strip,
    prepare,
)

__all__ = [
    "NAME",
    "PLACING",
    "READABLE",
    "confirm",
    "confirm_clear",
    "decode",
    "decode_strip",
    "prepare",
]
