"""Reads the codes of one picture within a time budget."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, cast

import cv2
import numpy as np

from agent.vision.decoded import Corners, Decoded, VisionResult
from agent.vision.decoders import zbar, zxing
from agent.vision.reading.budget import Budget, Pace
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.exposures import fuse
from agent.vision.reading.variants import Decoder, Variant, Wanted, cascade, prepare
from agent.vision.region import Image, Region, to_grey
from agent.vision.symbology import Symbology

ITF_14: Final = frozenset({14})
Accept = Callable[[bytes, str], bool]


class CodeVision:
    """Looks at the region of interest in ever stranger ways until a code is read.

    The first look is one zxing-cpp pass over the crop: untouched, or smaller where its
    modules are large enough to be read so in a fraction of the time. A pass reports
    every code it sees, so a second code costs nothing to notice; it is noticed when
    the same look reads it. Later looks run only when nothing was read, each only if
    its expected time still fits `budget_ms`; the first is always made.

    `module_px`, the size of a module in the picture, steers the looks; unset, the last
    good reading tells it. `light_on_dark` is for laser and white ink. `itf_digits` are
    the lengths of ITF that count (ITF-14 unless told otherwise). `accept` judges bytes
    and AIM identifier by the code's format: what it refuses does not end the looking,
    yet is reported if nothing better comes. `perf` is a clock in seconds. Calls
    from several threads do not disturb each other.
    """

    def __init__(
        self,
        symbologies: frozenset[Symbology],
        region: Region | None = None,
        *,
        budget_ms: float,
        module_px: float | None = None,
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
        self._wanted = Wanted(
            matrix=any(not each.is_linear for each in symbologies),
            qr=bool(symbologies & {Symbology.QR, Symbology.GS1_QR}),
            linear=any(each.is_linear for each in symbologies),
        )
        self._formats = zxing.formats_of(symbologies)
        self._region = region
        self._budget_ms = budget_ms
        self._set_module_px = module_px
        self._seen_module_px: float | None = None
        self._light_on_dark = light_on_dark
        self._itf_digits = itf_digits
        self._accept = accept
        self._perf = perf
        self._pace = Pace()

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
        budget = Budget(self._budget_ms, self._perf, self._pace)
        crop = self._crop(image, second)
        evidence = Evidence(self._itf_digits)
        tries: list[str] = []
        skipped = False
        for variant in self._looks(crop):
            work = variant.weight * crop.size
            if tries and not budget.allows(work):
                skipped = True
                continue
            tries.append(variant.name)
            with budget.look(work):
                evidence.add(self._look(crop, variant))
            if evidence.is_settled and self._is_wanted(evidence.codes):
                break
        codes = tuple(self._in_picture(code) for code in evidence.codes)
        self._learn(codes)
        return VisionResult(
            codes=codes,
            elapsed_ms=budget.elapsed_ms,
            tries=tuple(tries),
            timed_out=skipped and not codes,
        )

    def _crop(self, image: Image, second: Image | None) -> Image:
        crop = self._inside(image)
        if second is not None:
            crop = fuse(crop, self._inside(second))
        if crop.size and self._light_on_dark:
            return np.asarray(cv2.bitwise_not(crop), dtype=np.uint8)
        return crop

    def _inside(self, image: Image) -> Image:
        if self._region is None or image.ndim < 2:
            return to_grey(image)
        return to_grey(self._region.crop(image))

    def _looks(self, crop: Image) -> Iterator[Variant]:
        if crop.size == 0:
            return iter(())
        return cascade(self._wanted, self.module_px, crop.size)

    def _look(self, crop: Image, variant: Variant) -> list[Decoded]:
        """One look; corners in pixels of the crop."""
        picture, scale = prepare(crop, variant)
        if variant.decoder is Decoder.ZBAR:
            found = zbar.decode(picture, self._symbologies, variant.name)
        else:
            thorough = variant.decoder is Decoder.ZXING_THOROUGH
            found = zxing.decode(
                picture, self._formats, variant.name, thorough=thorough
            )
        return [_moved(each, 1 / scale, 0, 0) for each in found]

    def _in_picture(self, code: Decoded) -> Decoded:
        if self._region is None:
            return code
        return _moved(code, 1, self._region.x, self._region.y)

    def _is_wanted(self, codes: tuple[Decoded, ...]) -> bool:
        accept = self._accept
        return accept is None or any(accept(c.payload, c.aim) for c in codes)

    def _learn(self, codes: tuple[Decoded, ...]) -> None:
        for code in codes:
            if code.module_px is not None:
                self._seen_module_px = code.module_px


def _moved(code: Decoded, factor: float, x: float, y: float) -> Decoded:
    """The same code with its place scaled, then shifted."""
    if factor == 1 and x == 0 and y == 0:
        return code
    corners = tuple((cx * factor + x, cy * factor + y) for cx, cy in code.corners)
    module_px = None if code.module_px is None else code.module_px * factor
    return replace(code, corners=cast("Corners", corners), module_px=module_px)
