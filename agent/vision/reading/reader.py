"""Reads the codes of one picture within a time budget."""

import time
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import VisionResult
from agent.vision.reading.budget import Budget, Pace
from agent.vision.reading.cascade import steps
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.exposures import fuse
from agent.vision.reading.habits import Habits
from agent.vision.reading.looking import Looking
from agent.vision.reading.looks import Wanted, place_looks
from agent.vision.reading.pace import prior_ms
from agent.vision.reading.progress import Progress
from agent.vision.region import Image, Region, to_grey
from agent.vision.symbology import Symbology

ITF_14: Final = frozenset({14})
Accept = Callable[[bytes, str], bool]


class CodeVision:
    """Looks at the region of interest in ever stranger ways until a code is read.

    Where codes have been read before, the first look is at the place expected, in the
    way that read best lately; else it is one zxing-cpp pass over the region: untouched,
    or smaller where that will do, or where the budget would be in danger. A pass
    reports every code it sees, so a second code costs nothing to notice; it is noticed
    when the same look reads it. Later looks run only when nothing was read, each only
    if its expected time still fits `budget_ms`; the first is always made.

    `module_px`, the size of a module in the picture, steers the looks; unset, the last
    good reading tells it. `follow` False looks at the whole region every time, to
    notice a second code anywhere. `light_on_dark` is for laser and white ink.
    `itf_digits` are the lengths of ITF that count (ITF-14 unless told otherwise).
    `accept` judges bytes and AIM identifier by the code's format: what it refuses does
    not end the looking, yet is reported if nothing better comes. `perf` is a clock in
    seconds. Calls from several threads do not disturb each other.

    What it learns belongs to one station: take a new one for unrelated pictures.
    """

    def __init__(
        self,
        symbologies: frozenset[Symbology],
        region: Region | None = None,
        *,
        budget_ms: float,
        module_px: float | None = None,
        follow: bool = True,
        light_on_dark: bool = False,
        itf_digits: frozenset[int] = ITF_14,
        accept: Accept | None = None,
        perf: Callable[[], float] = time.perf_counter,
    ) -> None:
        """ValueError if no symbology is given or the budget is not positive."""
        if not symbologies:
            raise ValueError("no symbology to read: name at least one")
        if budget_ms <= 0:
            raise ValueError(f"budget of {budget_ms} ms: it must be above 0")
        self._wanted = Wanted.of(symbologies)
        self._looking = Looking(symbologies)
        self._region = region
        self._origin = (0, 0) if region is None else (region.x, region.y)
        self._budget_ms = budget_ms
        self._light_on_dark = light_on_dark
        self._itf_digits = itf_digits
        self._accept = accept
        self._perf = perf
        self._pace = Pace(prior_ms(symbologies))
        self._habits = Habits(
            place_looks(self._wanted), module_px=module_px, follow=follow
        )

    @property
    def module_px(self) -> float | None:
        """Pixels a module: as set, else of the last good reading, else None."""
        return self._habits.module_px

    def read(self, image: Image, second: Image | None = None) -> VisionResult:
        """The codes in `image`, grey (or colour, converted) bytes of any size.

        `second`: the same view under a shorter exposure, for what glare burnt out; it
        is left out where it shows something else. No picture makes it fail; ValueError
        only for pixels that are not 8-bit or a shape that is no picture.
        """
        budget = Budget(self._budget_ms, self._perf, self._pace)
        seen = self._inside(image)
        fused = seen if second is None else fuse(seen, self._inside(second))
        progress = Progress(
            part=self._dark_on_light(seen if fused is None else fused),
            origin=self._origin,
            looking=self._looking,
            budget=budget,
            evidence=Evidence(self._itf_digits),
        )
        if progress.part.size:
            self._look_through(progress)
        codes = progress.evidence.codes
        self._habits.learn(codes, progress.at_places, self._origin)
        return VisionResult(
            codes=codes,
            elapsed_ms=budget.elapsed_ms,
            tries=tuple(progress.tries),
            timed_out=progress.has_skipped and not codes,
            conflict=bool(progress.evidence.conflicts),
            unlike=fused is None,
        )

    def _dark_on_light(self, part: Image) -> Image:
        if part.size and self._light_on_dark:
            return np.asarray(cv2.bitwise_not(part), dtype=np.uint8)
        return part

    def _inside(self, image: Image) -> Image:
        if self._region is None or image.ndim < 2:
            return to_grey(image)
        return to_grey(self._region.crop(image))

    def _look_through(self, progress: Progress) -> None:
        """One look after the other until something counts or time is up."""
        part = progress.part
        for step in steps(part, self._wanted, self._habits.expected(part), progress):
            if progress.allows(step):
                progress.take(step)
                if self._is_enough(progress.evidence):
                    break

    def _is_enough(self, evidence: Evidence) -> bool:
        if not evidence.is_settled:
            return False
        accept = self._accept
        return accept is None or any(accept(c.payload, c.aim) for c in evidence.codes)
