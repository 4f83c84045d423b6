"""What was found of a line of text, character by character."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What stands where a character was expected."""

    MATCHES = "matches"
    OTHER = "other"  # another character fits clearly better
    ILLEGIBLE = "illegible"  # neither it nor another fits clearly
    MISSING = "missing"
    EXTRA = "extra"  # print where nothing was expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """`index` in the expected line, its length and more for what follows it.

    `fit`: correlation 0 to 1 with the expected character; `lead`: how much nearer what
    is seen is to it than to the nearest other one, 1 if it is exactly the expected, -1
    if exactly the other; `looks_like` the best fitting other.
    """

    index: int
    expected: str
    outcome: Outcome
    fit: float
    lead: float
    looks_like: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVerdict:
    """`fit` of the whole line: correlation with the ideal print of the expected text.
    `is_found` False: nothing like it stands there, and no character was judged;
    `is_blank` says that there is hardly any print at all."""

    expected: str
    fit: float
    is_found: bool
    is_blank: bool
    characters: tuple[Character, ...]

    @property
    def passed(self) -> bool:
        """Every character is surely the expected one, and nothing follows."""
        return self.is_found and all(
            c.outcome is Outcome.MATCHES for c in self.characters
        )

    @property
    def score(self) -> float:
        """The fit of the least certain character; 0 if the line was not found."""
        return min((c.fit for c in self.characters), default=0.0)

    @property
    def fault(self) -> str:
        """What is wrong with it, for a person; empty if nothing is."""
        if not self.is_found:
            return "nothing is printed" if self.is_blank else "not legible there"
        wrong = [c for c in self.characters if c.outcome is not Outcome.MATCHES]
        said = [_said(c, len(self.expected)) for c in wrong[:MOST_SAID]]
        if len(wrong) > MOST_SAID:
            said.append(f"and {len(wrong) - MOST_SAID} more")
        return ", ".join(said)


MOST_SAID = 3


def _said(character: Character, length: int) -> str:
    place = f"{_ordinal(character.index + 1)} character"
    match character.outcome:
        case Outcome.OTHER:
            return f"{place} looks like {character.looks_like}"
        case Outcome.MISSING:
            return f"{place} is missing"
        case Outcome.EXTRA if character.index >= length:
            return "more is printed after it"
        case Outcome.EXTRA:
            return f"{place} should be blank"
        case _:
            return f"{place} is illegible"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
