"""What a place without a read code looks like, beside the places that have one.

Nothing is told of caps but how those with a read code look in this very picture:
their brightness from the middle outward, and how lively their middle is. A place
that looks so has a cap; one without liveliness has no print. Where the caps stand out
too little for that, nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.cases.layout import Reals
from agent.vision.cases.result import PlaceState
from agent.vision.region import Image

SIDE: Final = 65  # pixels of a place as it is compared
RINGS: Final = 10
LEAST_RINGS: Final = 4
ASIDE: Final = 0.06
GROUND: Final = 0.85  # of a ring's pixels are darker: modules, averaged with others
REACH: Final = 0.56  # of the distance to the next place, from the middle
LEAST_CAPS: Final = 3
LEAST_STEP: Final = 12.0  # grey levels by which a cap must stand out
ALIKE: Final = 0.8  # correlation and
AS_STRONG: Final = 0.5  # share of the caps' own contrast, for a cap
UNLIKE: Final = 0.3  # below either: no cap
LIVELY: Final = 0.35  # of the codes' own contrast, for a print
MIDDLE: Final = 0.7  # of a code's half diagonal is looked at for print


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look: the middle, the distance to the next, a code's half diagonal."""

    x: float
    y: float
    pitch: float
    code_radius: float


class Caps:
    """How the caps of one picture look, learned from those with a read code."""

    def __init__(self, image: Image, known: Sequence[Place]) -> None:
        profiles = [p for p in (_profile(image, each) for each in known) if p.size]
        lives = [_liveliness(image, each) for each in known]
        self._image = image
        self._states: dict[Place, PlaceState] = {}
        self._from = _first_ring(known)
        self._profile = np.median(profiles, axis=0) if profiles else np.zeros(RINGS)
        self._liveliness = float(np.median(lives)) if lives else 0.0
        self._tells = (
            len(profiles) >= LEAST_CAPS
            and float(np.ptp(self._profile[self._from :])) >= LEAST_STEP
            and float(np.median([self._likeness(p)[0] for p in profiles])) >= ALIKE
        )

    def state(self, place: Place) -> PlaceState:
        """What the place shows; MISSING where the picture does not tell."""
        if place not in self._states:
            self._states[place] = self._seen(place)
        return self._states[place]

    def _seen(self, place: Place) -> PlaceState:
        if not self._tells:
            return PlaceState.MISSING
        alike, strength = self._likeness(_profile(self._image, place))
        if UNLIKE <= alike < ALIKE:
            alike, strength = max(
                self._likeness(_profile(self._image, each)) for each in _around(place)
            )
        if alike >= ALIKE and strength >= AS_STRONG:
            lively = _liveliness(self._image, place) >= LIVELY * self._liveliness
            return PlaceState.UNREAD if lively else PlaceState.BLANK
        if alike < UNLIKE or strength < UNLIKE:
            return PlaceState.EMPTY
        return PlaceState.MISSING

    def _likeness(self, profile: Reals) -> tuple[float, float]:
        """Correlation with a cap's profile, and contrast as a share of a cap's.

        Without a profile, at the picture's edge: undecided.
        """
        if not profile.size:
            return UNLIKE, UNLIKE
        own, other = self._profile[self._from :], profile[self._from :]
        own, other = own - own.mean(), other - other.mean()
        norm = float(np.linalg.norm(own) * np.linalg.norm(other))
        alike = float(own @ other) / norm if norm > 0 else 0.0
        return alike, float(np.linalg.norm(other) / (np.linalg.norm(own) or 1))


def _first_ring(known: Sequence[Place]) -> int:
    """Rings from there outward lie beside the print; all, if those are too few."""
    if not known:
        return 0
    place = known[0]
    first = int(np.ceil(place.code_radius / (REACH * place.pitch) * RINGS))
    return first if RINGS - first >= LEAST_RINGS else 0


def _around(place: Place) -> list[Place]:
    """Caps stand a little beside the middle that the grid foretells."""
    off = ASIDE * place.pitch
    return [
        replace(place, x=place.x + dx, y=place.y + dy)
        for dx in (-off, 0, off)
        for dy in (-off, 0, off)
    ]


def _profile(image: Image, place: Place) -> Reals:
    """The light ground on rings outward: what is there of the cap between its print."""
    patch = _patch(image, place, REACH * place.pitch)
    if patch.size == 0:
        return np.empty(0)
    small = cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = np.asarray(small, dtype=np.float64).ravel()
    # Sorting and indexing: numpy's quantile costs several times as much.
    return np.array([np.sort(grey[r])[int(GROUND * len(r))] for r in _rings()])


@lru_cache(maxsize=1)
def _rings() -> tuple[NDArray[np.intp], ...]:
    axis = np.arange(SIDE) - (SIDE - 1) / 2
    outward = (np.hypot(axis[:, None], axis[None, :]) / (SIDE / 2) * RINGS).ravel()
    return tuple(
        np.flatnonzero((outward >= n) & (outward < n + 1)) for n in range(RINGS)
    )


def _liveliness(image: Image, place: Place) -> float:
    """Standard deviation of grey where the print is, its slow changes taken off."""
    patch = _patch(image, place, MIDDLE * place.code_radius)
    if patch.size == 0:
        return 0.0
    small = cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = small.astype(np.float32)
    return float((grey - cv2.GaussianBlur(grey, (0, 0), SIDE / 6)).std())


def _patch(image: Image, place: Place, reach: float) -> Image:
    """The square around a place; empty where the picture does not hold all of it."""
    low_x, low_y = round(place.x - reach), round(place.y - reach)
    side = max(1, round(2 * reach))
    if min(low_x, low_y) < 0:
        return image[:0, :0]
    patch = image[low_y : low_y + side, low_x : low_x + side]
    return patch if patch.shape == (side, side) else image[:0, :0]
