"""The last rejects as the screen shows them: rows, and pixels as half blocks. Pure."""

from dataclasses import dataclass
from typing import Final

from rich.style import Style
from rich.text import Text

from agent.api.quality_models import PictureModel, PicturesModel
from agent.domain.words import Reason
from ui.plain import plain
from ui.state import clock
from ui.texts import REASONS
from ui.words import Words

MOST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    """One reject: what it is called where, and what is said of it."""

    name: str
    at: str
    item: int
    reason: Words
    remedy: Words | None
    grade: str
    read: str
    notes: str

    @property
    def label(self) -> str:
        """Its line in the list."""
        return f"{self.at}  {self.item}  {self.reason}  {self.grade}"


def reject_rows(pictures: PicturesModel) -> tuple[RejectRow, ...]:
    """The newest first."""
    return tuple(_row(each) for each in pictures.kept[:MOST])


def _row(picture: PictureModel) -> RejectRow:
    """A reason this screen does not know stays visible."""
    known = picture.reason in set(Reason)
    advice = REASONS[Reason(picture.reason)] if known else None
    bare = plain(picture.reason, 20)
    return RejectRow(
        name=picture.id,
        at=clock(picture.at_ms),
        item=picture.item,
        reason=Words(zh=bare, en=bare) if advice is None else advice.name,
        remedy=None if advice is None else advice.remedy,
        grade="" if picture.grade is None else f"{picture.grade:.1f}",
        read=plain(picture.read, 60),
        notes=plain(picture.notes, 120),
    )


def half_blocks(pgm: bytes, columns: int) -> Text:
    """A small grey picture (PGM, `P5 WIDTH HEIGHT 255`) with two pixels a character.

    At most `columns` characters wide, so that no line of it is broken. ValueError if
    it is none.
    """
    width, height, pixels = _pixels(pgm)
    across = _picked(width, max(1, min(width, columns)))
    down = _picked(height, 2 * max(1, round(height * len(across) / width / 2)))
    text = Text(no_wrap=True)
    for upper, lower in zip(down[::2], down[1::2], strict=True):
        for x in across:
            above, below = pixels[upper * width + x], pixels[lower * width + x]
            text.append("▀", Style(color=_grey(above), bgcolor=_grey(below)))
        text.append("\n")
    return text


def _picked(size: int, count: int) -> list[int]:
    """`count` places spread evenly over `size`."""
    return [(2 * each + 1) * size // (2 * count) for each in range(count)]


def _pixels(pgm: bytes) -> tuple[int, int, bytes]:
    head, *rest = pgm.split(b"\n", 3)
    try:
        (size, most, pixels) = rest
        width, height = (int(part) for part in size.split())
    except ValueError:
        raise ValueError("not a small picture of the agent") from None
    if head != b"P5" or most != b"255" or len(pixels) != width * height:
        raise ValueError("not a small picture of the agent")
    return width, height, pixels


def _grey(value: int) -> str:
    return f"#{value:02x}{value:02x}{value:02x}"
