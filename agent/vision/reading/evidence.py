"""When a text counts as read.

A text counts by its witnesses: independent ways to it. Matrix codes correct and check
themselves: one reading is enough. Bar codes do not, and damage makes one decoder read
the same wrong text again and again, so two looks by one decoder are one witness; two
decoders that measure differently are two. `docs/vision/evidence.md` says why, per
symbology, and what it was tried on.
"""

from collections.abc import Collection, Iterable
from math import dist
from typing import Final

from agent.vision.check_digit import is_mod10
from agent.vision.decoded import Decoded
from agent.vision.decoders import opencv, zbar
from agent.vision.reading.same_place import same_place
from agent.vision.symbology import Symbology

ENOUGH: Final = 2
SECONDING: Final = frozenset({opencv.NAME})  # a witness beside others alone
LEAST_PX: Final = 5.0  # along the bars: fewer lines of a coarse print agree by chance
END_TO_END: Final = "end to end"  # a witness that is no decoder
ITF_14: Final = 14
# Modules of M1, which only detects errors, and M2, which corrects one or two codewords.
MICRO_WEAK: Final = frozenset({11, 13})
SSCC_BYTES, GTIN_BYTES = 20, 16

Key = tuple[bytes, Symbology]


class Evidence:
    """Collects the readings of one picture, look by look."""

    def __init__(self, itf_digits: Collection[int]) -> None:
        self._itf_digits = itf_digits
        self._witnesses: dict[Key, set[str]] = {}
        self._first: dict[Key, Decoded] = {}
        self._seconded: set[Key] = set()
        self._codes: tuple[Decoded, ...] = ()

    def add(self, readings: Iterable[Decoded]) -> None:
        """Takes in one look."""
        for reading in readings:
            if self._is_possible(reading):
                key = (reading.payload, reading.symbology)
                if reading.decoder in SECONDING:
                    self._seconded.add(key)
                    continue
                self._first.setdefault(key, reading)
                self._witnesses.setdefault(key, set()).update(witnesses_of(reading))
        self._codes = tuple(
            [reading for key, reading in self._first.items() if self._counts(key)]
        )

    @property
    def codes(self) -> tuple[Decoded, ...]:
        """The texts that count, each as it was first read."""
        return self._codes

    @property
    def conflicts(self) -> tuple[Decoded, ...]:
        """Texts that would count, had not another been read at their place."""
        if len(self._codes) == len(self._first):
            return ()
        return tuple(
            reading
            for key, reading in self._first.items()
            if self._weight(key) >= ENOUGH and not self._counts(key)
        )

    @property
    def waiting(self) -> tuple[Decoded, ...]:
        """Readings that need another witness, the strongest first."""
        weak = [key for key in self._first if self._weight(key) < ENOUGH]
        weak.sort(key=lambda key: -self._weight(key))
        return tuple(self._first[key] for key in weak)

    @property
    def is_settled(self) -> bool:
        """Something counts, and no other place still waits for a witness."""
        codes = self._codes
        if len(codes) == len(self._first):
            return bool(codes)
        return bool(codes) and all(
            any(reading is code or same_place(reading, code) for code in codes)
            for reading in self._first.values()
        )

    def _weight(self, key: Key) -> int:
        return len(self._witnesses[key]) + (key in self._seconded)

    def _counts(self, key: Key) -> bool:
        weight = self._weight(key)
        if weight < ENOUGH:
            return False
        if len(self._first) == 1:
            return True
        reading = self._first[key]
        rivals = [
            other
            for other, seen in self._first.items()
            if other != key and same_place(seen, reading)
        ]
        if not reading.symbology.is_linear:
            # What a matrix code corrected itself outweighs bars "read" inside it.
            return not any(
                not other[1].is_linear and self._weight(other) >= ENOUGH
                for other in rivals
            )
        return all(
            other[1].is_linear and weight - self._weight(other) >= ENOUGH
            for other in rivals
        )

    def _is_possible(self, reading: Decoded) -> bool:
        """Part of an ITF symbol is itself a valid one: only its length tells."""
        if reading.symbology is not Symbology.ITF:
            return True
        return len(reading.payload) in self._itf_digits


def witnesses_of(reading: Decoded) -> frozenset[str]:
    """The independent grounds on which one reading stands."""
    symbology, decoder = reading.symbology, reading.decoder
    if not symbology.is_linear and not _is_weak_micro(reading):
        return frozenset({decoder, "error correction"})
    if decoder == END_TO_END:
        return frozenset({END_TO_END})
    if symbology is Symbology.ITF and len(reading.payload) != ITF_14:
        # Two decoders see the same part of a longer symbol: only its ends tell.
        return frozenset({"lines"})
    if symbology is Symbology.MICRO_QR:
        return frozenset({f"{decoder}, {reading.variant}"})
    grounds = set() if _is_line(reading) else {decoder}
    if reading.paths >= ENOUGH:
        grounds.add("halves")
    if _has_check_digit(reading):
        grounds.add("check digit")
    return frozenset(grounds)


def _is_line(reading: Decoded) -> bool:
    """Whether but one place along the bars was read: another decoder reads there what
    damage or a screened print made of that place too. zbar does not tell.
    """
    top_left, _, _, bottom_left = reading.corners
    return (
        reading.decoder != zbar.NAME
        and reading.symbology is not Symbology.ITF
        and dist(top_left, bottom_left) < LEAST_PX
    )


def _is_weak_micro(reading: Decoded) -> bool:
    modules = reading.modules
    return reading.symbology is Symbology.MICRO_QR and (
        modules is None or modules[0] in MICRO_WEAK
    )


def _has_check_digit(reading: Decoded) -> bool:
    """A right check digit over all of the data, beyond what the symbology checks.

    Not where data stands behind it: that could be misread. zbar alone gave a GS1-128
    whose check character and check digit were both right by chance.
    """
    payload = reading.payload
    match reading.symbology:
        case Symbology.ITF if len(payload) == ITF_14:
            return is_mod10(payload)
        case Symbology.GS1_128 if reading.decoder != zbar.NAME:
            is_sscc = payload.startswith(b"00") and len(payload) == SSCC_BYTES
            is_gtin = payload.startswith((b"01", b"02")) and len(payload) == GTIN_BYTES
            return (is_sscc or is_gtin) and is_mod10(payload[2:])
        case _:
            return False
