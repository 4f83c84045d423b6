"""Every picture of a folder read once, and what came of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded, VisionResult
from agent.vision.evaluation.index import Example
from agent.vision.grading.grade import PrintGrade
from agent.vision.reading.reader import ITF_14, CodeVision
from agent.vision.region import Image, Region
from agent.vision.symbology import Symbology

BUDGET_MS: Final = 25.0

# An index that names ITF may mean any length; a line prints 14 digits, and parts of a
# longer symbol are valid shorter ones, so nowhere else are others looked for.
ANY_ITF: Final = frozenset(range(4, 82, 2))

Grade = Callable[[Image, Decoded], PrintGrade | None]
MakeReader = Callable[[frozenset[Symbology]], CodeVision]


def reader_of(
    symbologies: frozenset[Symbology], region: Region | None = None, *, budget_ms: float
) -> CodeVision:
    """A reader that knows nothing yet."""
    digits = ANY_ITF if symbologies == {Symbology.ITF} else ITF_14
    return CodeVision(symbologies, region, budget_ms=budget_ms, itf_digits=digits)


class Outcome(StrEnum):
    """What came of a picture, against what the index says of it."""

    READ = "read"
    WRONG = "wrong"  # a text that does not stand there, whatever else was read
    MISSED = "missed"
    CLEAR = "clear"  # nothing there, nothing read
    UNKNOWN = "unknown"  # the index does not say what stands there
    NO_PICTURE = "no_picture"  # the file cannot be opened as a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One picture. `ms` is reading alone; `timed_out`: looks were left untried."""

    example: Example
    outcome: Outcome
    codes: tuple[Decoded, ...] = ()
    ms: float = 0.0
    timed_out: bool = False
    grade: PrintGrade | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The characters of every code that counts."""
        return tuple(code.text for code in self.codes)

    @property
    def variant(self) -> str | None:
        """The look that gave the first code."""
        return self.codes[0].variant if self.codes else None


@dataclass(slots=True)
class Readers:
    """Who reads the pictures.

    Unrelated pictures are each read by a reader that knows nothing yet; those of one
    station, in their order (`as_line`), by one that learns and follows, as on the line.
    """

    make: MakeReader
    as_line: bool = False
    _known: dict[frozenset[Symbology], CodeVision] = field(default_factory=dict)

    def of(self, symbologies: frozenset[Symbology]) -> CodeVision:
        """The reader of a picture that may hold these."""
        if not self.as_line:
            return self.make(symbologies)
        if symbologies not in self._known:
            self._known[symbologies] = self.make(symbologies)
        return self._known[symbologies]


def trials(
    found: Iterable[Example], readers: Readers, grade: Grade | None = None
) -> Iterator[Trial]:
    """Read the pictures one by one; `grade` is asked for the first code of each."""
    for example in found:
        image = load(example.path)
        if image is None:
            yield Trial(example=example, outcome=Outcome.NO_PICTURE)
            continue
        result = readers.of(example.symbologies).read(image)
        yield _judged(example, image, result, grade)


def load(path: Path) -> Image | None:
    """A grey picture; None where the file holds none that can be opened."""
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # what an empty or a damaged file gives
        return None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def _judged(
    example: Example, image: Image, result: VisionResult, grade: Grade | None
) -> Trial:
    codes = result.codes
    return Trial(
        example=example,
        outcome=_outcome(example, codes),
        codes=codes,
        ms=result.elapsed_ms,
        timed_out=result.timed_out,
        grade=grade(image, codes[0]) if grade is not None and codes else None,
    )


def _outcome(example: Example, codes: tuple[Decoded, ...]) -> Outcome:
    if example.is_empty:
        return Outcome.WRONG if codes else Outcome.CLEAR
    if example.expected is None:
        return Outcome.UNKNOWN
    if not codes:
        return Outcome.MISSED
    right = all(says(code, example.expected) for code in codes)
    return Outcome.READ if right else Outcome.WRONG


def says(code: Decoded, expected: str) -> bool:
    """Whether a code holds that text; line ends after it are not told in an index."""
    wanted = expected.rstrip("\r\n")
    return (
        code.text.rstrip("\r\n") == wanted
        or code.payload.rstrip(b"\r\n") == wanted.encode()
    )
