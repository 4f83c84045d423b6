"""Reference decode of EAN-13 from element widths (ISO/IEC 15420).

GS1 General Specifications, section on EAN/UPC: edge to similar edge distances e1 and
e2 in sevenths of the character's width name it, together with the sum of its bars for
1 and 7, 2 and 8, whose distances are the same.
"""

from collections import defaultdict
from typing import Final

import numpy as np

from agent.vision.grading.linear.reading import Reading, Reals, similar_edges
from agent.vision.symbols.bar_patterns import EAN_A, EAN_SETS

ELEMENTS: Final = 59
_MODULES: Final = 7
# Number set A, read space, bar, space, bar. Set C: the same widths, bar first; set B:
# set C backwards.
_SET_A: Final = [tuple(int(width) for width in each) for each in EAN_A]
# Number sets of the six left digits, by the first digit, which has no bars itself.
_FIRST_DIGIT: Final = {sets: str(digit) for digit, sets in enumerate(EAN_SETS)}
_GUARD: Final = (1, 1, 1)
_CENTRE: Final = (1, 1, 1, 1, 1)
_GUARDS: Final = (slice(0, 3), slice(27, 32), slice(56, 59))

_Pattern = tuple[int, ...]
# Left: space first, right: bar first; distances from bar to bar either way.
_LEFT: Final = [
    *((str(digit), "A", each) for digit, each in enumerate(_SET_A)),
    *((str(digit), "B", each[::-1]) for digit, each in enumerate(_SET_A)),
]
_RIGHT: Final = [(str(digit), "C", each) for digit, each in enumerate(_SET_A)]


def _distances(widths: Reals, *, is_left: bool) -> Reals:
    """e1 between leading and e2 between trailing edges of the bars, shape (n, 2)."""
    skip = 1 if is_left else 0
    return widths[:, skip : skip + 2] + widths[:, skip + 1 : skip + 3]


def _by_distances(
    characters: list[tuple[str, str, _Pattern]], *, is_left: bool
) -> dict[tuple[int, int], list[tuple[str, str, _Pattern]]]:
    table = defaultdict(list)
    for character in characters:
        widths = np.array([character[2]], dtype=np.float64)
        e1, e2 = _distances(widths, is_left=is_left)[0]
        table[int(e1), int(e2)].append(character)
    return dict(table)


_TABLES: Final = {
    True: _by_distances(_LEFT, is_left=True),
    False: _by_distances(_RIGHT, is_left=False),
}


def read(widths: Reals) -> Reading | None:
    """Decodes the 59 bars and spaces; None where the symbol or check digit is wrong.

    Decodability of a character: V1 over its distances; where the bars decide, also
    what is left of the one module between their sum and the threshold half-way
    between the two candidates (after the pattern of ISO/IEC 15416; ISO/IEC 15420
    itself is not public).
    """
    if len(widths) != ELEMENTS or not _has_guards(widths):
        return None
    left = _half(widths[3:27].reshape(6, 4), is_left=True)
    right = _half(widths[32:56].reshape(6, 4), is_left=False)
    if left is None or right is None:
        return None
    first = _FIRST_DIGIT.get(left[1])
    if first is None:
        return None
    digits = first + left[0] + right[0]
    weighted = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits))
    if weighted % 10:
        return None
    ideal = [*_GUARD, *left[2], *_CENTRE, *right[2], *_GUARD]
    return Reading(
        payload=digits.encode(),
        decodability=min(left[3], right[3]),
        ideal=np.array(ideal, dtype=np.float64),
    )


def _half(groups: Reals, *, is_left: bool) -> tuple[str, str, list[int], float] | None:
    """Digits, number sets, ideal widths and decodability of six characters."""
    modules = groups * (_MODULES / groups.sum(axis=1, keepdims=True))
    whole, left = similar_edges(_distances(modules, is_left=is_left))
    bars = modules[:, 1 if is_left else 0 :: 2].sum(axis=1)
    digits, sets, ideal = "", "", list[int]()
    worst = float(left.min())
    for (e1, e2), bar in zip(whole.tolist(), bars.tolist(), strict=True):
        candidates = _TABLES[is_left].get((e1, e2))
        if candidates is None:
            return None
        sums = [sum(each[2][1 if is_left else 0 :: 2]) for each in candidates]
        nearest = int(np.argmin([abs(bar - each) for each in sums]))
        if len(sums) > 1:
            worst = min(worst, abs(bar - sum(sums) / 2))
        digit, number_set, widths = candidates[nearest]
        digits, sets = digits + digit, sets + number_set
        ideal += widths
    return digits, sets, ideal, worst


def _has_guards(widths: Reals) -> bool:
    """Whether the guards look like single modules, edge to similar edge."""
    module = (widths[3:27].sum() + widths[32:56].sum()) / (12 * _MODULES)
    pairs = [widths[each][:-1] + widths[each][1:] for each in _GUARDS]
    measured = np.concatenate(pairs) / module
    return bool(((measured > 1.5) & (measured < 2.5)).all())
