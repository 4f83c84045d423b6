"""Drawn pictures, fault by fault: our cascade beside zxing-cpp on the same format."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.vision.evaluation.trial import BUDGET_MS
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import DOT_GAPS, Shot, shots
from simulators.measure.eye.rivals import zxing_restricted

COUNT: Final = 40
SUBJECTS: Final = (Symbology.QR, Symbology.GS1_DATA_MATRIX)


@dataclass(slots=True)
class Tally:
    """A class of pictures, read by both."""

    pictures: int = 0
    ours: int = 0
    wrong: int = 0
    alone: int = 0
    ours_ms: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Both together."""
        self.pictures += other.pictures
        self.ours += other.ours
        self.wrong += other.wrong
        self.alone += other.alone
        self.ours_ms += other.ours_ms
        self.alone_ms += other.alone_ms

    @property
    def gain(self) -> float:
        """Points of read rate above the library alone."""
        return 100 * (self.ours - self.alone) / self.pictures


def tallies(symbology: Symbology, drawn: Iterable[Shot]) -> dict[str, Tally]:
    """A tally a class; each class is a station with one reader that learns."""
    wanted = frozenset({symbology})
    readers: dict[str, CodeVision] = {}
    made: dict[str, Tally] = defaultdict(Tally)
    for shot in drawn:
        reader = readers.setdefault(shot.kind, CodeVision(wanted, budget_ms=BUDGET_MS))
        tally = made[shot.kind]
        begun_s = time.perf_counter()
        alone = zxing_restricted(shot.image, wanted)
        tally.alone_ms.append((time.perf_counter() - begun_s) * 1000)
        result = reader.read(shot.image)
        tally.ours_ms.append(result.elapsed_ms)
        read = {code.payload for code in result.codes}
        tally.pictures += 1
        tally.alone += alone == shot.payload
        tally.ours += read == {shot.payload}
        tally.wrong += bool(read - {shot.payload})
    return dict(made)


def table(symbology: Symbology, count: int = COUNT) -> Table:
    """A row a class, then the dot gaps together, then all."""
    made = Table(
        title=f"drawn pictures, {symbology}, 1280 x 1024, {BUDGET_MS:g} ms each",
        caption="alone: zxing-cpp, one format, the whole picture",
    )
    made.add_column("fault")
    for heading in ("pictures", "ours %", "wrong", "alone %", "gain"):
        made.add_column(heading, justify="right")
    for heading in ("ours p50", "p99", "alone p50", "p99"):
        made.add_column(f"{heading} ms", justify="right")
    found = tallies(symbology, shots(symbology, count))
    gaps, whole = Tally(), Tally()
    for name, tally in found.items():
        made.add_row(name, *_cells(tally))
        whole.add(tally)
        if name in DOT_GAPS:
            gaps.add(tally)
    made.add_section()
    made.add_row("dot gaps", *_cells(gaps))
    made.add_row("all", *_cells(whole))
    return made


def _cells(tally: Tally) -> list[str]:
    times = (*_quantiles(tally.ours_ms), *_quantiles(tally.alone_ms))
    return [
        str(tally.pictures),
        f"{100 * tally.ours / tally.pictures:.0f}",
        str(tally.wrong),
        f"{100 * tally.alone / tally.pictures:.0f}",
        f"{tally.gain:+.1f}",
        *(f"{each:.1f}" for each in times),
    ]


def _quantiles(ms: list[float]) -> tuple[float, float]:
    return float(np.percentile(ms, 50)), float(np.percentile(ms, 99))


def run(console: Console) -> None:
    """Both symbologies of a bottle."""
    for symbology in SUBJECTS:
        console.print(table(symbology))
