"""What the standards ask of each bar code, and its reference decoder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent.vision.grading.linear import code_128, ean_13, itf
from agent.vision.grading.linear.reading import Reading, Reals
from agent.vision.symbology import Symbology


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`read` decodes the widths of all elements, `length` tells how many of them are
    the symbol that begins at the first; `modules`: about how wide a symbol of so many
    data characters is, `quiet`: the zones before and after it, both in X."""

    read: Callable[[Reals], Reading | None]
    length: Callable[[Reals, int], int | None]
    modules: Callable[[int], float]
    quiet: tuple[float, float]


# `length` also takes the number of data characters that were read.
_CODE_128: Final = Rules(
    read=code_128.read,
    length=lambda widths, _: code_128.length(widths),
    # A character holds one letter or two digits: three quarters is between.
    modules=lambda characters: 11 * (0.75 * characters + 3) + 2,
    quiet=(10, 10),
)
_ITF: Final = Rules(
    read=itf.read,
    length=lambda _, characters: itf.elements(characters),
    modules=lambda characters: 8 * characters + 8.5,
    quiet=(10, 10),
)
_EAN_13: Final = Rules(
    read=ean_13.read,
    length=lambda _, __: ean_13.ELEMENTS,
    modules=lambda _: 95,
    quiet=(11, 7),
)
# Quiet zones: GS1 General Specifications, symbol specifications of each symbology.
RULES: Final = {
    Symbology.CODE_128: _CODE_128,
    Symbology.GS1_128: _CODE_128,
    Symbology.ITF: _ITF,
    Symbology.EAN_13: _EAN_13,
}


def agrees(reading: Reading, payload: bytes) -> bool:
    """Whether a reference decode gave what the camera's decoder gave.

    FNC1 between characters is GS to some decoders and nothing to others.
    """
    return reading.payload == payload or (
        reading.payload.replace(b"\x1d", b"") == payload.replace(b"\x1d", b"")
    )
