"""The grade of any code the eye has read: start here.

A line camera gives an in-process grade (`report` has the words for it): the figures of
the standards without their calibrated light and aperture. A reference card gives the
reflectance scale, and nothing else.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.grading.direct_mark import APERTURES, grade_direct_mark
from agent.vision.grading.grade import Method, PrintGrade
from agent.vision.grading.linear.grading import grade_linear
from agent.vision.grading.matrix import grade_matrix
from agent.vision.grading.reference_card import ReferenceCard
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.sample import sample

# Grey values of reflectance 0 and 1 where no card was shown: the camera's own ends.
CAMERA_SCALE: Final = (0.0, 255.0)
_FEWEST_MODULES: Final = 7  # rows of the flattest symbol
_LEVELS: Final = frozenset({None, "L", "M", "Q", "H"})


@dataclass(frozen=True, slots=True)
class NotGraded:
    """A code that was read but cannot be graded in this picture, and why; for a person.

    That is no grade F: nothing is known of the print.
    """

    reason: str


class Grader:
    """Grades by one method. Bar codes always go by ISO/IEC 15416, edition 2016."""

    def __init__(
        self,
        method: Method = Method.ISO_15415_2011,
        *,
        aperture: float = 0.8,
        card: ReferenceCard | None = None,
    ) -> None:
        """`aperture`: width averaged around a module's centre, in modules; direct
        marks are tried with their own two. ValueError where it is not from 0.2 to 1,
        or where `method` is one for bar codes."""
        if method not in {
            Method.ISO_15415_2011,
            Method.ISO_15415_2024,
            Method.ISO_29158,
        }:
            raise ValueError(
                f"{method} grades bar codes only: choose iso15415_2011, iso15415_2024 "
                "or iso29158 (bar codes are graded by ISO/IEC 15416 beside any of them)"
            )
        if not 0.2 <= aperture <= 1:
            raise ValueError(f"aperture {aperture}: from 0.2 to 1 module is possible")
        self.method = method
        self.aperture = aperture
        self.card = card

    def grade(self, image: Image, code: Decoded) -> PrintGrade | NotGraded:
        """The grade of `code` in the picture in which it was read.

        ValueError only for an image that is none (see `to_grey`).
        """
        try:
            _check(code)
            if code.symbology.is_linear:
                return grade_linear(
                    image, code, scale=self._scale, is_calibrated=self._is_calibrated
                )
            return self._matrix(image, code)
        except NotGradable as reason:
            return NotGraded(str(reason))

    @property
    def _scale(self) -> tuple[float, float]:
        return CAMERA_SCALE if self.card is None else self.card.scale

    @property
    def _is_calibrated(self) -> bool:
        return self.card is not None

    def _matrix(self, image: Image, code: Decoded) -> PrintGrade:
        if self.method is Method.ISO_29158:
            return max(
                (self._direct_mark(image, code, each) for each in APERTURES),
                key=lambda found: found.grade,
            )
        symbol = sample(image, code, aperture=self.aperture, scale=self._scale)
        return grade_matrix(symbol, self.method, is_calibrated=self._is_calibrated)

    def _direct_mark(self, image: Image, code: Decoded, aperture: float) -> PrintGrade:
        symbol = sample(image, code, aperture=aperture, scale=self._scale)
        return grade_direct_mark(symbol, is_calibrated=self._is_calibrated)


def _check(code: Decoded) -> None:
    """NotGradable where what a decoder tells of a symbol cannot be so."""
    if not np.isfinite(code.corners).all():
        raise NotGradable(
            f"{code.decoder} does not tell where the symbol is: {code.corners}"
        )
    if code.modules is not None and min(code.modules) < _FEWEST_MODULES:
        raise NotGradable(
            f"{code.decoder} tells a symbol of {code.modules} modules: there is none"
        )
    if code.ec_level not in _LEVELS:
        raise NotGradable(
            f"{code.decoder} tells error correction level {code.ec_level!r}: "
            "L, M, Q or H is possible"
        )
