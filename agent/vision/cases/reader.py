"""Reads all codes of an open case and says which places have none."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import Final

import cv2
import numpy as np

from agent.vision.cases.appearance import Caps
from agent.vision.cases.closer import Closer
from agent.vision.cases.framing import Framing, framings
from agent.vision.cases.layout import Layout, Shifted
from agent.vision.cases.looks import (
    RAW,
    add_new,
    centre_of,
    look_at,
    more_looks,
)
from agent.vision.cases.places import caps_of, code_radius, suspects_of, with_caps
from agent.vision.cases.report import report
from agent.vision.cases.result import CaseResult
from agent.vision.cases.view import of_outline
from agent.vision.decoded import Corners, Decoded, moved
from agent.vision.decoders import zxing
from agent.vision.region import Image, Region, to_grey
from agent.vision.symbology import Symbology

BUDGET_MS: Final = 250.0
WORKERS: Final = 2
WHOLE_SHARE: Final = 0.5  # of the budget, for looks at the whole picture
ENOUGH: Final = 0.7  # of the places
ENOUGH_PLACED: Final = 1 / 3  # of the places, where these tell all rows and columns
KEPT_MS: Final = 55.0  # for putting the result together, and a look that runs over


class CaseReader:
    """Many matrix codes of one picture, each in its row and column.

    Looks at the whole picture first, finds the rows and columns in the codes that are
    read, then looks closer at each place that misses one, all inside `budget_ms`.
    Row 1 is on top and column 1 on the left as the picture shows them; the case may be
    turned by up to 15 degrees. The whole case must be in `region` (or the picture):
    that, or `taught` corners of an earlier picture (`CaseResult.outline`) of a case in
    about the same place, tells rows and columns when an outer one shows no code.

    `max_workers` threads share the work, the calling one among them; `pool` is used
    instead of an own one. Calls from several threads do not disturb each other.
    """

    def __init__(
        self,
        symbologies: frozenset[Symbology],
        *,
        rows: int,
        columns: int,
        shifted: Shifted = Shifted.NONE,
        region: Region | None = None,
        taught: Corners | None = None,
        budget_ms: float = BUDGET_MS,
        light_on_dark: bool = False,
        max_workers: int = WORKERS,
        pool: ThreadPoolExecutor | None = None,
        perf: Callable[[], float] = time.perf_counter,
    ) -> None:
        """ValueError for a bar code, an impossible layout, no time or no worker."""
        bars = sorted(each for each in symbologies if each.is_linear)
        if bars or not symbologies:
            raise ValueError(
                f"symbologies {', '.join(bars) or 'missing'}: a case is read by matrix "
                "codes, QR or Data Matrix"
            )
        if budget_ms <= 0:
            raise ValueError(f"budget of {budget_ms} ms: it must be above 0")
        if max_workers < 1:
            raise ValueError(f"{max_workers} workers: at least 1 is needed")
        self.layout = Layout(rows=rows, columns=columns, shifted=shifted)
        self._symbologies = symbologies
        self._formats = zxing.formats_of(symbologies)
        self._region = region
        self._taught = None if taught is None else of_outline(taught, self.layout)
        self._budget_ms = budget_ms
        self._light_on_dark = light_on_dark
        self._workers = max_workers
        self._own_pool = pool is None and max_workers > 1
        self._pool = ThreadPoolExecutor(max_workers - 1) if self._own_pool else pool
        self._perf = perf

    def close(self) -> None:
        """Ends the own threads; a pool that was given goes on."""
        if self._own_pool and self._pool is not None:
            self._pool.shutdown()

    def read(self, image: Image) -> CaseResult:
        """The codes of `image`, grey or colour bytes of any size.

        No picture makes it fail; ValueError only for pixels that are not 8-bit or a
        shape that is no picture.
        """
        start_s = self._perf()

        def left_ms() -> float:
            return self._budget_ms - (self._perf() - start_s) * 1000

        grey = to_grey(image)
        region = _within(self._region, grey)
        if self._light_on_dark and grey.size:
            grey = np.asarray(cv2.bitwise_not(grey), dtype=np.uint8)
        codes, looks = self._at_whole(grey, region, left_ms)
        ways = self._ways(codes, region)
        timed_out, caps = False, None
        if ways:
            caps = caps_of(grey, codes, ways[0], self.layout)
            more, timed_out = self._closer(grey, codes, ways, caps, left_ms)
            if more:
                add_new(codes, more)
                ways = self._ways(codes, region)
            if len(ways) > 1:
                ways = with_caps(ways, caps, self.layout, code_radius(codes))
        result = report(codes, ways, self.layout, caps)
        return replace(
            result,
            looks=looks,
            timed_out=timed_out,
            elapsed_ms=self._budget_ms - left_ms(),
        )

    def _at_whole(
        self, grey: Image, region: Region, left_ms: Callable[[], float]
    ) -> tuple[list[Decoded], tuple[str, ...]]:
        """Looks at all of the region until most codes are read."""
        crop = region.crop(grey)
        codes: list[Decoded] = []
        names: list[str] = []
        slowest_ms = 0.0
        looks = chain([RAW], more_looks(lambda: _module_px(codes)))
        for look in looks if crop.size else ():
            before_ms = left_ms()
            found = look_at(
                crop,
                look,
                self._formats,
                self.layout,
                pool=self._pool,
                parts=self._workers,
            )
            add_new(codes, [moved(code, 1, region.x, region.y) for code in found])
            names.append(look.name)
            slowest_ms = max(slowest_ms, before_ms - left_ms())
            spent_ms = self._budget_ms - left_ms()
            is_late = spent_ms + slowest_ms > WHOLE_SHARE * self._budget_ms
            if is_late or self._is_enough(codes, region):
                break
        return codes, tuple(names)

    def _is_enough(self, codes: list[Decoded], region: Region) -> bool:
        """Whether a closer look at the places without a code costs less than another
        look at the whole."""
        share = len(codes) / self.layout.places
        return share >= ENOUGH or (
            share >= ENOUGH_PLACED and len(self._ways(codes, region)) == 1
        )

    def _ways(self, codes: list[Decoded], region: Region) -> list[Framing]:
        points = np.array([centre_of(code) for code in codes], dtype=np.float64)
        return framings(points.reshape(-1, 2), self.layout, region, self._taught)

    def _closer(
        self,
        grey: Image,
        codes: list[Decoded],
        ways: list[Framing],
        caps: Caps,
        left_ms: Callable[[], float],
    ) -> tuple[list[Decoded], bool]:
        """A closer look at the places without a code."""
        suspects = suspects_of(ways, caps, self.layout, code_radius(codes))
        closer = Closer(
            self._symbologies,
            _module_px(codes),
            pool=self._pool,
            workers=self._workers,
            left_ms=lambda: left_ms() - KEPT_MS,
        )
        return closer.read(grey, suspects)


def _within(region: Region | None, grey: Image) -> Region:
    """What of the region the picture holds; all of it where none is set."""
    height, width = grey.shape
    if region is None:
        return Region(x=0, y=0, width=max(1, width), height=max(1, height))
    return replace(
        region,
        width=max(1, min(region.width, width - region.x)),
        height=max(1, min(region.height, height - region.y)),
    )


def _module_px(codes: list[Decoded]) -> float | None:
    """A usual one, of the codes that tell."""
    known = [code.module_px for code in codes if code.module_px is not None]
    return float(np.median(known)) if known else None
