"""`line-sim bench-vision`: the figures of `make bench-vision`."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

import cv2
import typer
from rich.console import Console

from simulators.measure.eye import (
    case_picture,
    drawn,
    frames,
    grades,
    pace,
    printed_text,
    real,
)


class Figure(StrEnum):
    """What is measured of the eye."""

    REAL = "real"
    DRAWN = "drawn"
    TIME = "time"
    GRADES = "grades"
    CASE = "case"
    TEXT = "text"
    FRAMES = "frames"


def bench_vision(
    only: Annotated[
        list[Figure] | None, typer.Option(help="one part; may be repeated")
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0.1, help="how long the fast line runs")
    ] = frames.MINUTES,
) -> None:
    """Measure reading and grading against the bare libraries. 视觉测量

    Ratios within one run mean something; milliseconds depend on the machine.
    """
    cv2.setNumThreads(1)  # one core, whatever OpenCV would take
    console = Console(width=130)
    figures: dict[Figure, Callable[[Console], None]] = {
        Figure.REAL: real.run,
        Figure.DRAWN: drawn.run,
        Figure.TIME: pace.run,
        Figure.GRADES: grades.run,
        Figure.CASE: case_picture.run,
        Figure.TEXT: printed_text.run,
        Figure.FRAMES: partial(frames.run, minutes=minutes),
    }
    for figure in only or figures:
        figures[figure](console)
