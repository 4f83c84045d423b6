"""What the vision commands are given: pictures, and places in them."""

from pathlib import Path
from typing import NoReturn

import typer

from agent.cli.exits import Exit, say
from agent.vision.evaluation.trial import load
from agent.vision.region import Image, Region


def unusable(sentence: str) -> NoReturn:
    """Ends the command."""
    say(sentence)
    raise typer.Exit(Exit.UNUSABLE) from None


def picture_at(path: Path) -> Image:
    """The picture in a file, or the end of the command."""
    image = load(path) if path.is_file() else None
    if image is None:
        unusable(f"{path}: no picture that can be opened")
    return image


def numbers_of(option: str, text: str, count: int) -> list[float]:
    """Numbers with commas between them. ValueError says what is needed."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise ValueError(f"{option} {text}: {count} numbers are needed, with commas")
    return numbers


def region_of(option: str, text: str) -> Region:
    """`X,Y,W,H` in pixels. ValueError says what is needed."""
    x, y, width, height = (round(n) for n in numbers_of(option, text, 4))
    try:
        return Region(x=x, y=y, width=width, height=height)
    except ValueError as error:
        raise ValueError(f"{option} {text}: {error}") from None
