"""What values of an AI look like: parts of characters, lengths and checks."""

import re
from dataclasses import dataclass
from functools import cache

from agent.domain.gs1.checks import CHECKS, Check

# Checks that the digits of a key hardly ever pass by accident.
_TELLING = frozenset({"currency", "date", "date_or_month", "long_date"})
_SETS = {
    "n": ("[0-9]", "a digit"),
    "x": ('[!"%-?A-Z_a-z]', "of the 82 characters GS1 allows"),
    "y": ("[#\\-/0-9A-Z]", "of the 39 characters GS1 allows here"),
    "z": ("[\\-0-9=A-Z_a-z]", "of the URL-safe base 64 characters"),
}
_PART = re.compile(r"(?:(\d)\*)?([nxyz])(\d+)(?:-(\d+))?(\?)?((?:~\w+)*)")


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


@cache
def shape(text: str) -> Shape:
    """The shape a row of the table describes, such as `n3~country x1-9`."""
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
