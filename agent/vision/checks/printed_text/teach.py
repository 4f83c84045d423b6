"""Learns what a printer's own characters look like from good prints of known text.

The mean look of each character, taken where the line's fit finds it, is what prints are
compared with from then on (nearest class mean under normalised correlation). Characters
that were not shown keep the font's dots, drawn as soft as the shown ones are.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from agent.vision.checks.printed_text.font import DotFont, Style, set_line
from agent.vision.checks.printed_text.locate import Place, locate
from agent.vision.checks.printed_text.matching import Matcher, cut
from agent.vision.checks.printed_text.shapes import (
    MARGIN,
    PX,
    Floats,
    Shapes,
    drawn,
    shapes_of,
)
from agent.vision.checks.printed_text.verify import FOUND, TextVerifier
from agent.vision.region import Image, to_grey

VERSION: Final = 1
LEAST_SHOWN: Final = 3  # of a character; fewer cannot outvote one bad print
LIKE: Final = 0.5  # a shown character must be like the font's by so much
ALIKE: Final = 0.97  # two characters this alike cannot be told apart
SIGMAS: Final = tuple(np.arange(0.3, 0.85, 0.05).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A good print: the picture, what stands in it, and where."""

    image: Image
    lines: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """`shown`: how often each character was seen; those seen less than
    `LEAST_SHOWN` times are the font's."""

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
    seen: dict[str, list[Floats]] = defaultdict(list)
    for number, example in enumerate(examples, 1):
        where = f"example {number}"
        for character, image in _shown(style, matcher, example, where, light_on_dark):
            seen[character].append(image)
    means = {
        character: np.median(np.stack(images), axis=0)
        for character, images in seen.items()
        if len(images) >= LEAST_SHOWN
    }
    if not means:
        raise ValueError(
            f"no character was shown {LEAST_SHOWN} times; show more good prints"
        )
    shapes = _completed(style.font, means)
    _check_apart(style.font, shapes)
    verifier = TextVerifier(style, shapes, light_on_dark=light_on_dark)
    for number, example in enumerate(examples, 1):
        verdicts = verifier(to_grey(example.image), example.lines, example.place)
        for verdict in verdicts:
            if not verdict.passed:
                raise ValueError(
                    f"example {number}, {verdict.expected!r}: {verdict.fault}; leave "
                    "it out if it is no good print, or correct its text"
                )
    return Taught(
        font=style.font.name,
        shapes=shapes,
        shown={character: len(images) for character, images in sorted(seen.items())},
    )


def _shown(
    style: Style, matcher: Matcher, example: Example, number: str, light: bool
) -> Iterable[tuple[str, Floats]]:
    """Each character of one example with its ink, scaled to 1 and ground to 0."""
    found = locate(
        to_grey(example.image), example.lines, style, example.place, light_on_dark=light
    )
    for text, (warp, fit) in zip(example.lines, found.lines, strict=True):
        where = f"{number}, {text!r}"
        if fit < FOUND:
            raise ValueError(f"{where}: no such line is found at its place")
        line = set_line(text, style)
        cells = tuple(c for c in line.cells if c.character in style.font.glyphs)
        images = cut(found.seen, warp, line, style, cells)
        for cell, shifts in zip(cells, images, strict=True):
            index = matcher.characters.index(cell.character)
            fits = matcher.fits(shifts[:, None])[:, index]
            best = int(fits.argmax())
            if fits[best] < LIKE:
                raise ValueError(
                    f"{where}: character {cell.index + 1} is nothing like "
                    f"{cell.character}"
                )
            yield cell.character, _scaled(shifts[best], matcher.shapes[index])


def _scaled(image: Floats, shape: Floats) -> Floats:
    """Ink as a share of the character's own contrast along its ideal shape."""
    flat = image - image.mean()
    return np.asarray(flat / float(np.vdot(flat, shape)), dtype=np.float32)


def _completed(font: DotFont, means: dict[str, Floats]) -> Shapes:
    def softness(sigma: float) -> float:
        """How like the font drawn that softly is to what was shown."""
        return sum(
            float(np.corrcoef(_ideal(font, c, sigma).ravel(), mean.ravel())[0, 1])
            for c, mean in means.items()
        )

    sigma = max(SIGMAS, key=softness)
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


def _ideal(font: DotFont, character: str, sigma: float) -> Floats:
    return drawn(np.pad(font.glyphs[character], MARGIN), sigma)


def _check_apart(font: DotFont, shapes: Shapes) -> None:
    likeness = Matcher.of(shapes).likeness
    for i, one in enumerate(shapes.characters):
        for j, other in enumerate(shapes.characters[:i]):
            if likeness[i, j] >= ALIKE and other not in font.twins(one):
                raise ValueError(
                    f"{one} and {other} look alike as shown: is the text of every "
                    "example right?"
                )


def save(taught: Taught, path: Path) -> None:
    """Writes the shapes as an .npz file with its version."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=VERSION,
            font=taught.font,
            pixels_per_dot=PX,
            characters=taught.shapes.characters,
            images=taught.shapes.images,
            shown=[taught.shown.get(c, 0) for c in taught.shapes.characters],
        )


def load(path: Path, font: DotFont) -> Taught:
    """What `save` wrote, for that font.

    Raises FileNotFoundError, or ValueError if the file is no such file, of another
    version or of another font.
    """
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        version, name = int(found["version"]), str(found["font"])
        characters, images = str(found["characters"]), found["images"]
        shown, px = found["shown"].tolist(), int(found["pixels_per_dot"])
    except FileNotFoundError:
        raise
    except (OSError, KeyError, ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: no file of taught characters ({error})") from error
    if version != VERSION or px != PX:
        raise ValueError(f"{path}: taught by another version; teach the printer again")
    size = ((font.rows + 2 * MARGIN) * PX, (font.columns + 2 * MARGIN) * PX)
    if name != font.name or characters != font.characters:
        raise ValueError(f"{path}: taught for the font {name}, not for {font.name}")
    if images.shape != (len(characters), *size) or not np.isfinite(images).all():
        raise ValueError(f"{path}: the taught pictures are damaged; teach again")
    return Taught(
        font=name,
        shapes=Shapes(characters=characters, images=images.astype(np.float32)),
        shown=dict(zip(characters, shown, strict=True)),
    )
