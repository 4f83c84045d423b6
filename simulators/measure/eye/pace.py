"""What reading costs against the bare library, and whether the budget holds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.vision.evaluation.trial import BUDGET_MS
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image, Region
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES, SIZE
from simulators.cameras.rendered import PrintedMark, render
from simulators.measure.eye.rivals import zxing_restricted

PICTURES: Final = 60
# Largest first: a picture of nothing but texture is the dearest to look through.
HARD_SIZES: Final = ((2448, 2048), (1280, 1024), (640, 480))


@dataclass(slots=True)
class Pair:
    """Milliseconds of both on the same pixels, one after the other."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over median."""
        return median(self.ours) / median(self.bare)


def _prints(symbology: Symbology, size: tuple[int, int], count: int) -> list[Image]:
    """Fair prints near the middle: what the first look is for."""
    defects = replace(CLASSES["fair"], shift_px=20, module_px=5)
    mark = PrintedMark(symbology=symbology, text=TEXTS[symbology])
    return [
        render(mark, np.random.default_rng(seed), defects, size)
        for seed in range(count)
    ]


TEXTS: Final = {
    Symbology.QR: "https://h.cn/x?c=ABC123DEF456",
    Symbology.GS1_DATA_MATRIX: "010690123456789210L2407\x1d21AB12CD34EF56",
}


def on_crop(symbology: Symbology, count: int = PICTURES) -> Pair:
    """Station with a region: only pictures that the first look reads."""
    wanted = frozenset({symbology})
    region = Region(x=480, y=352, width=320, height=320)
    vision = CodeVision(wanted, region, budget_ms=BUDGET_MS)
    pair = Pair()
    for image in _prints(symbology, SIZE, count):
        crop = region.crop(image)
        bare_ms = _timed(lambda crop=crop: zxing_restricted(crop, wanted))  # type: ignore[misc]
        result = vision.read(image)
        if result.codes and len(result.tries) == 1:
            pair.bare.append(bare_ms)
            pair.ours.append(result.elapsed_ms)
    return pair


def on_frame(symbology: Symbology, count: int = PICTURES) -> Pair:
    """No region: the whole picture, by a reader that knows nothing of it."""
    wanted = frozenset({symbology})
    pair = Pair()
    for image in _prints(symbology, SIZE, count):
        pair.bare.append(
            _timed(lambda image=image: zxing_restricted(image, wanted))  # type: ignore[misc]
        )
        pair.ours.append(CodeVision(wanted, budget_ms=BUDGET_MS).read(image).elapsed_ms)
    return pair


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
    for heading in ("pictures", "ours p50 ms", "p99", "max", "bare p50 ms", "ratio"):
        made.add_column(heading, justify="right")
    for symbology in TEXTS:
        for name, pair in (
            ("read by the first look on a crop", on_crop(symbology, count)),
            ("whole frame, no region", on_frame(symbology, count)),
        ):
            made.add_row(f"{symbology}: {name}", *_compared(pair))
        made.add_row(f"{symbology}: nothing to read", *_times(hard(symbology, count)))
    return made


def _compared(pair: Pair) -> tuple[str, ...]:
    if not pair.ours:
        return ("0",)
    return (*_times(pair.ours), f"{median(pair.bare):.2f}", f"{pair.ratio:.2f}")


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
