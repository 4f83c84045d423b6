"""The AI table: rows made into objects, found by the front of a text."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations

from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.rows import ROWS
from agent.domain.gs1.shapes import Shape, shape

# AIs beginning so end by themselves; every other one needs FNC1 before the next.
# Some have no AI yet and are reserved by the standard.
_PREDEFINED = frozenset(
    f"{n:02}" for n in (*range(5), *range(11, 21), *range(31, 37), 41)
)


class Link(StrEnum):
    """Where an AI may stand in a Digital Link URI."""

    KEY = "key"
    QUERY = "query"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ai:
    """An application identifier."""

    code: str
    name: str
    shape: Shape
    link: Link
    needs: tuple[tuple[frozenset[str], ...], ...]
    needs_text: str
    bars: frozenset[str]
    ends_itself: bool


def _columns() -> list[list[str]]:
    joined = re.sub(r"\n +", " ", ROWS.strip())
    rows = [[cell.strip() for cell in line.split("|")] for line in joined.splitlines()]
    return [row + [""] * (6 - len(row)) for row in rows]


def _codes(text: str) -> list[str]:
    first, _, last = text.partition("..")
    return [str(n) for n in range(int(first), int(last) + 1)] if last else [first]


@cache
def _matching(pattern: str) -> frozenset[str]:
    digits = pattern.rstrip("n")
    fitting = [c for c in _ROWS if len(c) == len(pattern) and c.startswith(digits)]
    if not fitting:
        raise ValueError(f"AI table: a row names {pattern}, which is no AI")
    return frozenset(fitting)


def _ai(code: str, row: list[str]) -> Ai:
    _, name, value, link, needs, bars = row
    barred = (_matching(pattern) for pattern in bars.split())
    return Ai(
        code=code,
        name=name,
        shape=shape(value),
        link=Link(link.split()[0]),
        needs=_needs(needs),
        needs_text=needs,
        bars=frozenset().union(*barred) - {code},
        ends_itself=code[:2] in _PREDEFINED,
    )


@cache
def _needs(text: str) -> tuple[tuple[frozenset[str], ...], ...]:
    return tuple(
        tuple(_matching(pattern) for pattern in together.split("+"))
        for together in text.split()
    )


def _link_paths() -> frozenset[tuple[str, ...]]:
    paths: set[tuple[str, ...]] = set()
    for code, row in _ROWS.items():
        kind, _, qualifiers = row[3].partition(" ")
        if kind != Link.KEY:
            continue
        for alternative in qualifiers.split("/"):
            order = [q for q in alternative.split(",") if q]
            for count in range(len(order) + 1):
                paths.update((code, *few) for few in combinations(order, count))
    return frozenset(paths)


_ROWS = {code: row for row in _columns() for code in _codes(row[0])}
AIS = {code: _ai(code, row) for code, row in _ROWS.items()}
# The sequences of AIs a Digital Link path may have: a key, then qualifiers in order.
LINK_PATHS = _link_paths()
_LENGTHS = {code[:2]: len(code) for code in AIS}


def ai_at(text: str, at: int) -> Ai:
    """The AI that stands at position `at`; `Gs1Error` where none does."""
    found = AIS.get(text[at : at + _LENGTHS.get(text[at : at + 2], 0)])
    if found is None:
        raise Gs1Error(f"no AI begins with {text[at : at + 4]!a} (position {at + 1})")
    return found
