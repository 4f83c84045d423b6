"""Learns what a printer's own characters look like from good prints of known text.

The mean look of each character, taken where the line's fit finds it, is what prints are
compared with from then on (nearest class mean under normalised correlation). Characters
that were not shown keep the font's dots, drawn as soft as the shown ones are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.checks.printed_text.font import DotFont, Style
from agent.vision.checks.printed_text.matching import Matcher
from agent.vision.checks.printed_text.shapes import (
    MARGIN,
    Floats,
    Shapes,
    drawn,
    shapes_of,
)
from agent.vision.checks.printed_text.teach_cells import Cells, Example, cells_of
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.region import to_grey

LEAST_SHOWN: Final = 3  # prints of a character; fewer cannot outvote a bad one
ALIKE: Final = 0.97  # two characters this alike cannot be told apart
SIGMAS: Final[tuple[float, ...]] = tuple(np.arange(0.3, 0.85, 0.05).tolist())

Means = dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """`shown`: on how many prints each character was seen; those seen on less than
    `LEAST_SHOWN` are the font's."""

    font: str
    shapes: Shapes
    shown: dict[str, int]


def teach(
    style: Style, examples: Iterable[Example], *, light_on_dark: bool = False
) -> Taught:
    """Shapes from the examples; the same examples give the same shapes.

    Raises ValueError if a print is not found at its place, if a character is nothing
    like the font's (a wrong text, or another font), if no character was shown often
    enough, if two come out alike, or if an example does not pass by what was learnt
    of all of them (one wrong character in its text).
    """
    examples = tuple(examples)
    matcher = Matcher.of(shapes_of(style.font))
    prints = []
    for number, example in enumerate(examples, 1):
        try:
            cells = cells_of(style, matcher, example, light_on_dark=light_on_dark)
        except ValueError as error:
            raise ValueError(f"example {number}, {error}") from None
        prints.append(cells)
    means = means_of(prints)
    if not means:
        raise ValueError(
            f"no character was shown on {LEAST_SHOWN} prints; show more good ones"
        )
    shapes = completed(style.font, means)
    for one, other in alike(style.font, shapes):
        raise ValueError(
            f"{one} and {other} look alike as shown: is the text of every example "
            "right?"
        )
    verifier = TextVerifier(style, shapes, light_on_dark=light_on_dark)
    for number, example in enumerate(examples, 1):
        verdicts = verifier(to_grey(example.image), example.lines, example.place)
        for verdict in verdicts:
            if not verdict.passed:
                raise ValueError(
                    f"example {number}, {verdict.expected!r}: {verdict.fault}; leave "
                    "it out if it is no good print, or correct its text"
                )
    return Taught(font=style.font.name, shapes=shapes, shown=shown_on(prints))


def shown_on(prints: Iterable[Cells]) -> dict[str, int]:
    """On how many of the prints each character stands."""
    counts: dict[str, int] = defaultdict(int)
    for cells in prints:
        for character in {character for character, _ in cells}:
            counts[character] += 1
    return dict(sorted(counts.items()))


def means_of(prints: Iterable[Cells]) -> Means:
    """The middle look of every character that stands on prints enough.

    Prints are counted, not characters: one picture whose text is wrong may have the
    wrong character three times.
    """
    prints = tuple(prints)
    seen: dict[str, list[Floats]] = defaultdict(list)
    for cells in prints:
        for character, image in cells:
            seen[character].append(image)
    return {
        character: np.asarray(np.median(np.stack(seen[character]), axis=0), np.float32)
        for character, count in shown_on(prints).items()
        if count >= LEAST_SHOWN
    }


def completed(font: DotFont, means: Mapping[str, Floats]) -> Shapes:
    """All shapes of the font, those in `means` as they were shown; one at least."""
    sigma = _softness(font, means)
    images = []
    for character in font.characters:
        ideal = _ideal(font, character, sigma)
        mean = means.get(character)
        if mean is None:
            images.append(ideal)
        else:
            # As strong as the ideal one, so that blank cells are told as before.
            flat = ideal - ideal.mean()
            scale = float(np.linalg.norm(flat) / np.linalg.norm(mean))
            images.append(np.asarray(mean * scale, dtype=np.float32))
    return Shapes(characters=font.characters, images=np.stack(images))


def alike(font: DotFont, shapes: Shapes) -> Iterator[tuple[str, str]]:
    """Pairs that nothing would tell apart and the font does."""
    likeness = Matcher.of(shapes).likeness
    for i, one in enumerate(shapes.characters):
        for j, other in enumerate(shapes.characters[:i]):
            if likeness[i, j] >= ALIKE and other not in font.twins(one):
                yield one, other


def _softness(font: DotFont, means: Mapping[str, Floats]) -> float:
    """The softness at which the font is most like what was shown."""

    def likeness(sigma: float) -> float:
        return sum(
            float(np.corrcoef(_ideal(font, c, sigma).ravel(), mean.ravel())[0, 1])
            for c, mean in means.items()
        )

    return max(SIGMAS, key=likeness)


def _ideal(font: DotFont, character: str, sigma: float) -> Floats:
    return drawn(np.pad(font.glyphs[character], MARGIN), sigma)
