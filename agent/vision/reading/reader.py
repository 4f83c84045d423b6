"""Reads the codes of one picture within a time budget."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded, VisionResult
from agent.vision.decoders import zbar, zxing
from agent.vision.reading.budget import Budget, Pace
from agent.vision.reading.cascade import PLACE_PIXELS, Expected, Step, steps
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.exposures import fuse
from agent.vision.reading.following import Following
from agent.vision.reading.locating import MANY_PIXELS, places
from agent.vision.reading.look import Decoder, Look
from agent.vision.reading.looks import RAW, Wanted, place_looks
from agent.vision.reading.order import LookOrder
from agent.vision.reading.pace import LOCATING, kind_of, prior_ms
from agent.vision.reading.preparing import prepare
from agent.vision.region import Image, Region, to_grey
from agent.vision.symbology import Symbology

ITF_14: Final = frozenset({14})
FIRST_SHARE: Final = 0.4  # of the budget that the first look may take at the worst
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
        self._symbologies = symbologies
        self._matrix = frozenset(each for each in symbologies if not each.is_linear)
        self._wanted = Wanted(
            qr=bool(symbologies & {Symbology.QR, Symbology.GS1_QR}),
            data_matrix=bool(
                symbologies & {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}
            ),
            linear=symbologies != self._matrix,
        )
        self._formats = zxing.formats_of(symbologies)
        self._matrix_formats = zxing.formats_of(self._matrix)
        self._region = region
        self._origin = (0, 0) if region is None else (region.x, region.y)
        self._budget_ms = budget_ms
        self._set_module_px = module_px
        self._seen_module_px: float | None = None
        self._light_on_dark = light_on_dark
        self._itf_digits = itf_digits
        self._accept = accept
        self._perf = perf
        self._pace = Pace(prior_ms(symbologies))
        self._following = Following() if follow else None
        self._looks = {look.name: look for look in place_looks(self._wanted)}
        self._order = LookOrder(list(self._looks))
        self._ranked = (self._order.ranked(), tuple(self._looks.values()))

    @property
    def module_px(self) -> float | None:
        """Pixels a module: as set, else of the last good reading, else None."""
        return self._set_module_px or self._seen_module_px

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
        self._learn(codes, reading)
        return VisionResult(
            codes=codes,
            elapsed_ms=reading.budget.elapsed_ms,
            tries=tuple(reading.tries),
            timed_out=reading.has_skipped and not codes,
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

        def locate() -> list[Region]:
            pixels = min(part.size, MANY_PIXELS)
            if not reading.budget.allows(LOCATING, pixels):
                reading.has_skipped = True
                return []
            since_ms = reading.budget.elapsed_ms
            found = places(part)
            reading.budget.spent(LOCATING, pixels, since_ms)
            return found

        for step in steps(part, self._wanted, self._expected(part), locate):
            kind = kind_of(step.look, step.place is not None)
            if reading.tries and not reading.budget.allows(kind, step.pixels):
                reading.has_skipped = True
                continue
            reading.tries.append(step.name)
            since_ms = reading.budget.elapsed_ms
            found = self._look(part, step)
            took_ms = reading.budget.spent(kind, step.pixels, since_ms)
            if step.place is not None:
                reading.at_places.append((step, took_ms, bool(found)))
            reading.evidence.add(found)
            if reading.evidence.is_settled and self._is_wanted(reading.evidence.codes):
                break

    def _expected(self, part: Image) -> Expected:
        rows, columns = part.shape
        worst_ms = self._pace.worst_ms(kind_of(RAW, is_place=False))
        following = self._following
        window = None if following is None else following.window(columns, rows)
        return Expected(
            window=window,
            holds_one=bool(following and window and following.holds_one(window)),
            module_px=self.module_px,
            looks=self._ranked_looks(),
            first_pixels=FIRST_SHARE * self._budget_ms / worst_ms,
        )

    def _ranked_looks(self) -> tuple[Look, ...]:
        names = self._order.ranked()
        if names is not self._ranked[0]:
            self._ranked = (names, tuple(self._looks[name] for name in names))
        return self._ranked[1]

    def _look(self, part: Image, step: Step) -> list[Decoded]:
        """One look; corners in pixels of the whole picture."""
        region, is_place = step.region, step.place is not None
        cut = region.crop(part)
        most = PLACE_PIXELS if is_place else float("inf")
        view = prepare(cut, step.look, step.module_px, most)
        if step.look.decoder is Decoder.ZBAR:
            wanted = self._matrix if is_place else self._symbologies
            found = zbar.decode(view.picture, wanted, step.name)
        else:
            thorough = step.look.decoder is Decoder.ZXING_THOROUGH
            formats = self._matrix_formats if is_place else self._formats
            found = zxing.decode(
                view.picture,
                formats,
                step.name,
                thorough=thorough,
                single=step.single,
            )
        x, y = region.x + self._origin[0], region.y + self._origin[1]
        return [view.back(each, x, y) for each in found]

    def _is_wanted(self, codes: tuple[Decoded, ...]) -> bool:
        accept = self._accept
        return accept is None or any(accept(c.payload, c.aim) for c in codes)

    def _learn(self, codes: tuple[Decoded, ...], reading: "_Reading") -> None:
        for code in codes:
            if code.module_px is not None:
                self._seen_module_px = code.module_px
        matrix = [code for code in codes if not code.symbology.is_linear]
        if matrix and self._following is not None:
            x, y = self._origin
            self._following.saw(
                [(across - x, down - y) for across, down in code.corners]
                for code in matrix
            )
        # A place where nothing was read may hold nothing: it proves nothing.
        held = {step.place for step, _, has_read in reading.at_places if has_read}
        for step, took_ms, has_read in reading.at_places:
            if step.place in held:
                self._order.tell(step.look.name, has_read=has_read, took_ms=took_ms)


@dataclass(slots=True)
class _Reading:
    """What happens to one picture."""

    budget: Budget
    evidence: Evidence
    tries: list[str] = field(default_factory=list)
    at_places: list[tuple[Step, float, bool]] = field(default_factory=list)
    has_skipped: bool = False
