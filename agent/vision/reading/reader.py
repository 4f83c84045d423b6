"""Reads the codes of one picture within a time budget."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded, VisionResult
from agent.vision.reading.budget import Budget, Pace
from agent.vision.reading.cascade import Ask, Step, steps
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.exposures import fuse
from agent.vision.reading.habits import Habits, Tried
from agent.vision.reading.linear import LinearLook
from agent.vision.reading.locating import MANY_PIXELS, is_rough, places
from agent.vision.reading.look import Decoder
from agent.vision.reading.looking import Looking
from agent.vision.reading.looks import RAW, Wanted, place_looks
from agent.vision.reading.pace import LOCATING, kind_of, prior_ms
from agent.vision.region import Image, Region, to_grey
from agent.vision.symbology import Symbology

ITF_14: Final = frozenset({14})
FIRST_SHARE: Final = 0.4  # of the budget that the first look may take at the worst
LARGE: Final = 200_000  # pixels of a rough picture from which zbar's time has no bound
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

        `second`: the same view under a shorter exposure, for what glare burnt out.
        No picture makes it fail; ValueError only for pixels that are not 8-bit or a
        shape that is no picture.
        """
        reading = _Reading(
            budget=Budget(self._budget_ms, self._perf, self._pace),
            evidence=Evidence(self._itf_digits),
        )
        part = self._part(image, second)
        if part.size:
            self._look_through(part, reading)
        codes = reading.evidence.codes
        self._habits.learn(codes, reading.at_places, self._origin)
        return VisionResult(
            codes=codes,
            elapsed_ms=reading.budget.elapsed_ms,
            tries=tuple(reading.tries),
            timed_out=reading.has_skipped and not codes,
            conflict=bool(reading.evidence.conflicts),
        )

    def _part(self, image: Image, second: Image | None) -> Image:
        part = self._inside(image)
        if second is not None:
            part = fuse(part, self._inside(second))
        if part.size and self._light_on_dark:
            return np.asarray(cv2.bitwise_not(part), dtype=np.uint8)
        return part

    def _inside(self, image: Image) -> Image:
        if self._region is None or image.ndim < 2:
            return to_grey(image)
        return to_grey(self._region.crop(image))

    def _look_through(self, part: Image, reading: "_Reading") -> None:
        """One look after the other until something counts or time is up."""
        rough = partial(reading.is_rough, part)
        worst_ms = self._pace.worst_ms(kind_of(RAW, is_place=False))
        first_pixels = FIRST_SHARE * self._budget_ms / worst_ms
        expected = self._habits.expected(part, first_pixels, rough)
        ask = Ask(
            places=partial(reading.places, part),
            bars=partial(self._looking.bars, part, reading.waiting, self._origin),
        )
        for step in steps(part, self._wanted, expected, ask):
            is_endless = _has_no_bound(part, step) and rough()
            if reading.tries and (is_endless or not reading.allows(step)):
                reading.has_skipped = True
                continue
            reading.take(
                step,
                partial(self._looking.look, part, step, self._origin)
                if isinstance(step, Step)
                else step.read,
            )
            if self._is_enough(reading.evidence):
                break

    def _is_enough(self, evidence: Evidence) -> bool:
        if not evidence.is_settled:
            return False
        accept = self._accept
        return accept is None or any(accept(c.payload, c.aim) for c in evidence.codes)


def _has_no_bound(part: Image, step: Step | LinearLook) -> bool:
    """zbar's time on many things like finder patterns grows beyond all foretelling."""
    if isinstance(step, LinearLook) or step.look.decoder is not Decoder.ZBAR:
        return False
    return step.place is None and part.size > LARGE


@dataclass(slots=True)
class _Reading:
    """What happens to one picture."""

    budget: Budget
    evidence: Evidence
    tries: list[str] = field(default_factory=list)
    at_places: list[Tried] = field(default_factory=list)
    has_skipped: bool = False
    _is_rough: bool | None = None

    def is_rough(self, part: Image) -> bool:
        """Whether most of the picture is, looked at once."""
        if self._is_rough is None:
            self._is_rough = is_rough(part)
        return self._is_rough

    def waiting(self) -> list[Decoded]:
        """Bar codes read that need another witness."""
        return [each for each in self.evidence.waiting if each.symbology.is_linear]

    def allows(self, step: Step | LinearLook) -> bool:
        """Whether a look fits the time that is left."""
        return self.budget.allows(step.kind, step.pixels)

    def take(self, step: Step | LinearLook, look: Callable[[], list[Decoded]]) -> None:
        """Makes one look, with its name, its time and what it found."""
        self.tries.append(step.name)
        since_ms = self.budget.elapsed_ms
        found = look()
        took_ms = self.budget.spent(step.kind, step.pixels, since_ms)
        if isinstance(step, Step) and step.place is not None:
            self.at_places.append((step, took_ms, bool(found)))
        self.evidence.add(found)

    def places(self, part: Image) -> list[Region]:
        """The places in the picture, while there is time to look for any."""
        pixels = min(part.size, MANY_PIXELS)
        if not self.budget.allows(LOCATING, pixels):
            self.has_skipped = True
            return []
        since_ms = self.budget.elapsed_ms
        found = places(part)
        self.budget.spent(LOCATING, pixels, since_ms)
        return found
