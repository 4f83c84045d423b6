"""From the symbol character values of Code 128 to data (ISO/IEC 15417)."""

from enum import IntEnum
from typing import Final

_GS: Final = 0x1D


class NotCode128(ValueError):
    """Character values that stand for nothing."""


class _Set(IntEnum):
    """A code set; the value of its start character."""

    A = 103
    B = 104
    C = 105


_FNC1: Final = 102
_FNC2: Final = 97
_FNC3: Final = 96
_SHIFT: Final = 98
_OTHER: Final = {_Set.A: _Set.B, _Set.B: _Set.A}
# What changes the code set, by the set it stands in.
_LATCHES: Final = {
    _Set.A: {99: _Set.C, 100: _Set.B},
    _Set.B: {99: _Set.C, 101: _Set.A},
    _Set.C: {100: _Set.B, 101: _Set.A},
}
_FNC4: Final = {_Set.A: 101, _Set.B: 100}


def payload_of(values: list[int]) -> bytes:
    """The data of values from the start character to before the check character.

    FNC1 is left out in first position and GS elsewhere; FNC2 and FNC3 carry no data.
    FNC4 raises a character (twice: all that follow) by 128. Raises NotCode128.
    """
    code_set, shifted = _Set(values[0]), False
    is_high, is_next_high = False, False
    data = bytearray()
    for place, value in enumerate(values[1:]):
        active = _OTHER[code_set] if shifted else code_set
        if value == _FNC1:
            if place > 0:
                data.append(_GS)
            continue
        if active is _Set.C and value < 100:
            data += b"%02d" % value
            continue
        if value in _LATCHES[active]:
            code_set = _LATCHES[active][value]
            continue
        if active is _Set.C or value > 101:
            raise NotCode128(f"character {value} in code set {active.name}")
        if value == _FNC4[active]:
            is_high, is_next_high = is_high ^ is_next_high, not is_next_high
            continue
        if value == _SHIFT:
            shifted = True
            continue
        shifted = False
        if value in {_FNC2, _FNC3}:
            continue
        data.append(_character(active, value) | (128 if is_high ^ is_next_high else 0))
        is_next_high = False
    return bytes(data)


def _character(code_set: _Set, value: int) -> int:
    """ASCII: both sets share 32 to 95; above, A has controls and B small letters."""
    return value - 64 if code_set is _Set.A and value >= 64 else value + 32
