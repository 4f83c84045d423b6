"""Where the lines of a print lie in the picture, starting from where they should."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.checks.printed_text.coarse import find_block
from agent.vision.checks.printed_text.follow import Warp, follow
from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.checks.printed_text.pose import Pose
from agent.vision.checks.printed_text.seen import Seen, crop, smoothed
from agent.vision.region import Image

# Fewer do not say where they stand: a Z two dots off passed for the bar of a hyphen, a
# J in three characters a little wider for an I.
LEAST_CHARACTERS: Final = 4
SOFTEN: Final = 0.4  # dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the text is: `pose` from dots to pixels with the first line's first dot
    at its origin, the `tolerance` in dots, and how many columns of dots from there
    belong to the text (what follows a shorter line must be blank)."""

    pose: Pose
    tolerance: float
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The ink around the text; each line's way through it and its correlation there."""

    seen: Seen
    lines: tuple[tuple[Warp, float], ...]


def locate(
    image: Image,
    lines: tuple[str, ...],
    style: Style,
    place: Place,
    *,
    light_on_dark: bool,
) -> Located:
    """Follows every line of the block in a grey picture.

    Raises ValueError if the text has characters the font lacks, is too short to be
    found, does not fit its place, or if that place lies outside the picture.
    """
    _check_length(lines, style)
    widest = max(set_line(text, style).columns for text in lines)
    _check_room(image, lines, style, place)
    room = place.tolerance + 4 + 0.06 * widest
    seen = crop(
        image,
        place.pose,
        (-room, 1.08 * max(widest, place.columns) + room),
        (-room, style.height(len(lines)) + room),
        light=light_on_dark,
    )
    coarse = find_block(seen, lines, style, place.tolerance)
    soft = smoothed(seen, SOFTEN)
    return Located(seen=seen, lines=follow(soft, lines, style, coarse))


def _check_length(lines: tuple[str, ...], style: Style) -> None:
    read = sum(c in style.font.glyphs for text in lines for c in text)
    if read < LEAST_CHARACTERS:
        raise ValueError(
            f"text {' / '.join(lines)!r}: {LEAST_CHARACTERS} characters at least are "
            "needed to be sure of their place"
        )


def _check_room(
    image: Image, lines: tuple[str, ...], style: Style, place: Place
) -> None:
    longest = max(lines, key=lambda text: set_line(text, style).columns)
    widest = set_line(longest, style).columns
    if widest > place.columns:
        raise ValueError(
            f"text {longest!r} is {widest} dots wide, its place {place.columns}"
        )
    pose, height = place.pose, style.height(len(lines))
    ends = [
        pose.moved(column, row).origin for column in (0, widest) for row in (0, height)
    ]
    slack = place.tolerance * pose.step_px
    size = np.array(image.shape[::-1])
    if np.min(ends) < -slack or (np.max(ends, axis=0) > size + slack).any():
        raise ValueError("the place of the text lies outside the picture")
