"""What teaching is worth: prints held against what the others teach, and the font."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agent.vision.checks.printed_text.matching import Matcher
from agent.vision.checks.printed_text.shapes import shapes_of
from agent.vision.checks.printed_text.teach_cells import Example
from agent.vision.checks.printed_text.teach_sorting import (
    Lesson,
    Print,
    Printer,
    judge,
    parts_of,
)
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.region import to_grey

EXCHANGES: Final = 4  # wrong texts a print


@dataclass(slots=True, kw_only=True)
class HeldOut:
    """`passed` of `prints` with what the others teach, `by_font` with the font alone;
    of as many `wrong` texts, one character exchanged for one much alike, those that
    passed. `refused`: the fault found in a print, by its number."""

    prints: int = 0
    passed: int = 0
    by_font: int = 0
    wrong: int = 0
    wrong_passed: int = 0
    wrong_by_font: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def held_out(printer: Printer, prints: Sequence[Print]) -> HeldOut:
    """Every print held against what the others teach."""
    found = HeldOut()
    font = printer.verifier(None)
    for judged, others in parts_of(prints):
        lesson = Lesson.of(printer.style, others)
        taught = printer.verifier(lesson.shapes)
        matcher = Matcher.of(lesson.shapes or shapes_of(printer.style.font))
        for each in judged:
            _right(found, taught, font, each)
            for lines in _exchanged(printer, matcher, each):
                found.wrong += 1
                found.wrong_passed += _passes(taught, each.example, lines)
                found.wrong_by_font += _passes(font, each.example, lines)
    return found


def _right(
    found: HeldOut, taught: TextVerifier, font: TextVerifier, each: Print
) -> None:
    faults = [
        f"{verdict.expected!r}: {verdict.fault}"
        for verdict in judge(taught, each.example)
        if not verdict.passed
    ]
    found.prints += 1
    found.passed += not faults
    found.by_font += _passes(font, each.example, each.example.lines)
    if faults:
        found.refused[each.number] = "; ".join(faults)


def _passes(verifier: TextVerifier, example: Example, lines: tuple[str, ...]) -> bool:
    verdicts = verifier(to_grey(example.image), lines, example.place)
    return all(verdict.passed for verdict in verdicts)


def _exchanged(
    printer: Printer, matcher: Matcher, each: Print
) -> Iterator[tuple[str, ...]]:
    """Texts of which one character is wrong, at places that move from print to print,
    by each of the characters most alike in turn."""
    lines, font = each.example.lines, printer.style.font
    places = [
        (number, index)
        for number, text in enumerate(lines)
        for index, character in enumerate(text)
        if character in font.glyphs
    ]
    for turn in range(EXCHANGES):
        number, index = places[
            (each.number + turn * len(places) // EXCHANGES) % len(places)
        ]
        text = lines[number]
        wrong = _much_alike(printer, matcher, text[index], (each.number + turn) % 3)
        changed = text[:index] + wrong + text[index + 1 :]
        yield (*lines[:number], changed, *lines[number + 1 :])


def _much_alike(printer: Printer, matcher: Matcher, character: str, rank: int) -> str:
    """The character of that rank in likeness; those of the same dots do not count."""
    row = matcher.likeness[matcher.characters.index(character)]
    order = [matcher.characters[i] for i in np.argsort(-row, kind="stable").tolist()]
    twins = printer.style.font.twins(character)
    return [c for c in order if c not in twins][rank]
