"""Tells good prints of known text from poor ones and from wrong texts.

Each print is judged by what the others teach, never by itself: those that do not pass
teach nothing, and what is left is asked again, until the same ones stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.vision.checks.printed_text.font import DotFont, Style
from agent.vision.checks.printed_text.matching import Matcher
from agent.vision.checks.printed_text.shapes import Shapes, shapes_of
from agent.vision.checks.printed_text.teach import (
    LEAST_SHOWN,
    Means,
    Taught,
    completed,
    means_of,
    shown_on,
)
from agent.vision.checks.printed_text.teach_cells import Cells, Example, cells_of
from agent.vision.checks.printed_text.verdict import Character, LineVerdict, Outcome
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.region import to_grey

LEAST_PRINTS: Final = LEAST_SHOWN + 1  # one is judged by what three others teach
PARTS: Final = 5  # the prints of one part are judged by what the other four teach
ROUNDS: Final = 8  # two or three will do
# Characters shown truly are like another one of the font by 0.91 at most.
SURELY: Final = 0.94


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """How its text is set and judged: see `TextVerifier`."""

    style: Style
    minimum_fit: float = 0.6
    light_on_dark: bool = False

    def verifier(self, shapes: Shapes | None) -> TextVerifier:
        """Holds prints against these shapes; None: the font's."""
        return TextVerifier(
            self.style,
            shapes,
            minimum_fit=self.minimum_fit,
            light_on_dark=self.light_on_dark,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Print:
    """An example that was found, by its number, and its characters."""

    number: int
    example: Example
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sorted:
    """`left_out`: why the example of that number teaches nothing."""

    good: tuple[Print, ...]
    left_out: Mapping[int, str]


def sort_out(printer: Printer, examples: Mapping[int, Example]) -> Sorted:
    """The good prints among examples; the same examples give the same ones."""
    left_out: dict[int, str] = {}
    matcher = Matcher.of(shapes_of(printer.style.font))
    prints = []
    for number, example in examples.items():
        try:
            cells = cells_of(
                printer.style, matcher, example, light_on_dark=printer.light_on_dark
            )
        except ValueError as error:
            left_out[number] = str(error)
        else:
            prints.append(Print(number=number, example=example, cells=cells))
    faults: dict[int, str] = {}
    for _ in range(ROUNDS):
        good = [each for each in prints if each.number not in faults]
        before, faults = faults, _faults(printer, prints, good)
        if faults.keys() == before.keys():
            break
    good = [each for each in prints if each.number not in faults]
    while failed := _failed(printer, good):
        faults |= failed
        good = [each for each in good if each.number not in failed]
    return Sorted(good=tuple(good), left_out=left_out | faults)


def learn(printer: Printer, prints: Sequence[Print]) -> Taught:
    """What good prints teach. ValueError if no character is on enough of them."""
    lesson = Lesson.of(printer.style, prints)
    if lesson.shapes is None:
        raise ValueError(f"no character is shown by {LEAST_SHOWN} good prints")
    shown = shown_on(each.cells for each in prints)
    return Taught(
        font=printer.style.font.name,
        shapes=lesson.shapes,
        shown={
            c: n for c, n in shown.items() if c in lesson.learned or n < LEAST_SHOWN
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """What some prints teach; `learned` are the characters that are not the font's."""

    learned: frozenset[str]
    shapes: Shapes | None

    @classmethod
    def of(cls, style: Style, prints: Sequence[Print]) -> "Lesson":
        """A character that comes out as another one is not learned: somebody took an
        8 for a B."""
        means = means_of(each.cells for each in prints)
        while means:
            shapes = completed(style.font, means)
            mistaken = _mistaken(style.font, shapes, means)
            if mistaken is None:
                return cls(learned=frozenset(means), shapes=shapes)
            del means[mistaken]
        return cls(learned=frozenset(), shapes=None)


def parts_of(prints: Sequence[Print]) -> list[tuple[list[Print], list[Print]]]:
    """Each part of the prints with all the others: (judged, the others)."""
    count = len(prints) if len(prints) <= 2 * PARTS else PARTS
    return [
        (
            [p for i, p in enumerate(prints) if i % count == part],
            [p for i, p in enumerate(prints) if i % count != part],
        )
        for part in range(count)
    ]


def judge(verifier: TextVerifier, example: Example) -> tuple[LineVerdict, ...]:
    """The verdicts on an example's own lines."""
    return verifier(to_grey(example.image), example.lines, example.place)


def _faults(
    printer: Printer, prints: Sequence[Print], good: Sequence[Print]
) -> dict[int, str]:
    """What is wrong with each print by what the good ones among the others teach."""
    kept = {each.number for each in good}
    faults: dict[int, str] = {}
    for judged, others in parts_of(prints):
        lesson = Lesson.of(printer.style, [p for p in others if p.number in kept])
        faults |= _wrong_by(printer, lesson, judged)
    return faults


def _failed(printer: Printer, good: Sequence[Print]) -> dict[int, str]:
    """Those of the good that what they teach together refuses."""
    return _wrong_by(printer, Lesson.of(printer.style, good), good)


def _wrong_by(
    printer: Printer, lesson: Lesson, prints: Sequence[Print]
) -> dict[int, str]:
    verifier = printer.verifier(lesson.shapes)
    found = {p.number: _fault(lesson, judge(verifier, p.example)) for p in prints}
    return {number: fault for number, fault in found.items() if fault}


def _fault(lesson: Lesson, verdicts: Sequence[LineVerdict]) -> str:
    """What is wrong with a print; a character that nobody taught may look its own way,
    so long as it does not look like another."""
    for verdict in verdicts:
        wrong = [c for c in verdict.characters if not _is_fair(lesson, c)]
        if wrong or not verdict.is_found:
            return f"{verdict.expected!r}: {verdict.fault}"
    return ""


def _is_fair(lesson: Lesson, character: Character) -> bool:
    if character.outcome is Outcome.ILLEGIBLE:
        return character.expected not in lesson.learned
    return character.outcome is Outcome.MATCHES


def _mistaken(font: DotFont, shapes: Shapes, means: Means) -> str | None:
    """A learned character that surely shows another one of the font."""
    likeness = Matcher.of(shapes).shapes @ Matcher.of(shapes_of(font)).shapes.T
    for character, row in zip(font.characters, likeness, strict=True):
        best = font.characters[int(row.argmax())]
        is_other = row.max() >= SURELY and best not in font.twins(character)
        if is_other and character in means:
            return character
    return None
