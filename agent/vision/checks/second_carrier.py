"""Whether the other codes on the pack name the same product: two carriers side by side.

While retail moves from EAN-13 to two-dimensional codes a pack carries both, and GS1
wants both to hold the same GTIN (GS1 General Specifications, "Multiple barcodes"; the
transition is known as Sunrise 2027, in China as GM2D 全球二维码迁移计划). A scanner
may read either; two that differ sell as two products.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot

from agent.vision.checks.finding import CheckName, Finding
from agent.vision.decoded import Decoded
from agent.vision.region import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a carrier names. `gtin` has 14 digits: a GTIN-13 is one with a leading 0."""

    gtin: str
    batch: str | None = None
    serial: str | None = None


# None: the code names no GTIN (a shop's address, a plain serial number), so it is no
# carrier. ValueError: it means to, and is wrong; the text says how.
Identify = Callable[[Decoded], Identity | None]
# The codes of a picture, for carriers that the station's own reading does not look for.
Find = Callable[[Image], Sequence[Decoded]]

MISSING = "no second carrier found 未找到第二载体"


class SecondCarrier:
    """The check: every other code that names a GTIN names the same one.

    Batch and serial number must be the same where both carry them. Without a second
    carrier it has passed unless one is `required`. `find` looks for carriers of its own
    accord where the codes read do not hold one.
    """

    def __init__(
        self, identify: Identify, *, required: bool = True, find: Find | None = None
    ) -> None:
        self._identify = identify
        self._required = required
        self._find = find

    def __call__(
        self, image: Image, code: Decoded, codes: Sequence[Decoded]
    ) -> Finding:
        """Not passed: a contradiction, a code that is wrong in itself, none at all."""
        try:
            own = self._identify(code)
        except ValueError as error:
            return _finding(f"{_kind(code)}: {error}", passed=False)
        if own is None:
            return _finding(f"{_kind(code)} names no GTIN 无GTIN", passed=False)
        faults, same = self._compared(own, code, codes)
        if not faults and not same and self._find is not None:
            faults, same = self._compared(own, code, self._find(image))
        if faults:
            return _finding("; ".join(faults), passed=False)
        if not same:
            return _finding(MISSING, passed=not self._required)
        return _finding(f"{', '.join(same)}: GTIN {own.gtin}", passed=True)

    def _compared(
        self, own: Identity, code: Decoded, codes: Sequence[Decoded]
    ) -> tuple[list[str], list[str]]:
        """What the other codes contradict, and the kinds of those that agree."""
        faults: list[str] = []
        same: list[str] = []
        for other in codes:
            if _is_one(code, other):
                continue
            try:
                named = self._identify(other)
            except ValueError as error:
                faults.append(f"{_kind(other)}: {error}")
                continue
            if named is None:
                continue
            against = _differences(own, named)
            faults += [f"{_kind(other)} {each} 标识不一致" for each in against]
            same += [] if against else [_kind(other)]
        return faults, same


def _differences(own: Identity, other: Identity) -> list[str]:
    """What of `other` is not as `own` has it; what only one carries is no matter."""
    pairs = (
        ("GTIN", own.gtin, other.gtin),
        ("batch", own.batch, other.batch),
        ("serial", own.serial, other.serial),
    )
    return [
        f"{what} {b}, expected {a}"
        for what, a, b in pairs
        if a is not None and b is not None and a != b
    ]


def _is_one(code: Decoded, other: Decoded) -> bool:
    """Whether it is the same symbol, read again."""
    if (code.payload, code.aim) != (other.payload, other.aim):
        return False
    (x, y), (u, v) = _middle(code), _middle(other)
    (ax, ay), _, (cx, cy), _ = code.corners
    return hypot(x - u, y - v) <= hypot(cx - ax, cy - ay) / 2


def _middle(code: Decoded) -> tuple[float, float]:
    xs, ys = zip(*code.corners, strict=True)
    return sum(xs) / 4, sum(ys) / 4


def _kind(code: Decoded) -> str:
    return code.symbology.replace("_", " ")


def _finding(detail: str, *, passed: bool) -> Finding:
    return Finding(check=CheckName.SECOND_CARRIER, passed=passed, detail=detail)
