"""From symbol characters of a Code 128 to bytes (ISO/IEC 15417, clause 4.3)."""

from typing import Final

START_A: Final = 103  # code sets A, B and C begin with 103, 104, 105
FNC1: Final = 102
SHIFT: Final = 98
CODE_C: Final = 99
CODE_B: Final = 100
CODE_A: Final = 101
FNC4: Final = {"A": CODE_A, "B": CODE_B}
GS: Final = 0x1D
PLAIN, GS1 = "]C0", "]C1"


def text_of(values: list[int]) -> tuple[bytes, str] | None:
    """Bytes and AIM identifier; `values` from the start to the check character.

    None where the check character is wrong, or for what no line prints and therefore
    is not read here: FNC1 in second position, FNC2, FNC3, and no data at all.
    """
    start, *data, check = values
    weighted = start + sum(place * value for place, value in enumerate(data, start=1))
    if weighted % 103 != check or not START_A <= start <= START_A + 2:
        return None
    is_gs1 = bool(data) and data[0] == FNC1
    payload = _payload("ABC"[start - START_A], data[is_gs1:])
    if not payload:
        return None
    return payload, GS1 if is_gs1 else PLAIN


def _payload(code_set: str, data: list[int]) -> bytes | None:
    out = bytearray()
    is_shifted = False
    high = _High()
    for value in data:
        now = _other(code_set) if is_shifted else code_set
        is_shifted = False
        if value == FNC1:
            if not _may_separate(out):
                return None
            out.append(GS)
        elif now == "C" and value < CODE_B:
            out += b"%02d" % value
        elif now != "C" and value < 96:
            byte = value - 64 if now == "A" and value >= 64 else value + 32
            out.append(byte + high.offset())
        elif now != "C" and value == SHIFT:
            is_shifted = True
        elif value == FNC4.get(now):
            high.fnc4()
        elif (code := _switched(now, value)) is not None:
            code_set = code
        else:
            return None
    return bytes(out)


class _High:
    """FNC4: the next character, or after two of them all, are 128 and more."""

    def __init__(self) -> None:
        self._is_latched = False
        self._is_once = False

    def fnc4(self) -> None:
        if self._is_once:
            self._is_latched = not self._is_latched
        self._is_once = not self._is_once

    def offset(self) -> int:
        """128 or 0 for a character, which uses up a single FNC4."""
        is_high = self._is_latched != self._is_once
        self._is_once = False
        return 128 if is_high else 0


def _other(code_set: str) -> str:
    return "B" if code_set == "A" else "A"


def _switched(now: str, value: int) -> str | None:
    """The code set that a character switches to; None where it is a function."""
    to = {CODE_C: "C", CODE_B: "B", CODE_A: "A"}.get(value)
    return None if to == now else to


def _may_separate(so_far: bytearray) -> bool:
    """FNC1 after one letter or two digits says "second position", not a separator."""
    is_application = len(so_far) == 1 and so_far.isalpha()
    return not (is_application or (len(so_far) == 2 and so_far.isdigit()))
