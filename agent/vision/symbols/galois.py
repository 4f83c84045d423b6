"""Reed-Solomon codes over GF(256): how many codewords are wrong, and which.

Source: ISO/IEC 18004 clause 7.5 and Annex B (QR: field polynomial 0x11D, first root
alpha^0); ISO/IEC 16022 clause 5.7 and Annex E (Data Matrix: 0x12D, alpha^1).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Indices = NDArray[np.intp]

ORDER: Final = 255  # of the multiplicative group


@dataclass(frozen=True, slots=True)
class Field:
    """GF(256) by its polynomial; `first_root` is the generator's lowest power."""

    polynomial: int
    first_root: int

    def multiply(self, a: int, b: int) -> int:
        """Product of two elements."""
        if a == 0 or b == 0:
            return 0
        powers, logs = _tables(self.polynomial)
        return int(powers[logs[a] + logs[b]])

    def divide(self, a: int, b: int) -> int:
        """Quotient; `b` is not 0."""
        if a == 0:
            return 0
        powers, logs = _tables(self.polynomial)
        return int(powers[logs[a] - logs[b] + ORDER])


QR_FIELD: Final = Field(0x11D, 0)
DATA_MATRIX_FIELD: Final = Field(0x12D, 1)


def syndromes(field: Field, blocks: Bytes, parity: int) -> Bytes:
    """Value of each block at each root of the generator; all 0 in a correct block.

    `blocks`: shape (blocks, codewords), the highest power first; short blocks are
    filled with zeros on the left. Returns shape (blocks, parity).
    """
    powers, logs = _tables(field.polynomial)
    exponents = _exponents(blocks.shape[1], parity, field.first_root)
    logarithms = logs[blocks]
    terms = powers[(logarithms[:, :, None] + exponents[None]) % ORDER]
    terms[blocks == 0] = 0
    return np.asarray(np.bitwise_xor.reduce(terms, axis=1), np.uint8)


def corrected(field: Field, block: Bytes, found: Bytes) -> Bytes | None:
    """The block without its errors, from its syndromes; None where there are too many.

    Berlekamp-Massey for the locator, search over all places for its roots, Forney for
    the values; the syndromes of the outcome are checked.
    """
    locator = _locator(field, found.tolist())
    count = len(locator) - 1
    places = _places(field, locator, len(block))
    if 2 * count > len(found) or len(places) != count:
        return None
    block = block.copy()
    for place, value in zip(
        places, _values(field, locator, found, places), strict=True
    ):
        block[len(block) - 1 - place] ^= value
    return None if syndromes(field, block[None], len(found)).any() else block


def _locator(field: Field, found: list[int]) -> list[int]:
    """Coefficients of the error locator, lowest power first (Berlekamp-Massey)."""
    current, previous = [1], [1]
    errors, gap, last = 0, 1, 1
    for step, syndrome in enumerate(found):
        delta = syndrome
        for i in range(1, min(errors, len(current) - 1) + 1):
            delta ^= field.multiply(current[i], found[step - i])
        if delta == 0:
            gap += 1
            continue
        factor = field.divide(delta, last)
        update = [0] * gap + [field.multiply(factor, each) for each in previous]
        longer = _added(current, update)
        if 2 * errors <= step:
            previous, last = current, delta
            errors, gap = step + 1 - errors, 1
        else:
            gap += 1
        current = longer
    while len(current) > 1 and current[-1] == 0:
        current.pop()
    return current


def _places(field: Field, locator: list[int], length: int) -> list[int]:
    """Powers of x at which the block is wrong: roots of the locator, inverted."""
    powers, logs = _tables(field.polynomial)
    places = np.arange(length)
    value = np.full(length, locator[0], np.uint8)
    for power, coefficient in enumerate(locator[1:], start=1):
        if coefficient:
            value ^= powers[(logs[coefficient] - power * places) % ORDER]
    return [int(place) for place in np.flatnonzero(value == 0)]


def _values(
    field: Field, locator: list[int], found: Bytes, places: list[int]
) -> list[int]:
    """What to add at each place (Forney)."""
    powers, _ = _tables(field.polynomial)
    evaluator = [0] * (len(locator) - 1)
    for i, syndrome in enumerate(found.tolist()):
        for j, coefficient in enumerate(locator):
            if i + j < len(evaluator):
                evaluator[i + j] ^= field.multiply(syndrome, coefficient)
    slope = [each if i % 2 == 0 else 0 for i, each in enumerate(locator[1:])]
    values = []
    for place in places:
        inverse = int(powers[-place % ORDER])
        shift = int(powers[place * (1 - field.first_root) % ORDER])
        top = field.multiply(shift, _at(field, evaluator, inverse))
        values.append(field.divide(top, _at(field, slope, inverse)))
    return values


def _at(field: Field, polynomial: list[int], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = field.multiply(value, x) ^ coefficient
    return value


def _added(a: list[int], b: list[int]) -> list[int]:
    size = max(len(a), len(b))
    return [
        (a[i] if i < len(a) else 0) ^ (b[i] if i < len(b) else 0) for i in range(size)
    ]


@lru_cache(maxsize=4)
def _tables(polynomial: int) -> tuple[Bytes, Indices]:
    """Powers of alpha (three rounds, so that sums need no modulo) and logarithms."""
    powers = np.zeros(3 * ORDER, np.uint8)
    logs = np.zeros(ORDER + 1, np.intp)
    value = 1
    for power in range(ORDER):
        powers[power::ORDER] = value
        logs[value] = power
        value <<= 1
        if value > ORDER:
            value ^= polynomial
    return powers, logs


@lru_cache(maxsize=64)
def _exponents(length: int, parity: int, first_root: int) -> Indices:
    place = np.arange(length - 1, -1, -1)
    return place[:, None] * (first_root + np.arange(parity))[None] % ORDER
