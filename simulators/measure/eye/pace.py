"""What reading costs against the bare library, and whether the budget holds.

The library has two calls: one that ends at the first symbol it finds, and one that
finds them all. Reading notices a second code, so it can be as quick as the second only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.vision.evaluation.trial import BUDGET_MS
from agent.vision.reading.linear import CONFIRM
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image, Region
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES, SIZE
from simulators.cameras.rendered import PrintedMark, render
from simulators.measure.eye.rivals import zxing_every, zxing_places, zxing_restricted

PICTURES: Final = 60
# Largest first: a picture of nothing but texture is the dearest to look through.
HARD_SIZES: Final = ((2448, 2048), (1280, 1024), (640, 480))
TEXTS: Final = {
    Symbology.QR: "https://h.cn/x?c=ABC123DEF456",
    Symbology.GS1_DATA_MATRIX: "010690123456789210L2407\x1d21AB12CD34EF56",
    Symbology.EAN_13: "6901234567892",
    Symbology.CODE_128: "ABC123DEF456",
    Symbology.GS1_128: "010690123456789210L2407\x1d21AB12CD34EF56",
    Symbology.ITF: "16901234567899",
}
MATRIX_PX, BARS_PX = 5.0, 3.0  # a module
BARS_TURN_DEG: Final = 5.0  # a bar code lies straight on its label
AROUND_PX: Final = 30  # left free around the codes of a station


@dataclass(slots=True)
class Rounds:
    """Milliseconds of all three on the same pixels, one after the other."""

    ours: list[float] = field(default_factory=list)
    one: list[float] = field(default_factory=list)
    every: list[float] = field(default_factory=list)

    @property
    def to_one(self) -> float:
        """Median over that of the call for one symbol."""
        return median(self.ours) / median(self.one)

    @property
    def to_every(self) -> float:
        """Median over that of the call for all symbols."""
        return median(self.ours) / median(self.every)

    def bare(self, image: Image, wanted: frozenset[Symbology]) -> tuple[float, float]:
        """Both calls of the library alone."""
        return (
            _timed(lambda: zxing_restricted(image, wanted)),
            _timed(lambda: zxing_every(image, wanted)),
        )

    def add(self, bare: tuple[float, float], ours_ms: float) -> None:
        """One picture."""
        for times, took_ms in zip((self.one, self.every), bare, strict=True):
            times.append(took_ms)
        self.ours.append(ours_ms)


def _prints(symbology: Symbology, size: tuple[int, int], count: int) -> list[Image]:
    """Fair prints near the middle: what the first look is for."""
    fair = replace(CLASSES["fair"], shift_px=20, module_px=MATRIX_PX)
    if symbology.is_linear:
        fair = replace(fair, module_px=BARS_PX, rotation_deg=BARS_TURN_DEG)
    mark = PrintedMark(symbology=symbology, text=TEXTS[symbology])
    return [
        render(mark, np.random.default_rng(seed), fair, size) for seed in range(count)
    ]


def _region(images: list[Image], wanted: frozenset[Symbology]) -> Region:
    """As one would set it for a station: around all codes as they come."""
    at = np.array([point for image in images for point in zxing_places(image, wanted)])
    left, top = (int(low) for low in np.maximum(at.min(axis=0) - AROUND_PX, 0))
    right, bottom = (int(high) for high in at.max(axis=0) + AROUND_PX)
    return Region(x=left, y=top, width=right - left, height=bottom - top)


def on_crop(symbology: Symbology, count: int = PICTURES) -> Rounds:
    """Station with a region: only pictures read without a rescue."""
    wanted = frozenset({symbology})
    images = _prints(symbology, SIZE, count)
    region = _region(images, wanted)
    vision = CodeVision(wanted, region, budget_ms=BUDGET_MS)
    rounds = Rounds()
    for image in images:
        bare = rounds.bare(region.crop(image), wanted)
        result = vision.read(image)
        if result.codes and not set(result.tries[1:]) - {CONFIRM}:
            rounds.add(bare, result.elapsed_ms)
    return rounds


def on_frame(symbology: Symbology, count: int = PICTURES) -> Rounds:
    """No region: the whole picture, by a reader that knows nothing of it."""
    wanted = frozenset({symbology})
    rounds = Rounds()
    for image in _prints(symbology, SIZE, count):
        bare = rounds.bare(image, wanted)
        vision = CodeVision(wanted, budget_ms=BUDGET_MS)
        rounds.add(bare, vision.read(image).elapsed_ms)
    return rounds


def hard(symbology: Symbology, count: int = PICTURES) -> list[float]:
    """Pictures without anything to read: noise, texture, bars, a ruined print."""
    wanted = frozenset({symbology})
    took_ms = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        image = _nasty(rng, HARD_SIZES[seed % len(HARD_SIZES)])
        took_ms.append(CodeVision(wanted, budget_ms=BUDGET_MS).read(image).elapsed_ms)
    return took_ms


def _nasty(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    width, height = size
    cell = int(rng.integers(1, 9))
    small = rng.integers(0, 256, (height // cell + 1, width // cell + 1), np.uint8)
    if rng.random() < 0.5:
        small = np.where(small > 127, 255, 0).astype(np.uint8)
    texture = np.repeat(np.repeat(small, cell, axis=0), cell, axis=1)
    return np.ascontiguousarray(texture[:height, :width])


def _timed(work: Callable[[], object]) -> float:
    begun_s = time.perf_counter()
    work()
    return (time.perf_counter() - begun_s) * 1000


def table(count: int = PICTURES) -> Table:
    """Ratios of medians, and the time of pictures that hold nothing."""
    made = Table(title=f"time of reading, one core, budget {BUDGET_MS:g} ms")
    made.add_column("what")
    for heading in (
        "pictures",
        "ours p50 ms",
        "p99",
        "max",
        "bare, one symbol",
        "ratio",
        "bare, all",
        "ratio",
    ):
        made.add_column(heading, justify="right")
    for symbology in TEXTS:
        for name, rounds in (
            ("read by the first look on a crop", on_crop(symbology, count)),
            ("whole frame, no region", on_frame(symbology, count)),
        ):
            made.add_row(f"{symbology}: {name}", *_compared(rounds))
        made.add_row(f"{symbology}: nothing to read", *_times(hard(symbology, count)))
    return made


def _compared(rounds: Rounds) -> tuple[str, ...]:
    if not rounds.ours:
        return ("0",)
    return (
        *_times(rounds.ours),
        f"{median(rounds.one):.2f}",
        f"{rounds.to_one:.2f}",
        f"{median(rounds.every):.2f}",
        f"{rounds.to_every:.2f}",
    )


def _times(ms: list[float]) -> tuple[str, str, str, str]:
    return (
        str(len(ms)),
        f"{median(ms):.2f}",
        f"{np.percentile(ms, 99):.2f}",
        f"{max(ms):.2f}",
    )


def run(console: Console) -> None:
    """The table."""
    console.print(table())
