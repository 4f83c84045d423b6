"""Key events of Linux input devices, as far as a scanner uses them.

Numbers from the kernel's input-event-codes.h, characters of the US layout.
"""

from dataclasses import dataclass

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
RELEASED, PRESSED, REPEATED = 0, 1, 2

ENTER = frozenset({28, 96})
SHIFT = frozenset({42, 54})
CONTROL = frozenset({29, 97})
ALT = frozenset({56, 100})
NUM_LOCK = 69

KEYPAD_DIGITS: dict[int, str] = {
    71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3",
    82: "0",
}  # fmt: skip

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (15, "\t", "\t"),
)
# Key code to what it types: plain, with Shift.
US_LAYOUT: dict[int, tuple[str, str]] = {
    first + place: pair
    for first, plain, shifted in _ROWS
    for place, pair in enumerate(zip(plain, shifted, strict=True))
}


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One event: its type, the key's code, and whether pressed or released."""

    kind: int
    code: int
    value: int
