"""The AI table: rows made into objects, found by the front of a text."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations

from agent.domain.gs1.checks import CHECKS, Check
from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.rows import ROWS

# AIs beginning so end by themselves; every other one needs FNC1 before the next.
# Some have no AI yet and are reserved by the standard.
_PREDEFINED = frozenset(
    f"{n:02}" for n in (*range(5), *range(11, 21), *range(31, 37), 41)
)
# Checks that the digits of a key hardly ever pass by accident.
_TELLING = frozenset({"currency", "date", "date_or_month", "long_date"})
_SETS = {
    "n": ("[0-9]", "a digit"),
    "x": ('[!"%-?A-Z_a-z]', "of the 82 characters GS1 allows"),
    "y": ("[#\\-/0-9A-Z]", "of the 39 characters GS1 allows here"),
    "z": ("[\\-0-9=A-Z_a-z]", "of the URL-safe base 64 characters"),
}
_PART = re.compile(r"(?:(\d)\*)?([nxyz])(\d+)(?:-(\d+))?(\?)?((?:~\w+)*)")


class Link(StrEnum):
    """Where an AI may stand in a Digital Link URI."""

    KEY = "key"
    QUERY = "query"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a value: characters, length, names of checks; may be missing."""

    charset: str
    least: int
    most: int
    optional: bool
    checks: tuple[str, ...]

    def regex(self) -> str:
        sized = f"({_SETS[self.charset][0]}{{{self.least},{self.most}}})"
        return sized + "?" * self.optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What values of an AI look like; `telling` if few digits do by accident."""

    parts: tuple[Part, ...]
    pattern: re.Pattern[str]
    checks: tuple[tuple[int, Check], ...]
    least: int
    most: int
    telling: bool

    def fault(self, value: str) -> str | None:
        """What is wrong with `value`, or None."""
        match = self.pattern.fullmatch(value)
        if match is None:
            return self._misfit(value)
        for group, check in self.checks:
            part = match[group]
            complaint = check(part) if part else None
            if complaint:
                return complaint
        return None

    def _misfit(self, value: str) -> str:
        if len(value) < self.least:
            return f"value has {len(value)} characters, needs {self.least}"
        if len(value) > self.most:
            return f"value has {len(value)} characters, takes {self.most} at most"
        at = 0
        for part in self.parts:
            allowed, what = _SETS[part.charset]
            for character in value[at : at + part.most]:
                if not re.fullmatch(allowed, character):
                    return f"character {character!a} is not {what}"
            at += part.most
        return f"value of {len(value)} characters does not divide into its parts"


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
def _shape(text: str) -> Shape:
    parts = tuple(part for word in text.split() for part in _parts(word))
    checks = [
        (group, name)
        for group, part in enumerate(parts, start=1)
        for name in part.checks
    ]
    return Shape(
        parts=parts,
        pattern=re.compile("".join(part.regex() for part in parts)),
        checks=tuple((group, CHECKS[name]) for group, name in checks),
        least=sum(part.least for part in parts if not part.optional),
        most=sum(part.most for part in parts),
        telling=any(name in _TELLING for _, name in checks),
    )


def _parts(word: str) -> list[Part]:
    match = _PART.fullmatch(word)
    if match is None:
        raise ValueError(f"AI table: cannot read the part {word!r}")
    times, charset, least, most, optional, checks = match.groups()
    part = Part(
        charset=charset,
        least=int(least),
        most=int(most or least),
        optional=bool(optional),
        checks=tuple(checks.split("~")[1:]),
    )
    return [part] * int(times or 1)


def _matching(pattern: str, codes: list[str]) -> frozenset[str]:
    digits = pattern.rstrip("n")
    fitting = (c for c in codes if len(c) == len(pattern) and c.startswith(digits))
    return frozenset(fitting)


def _build() -> dict[str, Ai]:
    rows = [(code, row) for row in _columns() for code in _codes(row[0])]
    codes = [code for code, _ in rows]
    return {code: _ai(code, row, codes) for code, row in rows}


def _ai(code: str, row: list[str], codes: list[str]) -> Ai:
    _, name, value, link, needs, bars = row
    barred = (_matching(pattern, codes) for pattern in bars.split())
    return Ai(
        code=code,
        name=name,
        shape=_shape(value),
        link=Link(link.split()[0]),
        needs=tuple(
            tuple(_matching(pattern, codes) for pattern in together.split("+"))
            for together in needs.split()
        ),
        needs_text=needs,
        bars=frozenset().union(*barred) - {code},
        ends_itself=code[:2] in _PREDEFINED,
    )


def _link_paths() -> frozenset[tuple[str, ...]]:
    paths: set[tuple[str, ...]] = set()
    for code, _, _, link, *_ in _columns():
        kind, _, qualifiers = link.partition(" ")
        if kind != Link.KEY:
            continue
        for alternative in qualifiers.split("/"):
            order = [q for q in alternative.split(",") if q]
            for count in range(len(order) + 1):
                paths.update((code, *few) for few in combinations(order, count))
    return frozenset(paths)


AIS = _build()
# The sequences of AIs a Digital Link path may have: a key, then qualifiers in order.
LINK_PATHS = _link_paths()
_LENGTHS = {code[:2]: len(code) for code in AIS}


def ai_at(text: str, at: int) -> Ai:
    """The AI that stands at position `at`; `Gs1Error` where none does."""
    found = AIS.get(text[at : at + _LENGTHS.get(text[at : at + 2], 0)])
    if found is None:
        raise Gs1Error(f"no AI begins with {text[at : at + 4]!a} (position {at + 1})")
    return found
