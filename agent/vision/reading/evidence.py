"""When a text counts as read.

Matrix codes carry error correction: one reading counts. Bar codes do not, and damage
makes them read as other valid texts: a bar code counts when two looks agree, or when
its data holds a GS1 check digit, and it leads by as much over any other text read at
the same place. zbar's word is one vote like any other.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from agent.vision.decoded import Decoded
from agent.vision.symbology import Symbology

ENOUGH: Final = 2
Key = tuple[bytes, Symbology]


class Evidence:
    """Collects the readings of one picture, look by look."""

    def __init__(self, itf_digits: frozenset[int]) -> None:
        self._itf_digits = itf_digits
        self._votes: Counter[Key] = Counter()
        self._first: dict[Key, Decoded] = {}

    def add(self, readings: Iterable[Decoded]) -> None:
        """Counts one look; a text seen twice in it counts once."""
        for key, reading in {(r.payload, r.symbology): r for r in readings}.items():
            if self._is_possible(reading):
                self._votes[key] += _votes_of(reading)
                self._first.setdefault(key, reading)

    @property
    def codes(self) -> tuple[Decoded, ...]:
        """The texts that count, each as it was first read."""
        return tuple(
            reading for key, reading in self._first.items() if self._counts(key)
        )

    @property
    def is_settled(self) -> bool:
        """Something counts, and no other place still waits for its second vote."""
        codes = self.codes
        return bool(codes) and all(
            any(_overlap(reading, code) for code in codes)
            for reading in self._first.values()
        )

    def _counts(self, key: Key) -> bool:
        reading = self._first[key]
        if not reading.symbology.is_linear:
            return True
        rivals = (
            self._votes[other]
            for other, seen in self._first.items()
            if other != key and seen.symbology.is_linear and _overlap(seen, reading)
        )
        return self._votes[key] - max(rivals, default=0) >= ENOUGH

    def _is_possible(self, reading: Decoded) -> bool:
        """Part of an ITF symbol is itself a valid one: only its length tells."""
        if reading.symbology is not Symbology.ITF:
            return True
        return len(reading.payload) in self._itf_digits


def _votes_of(reading: Decoded) -> int:
    if not reading.symbology.is_linear or _has_gs1_check_digit(reading):
        return ENOUGH
    return 1


def _has_gs1_check_digit(reading: Decoded) -> bool:
    """A right check digit in the data, beyond what the symbology itself checks."""
    payload = reading.payload
    match reading.symbology:
        case Symbology.ITF if len(payload) == 14:
            return _is_mod10(payload)
        case Symbology.GS1_128 if payload.startswith(b"00"):
            return len(payload) >= 20 and _is_mod10(payload[2:20])
        case Symbology.GS1_128 if payload.startswith((b"01", b"02")):
            return len(payload) >= 16 and _is_mod10(payload[2:16])
        case _:
            return False


def _is_mod10(digits: bytes) -> bool:
    """GS1 check digit: weights 1, 3, 1, 3 … from the right, sum divisible by 10."""
    if not digits.isdigit():
        return False
    weighted = (
        (digit - ord("0")) * (3 if index % 2 else 1)
        for index, digit in enumerate(reversed(digits))
    )
    return sum(weighted) % 10 == 0


def _overlap(a: Decoded, b: Decoded) -> bool:
    """Whether the boxes around the two touch."""
    ax, ay = zip(*a.corners, strict=True)
    bx, by = zip(*b.corners, strict=True)
    return (
        min(ax) <= max(bx)
        and min(bx) <= max(ax)
        and min(ay) <= max(by)
        and min(by) <= max(ay)
    )
