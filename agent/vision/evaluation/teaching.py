"""What example pictures of one station teach: where to look, for what, how long."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.evaluation.index import Example
from agent.vision.evaluation.trial import (
    Outcome,
    Readers,
    Trial,
    load,
    reader_of,
    trials,
)
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

PATIENT_MS: Final = 500.0  # no bottle waits while examples are looked at
QUIET_MODULES: Final = 6  # room around a symbol, its quiet zone with some to spare
MARGIN: Final = 0.25  # of the symbol: how far it may stray beyond the examples
STEP_MS: Final = 5
SHORTEST_MS: Final = 10
LONGEST_MS: Final = 60
NAMED: Final = 3  # sizes that an error lists


class CannotTeach(Exception):
    """The examples do not agree, or nothing is read in them; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What the examples suggest, and on how many of them it stands.

    `modules`: columns and rows of every size of symbol seen; `module_px` the middle
    one. `read` of `pictures` were read with these settings inside `budget_ms`.
    """

    symbologies: tuple[Symbology, ...]
    region: Region
    modules: tuple[tuple[int, int], ...]
    module_px: float | None
    budget_ms: int
    pictures: int
    read: int
    p50_ms: float
    p99_ms: float


def learn(examples: Sequence[Example], first: Sequence[Trial] = ()) -> Lesson:
    """Read the examples at leisure, then as the line would with what that taught.

    `first` are trials of the examples that were made already. CannotTeach where
    pictures differ in size or nothing is read.
    """
    width, height = _size(examples)
    first = first or list(trials(examples, Readers(make=_patient)))
    codes = [code for trial in first if _is_sure(trial) for code in trial.codes]
    if not codes:
        raise CannotTeach(
            f"no code is read in any of the {len(examples)} pictures: are they sharp, "
            "and is the symbology one of those known?"
        )
    symbologies = _symbologies(codes)
    codes = [code for code in codes if code.symbology in symbologies]
    region = _region(codes, width, height)

    def make(budget_ms: float) -> Callable[[frozenset[Symbology]], CodeVision]:
        wanted = frozenset(symbologies)
        return lambda _: reader_of(wanted, region, budget_ms=budget_ms)

    rehearsal = Readers(make=make(PATIENT_MS), as_line=True)
    ms = [t.ms for t in trials(examples, rehearsal) if t.codes] or [0.0]
    budget_ms = _budget_ms(float(np.percentile(ms, 99)))
    again = list(trials(examples, Readers(make=make(float(budget_ms)), as_line=True)))
    sizes = [code.module_px for code in codes if code.module_px is not None]
    return Lesson(
        symbologies=symbologies,
        region=region,
        modules=tuple(sorted({code.modules for code in codes if code.modules})),
        module_px=float(np.median(sizes)) if sizes else None,
        budget_ms=budget_ms,
        pictures=len(examples),
        read=sum(bool(trial.codes) for trial in again),
        p50_ms=float(np.percentile([t.ms for t in again], 50)),
        p99_ms=float(np.percentile([t.ms for t in again], 99)),
    )


def _patient(symbologies: frozenset[Symbology]) -> CodeVision:
    return reader_of(symbologies, budget_ms=PATIENT_MS)


def _size(examples: Sequence[Example]) -> tuple[int, int]:
    """Width and height, which all pictures must share: a region is in their pixels."""
    shapes: dict[tuple[int, int], str] = {}
    for example in examples:
        image = load(example.path)
        if image is None:
            raise CannotTeach(f"{example.path}: cannot be opened as a picture")
        height, width = image.shape
        shapes.setdefault((width, height), example.path.name)
    if len(shapes) != 1:
        seen = [f"{w} x {h} ({name})" for (w, h), name in shapes.items()]
        more = ", …" if len(seen) > NAMED else ""
        raise CannotTeach(
            "pictures of one camera have one size; these have "
            + ", ".join(seen[:NAMED])
            + more
        )
    return next(iter(shapes))


def _is_sure(trial: Trial) -> bool:
    """What the index contradicts teaches nothing."""
    return trial.outcome in (Outcome.READ, Outcome.UNKNOWN)


def _symbologies(codes: Sequence[Decoded]) -> tuple[Symbology, ...]:
    """Those on most pictures; a stray reading of another kind would cost every look."""
    seen = Counter(code.symbology for code in codes)
    most = seen.most_common(1)[0][1]
    return tuple(sorted(s for s, count in seen.items() if count >= most / 4))


def _region(codes: Sequence[Decoded], width: int, height: int) -> Region:
    """The box around all places, and room for a symbol that strays a little."""
    boxes = np.array([_box(code) for code in codes])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    x, y = max(int(left), 0), max(int(top), 0)
    return Region(
        x=x,
        y=y,
        width=min(ceil(right), width) - x,
        height=min(ceil(bottom), height) - y,
    )


def _box(code: Decoded) -> tuple[float, float, float, float]:
    """Left, top, right, bottom with quiet zone and margin."""
    corners = np.array(code.corners)
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = MARGIN * (high - low) + QUIET_MODULES * (code.module_px or 0)
    return (*(low - room), *(high + room))


def _budget_ms(p99_ms: float) -> int:
    """Twice what the slowest example took, in steps, within what a gate allows."""
    wanted = STEP_MS * ceil(2 * p99_ms / STEP_MS)
    return min(max(wanted, SHORTEST_MS), LONGEST_MS)
