"""Pictures of known printed text, as examples to teach a printer's characters from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from agent.vision.checks.printed_text.check import TextBox
from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.checks.printed_text.locate import Place
from agent.vision.checks.printed_text.pose import Pose
from agent.vision.checks.printed_text.teach_cells import Example as TextExample
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.evaluation.index import Example
from agent.vision.evaluation.trial import Readers, load, says
from agent.vision.region import Image


class LeftOut(Exception):
    """A picture that teaches nothing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A picture and what came of it: an example, or why there is none."""

    name: str
    example: TextExample | None = None
    why: str = ""


def text_examples(
    pictures: Iterable[Example], readers: Readers, box: TextBox, style: Style
) -> Iterator[Known]:
    """The text of each picture at its box beside the code that is read there."""
    for picture in pictures:
        try:
            example = _example(picture, readers, box, style)
        except (LeftOut, ValueError) as error:
            yield Known(name=picture.path.name, why=str(error))
        else:
            yield Known(name=picture.path.name, example=example)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a printed text, without spaces at their ends."""
    return tuple(line.strip() for line in text.strip("\r\n").splitlines())


def _example(
    picture: Example, readers: Readers, box: TextBox, style: Style
) -> TextExample:
    lines = lines_of(picture.printed)
    if not lines:
        raise LeftOut("nobody says what is printed beside its code")
    columns = max(set_line(line, style).columns for line in lines)
    image = load(picture.path)
    if image is None:
        raise LeftOut("it cannot be opened as a picture")
    code = _the_code(readers.of(picture.symbologies).read(image), picture.expected)
    return _cropped(image, lines, box.place(code), (columns, style.height(len(lines))))


def _the_code(result: VisionResult, expected: str | None) -> Decoded:
    """The code beside which the text stands."""
    if result.conflict:
        raise LeftOut("its code is read in two ways")
    if not result.codes:
        raise LeftOut("no code is read, so where its text stands cannot be told")
    codes = result.codes
    if expected is not None:
        codes = tuple(code for code in codes if says(code, expected))
        if not codes:
            raise LeftOut(f"its code says {result.codes[0].text!r}, not {expected!r}")
    if len({code.payload for code in codes}) > 1:
        raise LeftOut(f"{len(codes)} codes are read; which of them is meant?")
    return codes[0]


def _cropped(
    image: Image, lines: tuple[str, ...], place: Place, dots: tuple[int, int]
) -> TextExample:
    """The example in a copy of its part of the picture: hundreds of whole pictures
    are more than a small box has memory for."""
    columns, rows = max(dots[0], place.columns), dots[1]
    room = place.tolerance + 10 + 0.2 * columns
    ends = np.array(
        [
            place.pose.moved(column, row).origin
            for column in (-room, columns + room)
            for row in (-room, rows + room)
        ]
    )
    low = np.maximum(np.floor(ends.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(ends.max(axis=0)).astype(int), image.shape[::-1])
    if not (low < high).all():
        raise LeftOut("the place of the text lies outside the picture")
    pose = Pose(
        origin=place.pose.origin - low, across=place.pose.across, down=place.pose.down
    )
    return TextExample(
        image=image[low[1] : high[1], low[0] : high[0]].copy(),
        lines=lines,
        place=Place(pose=pose, tolerance=place.tolerance, columns=place.columns),
    )
