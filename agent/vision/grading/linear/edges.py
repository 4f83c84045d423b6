"""Where an edge stands between two elements, to a small part of a sample."""

from typing import Final

import cv2
import numpy as np

from agent.vision.grading.linear.reading import Reals

# A transition reaches half an aperture to both sides, and a little more by pixels.
_BEYOND_X: Final = 0.25
# So many elements to either side there is a wide one of each kind.
_NEAR: Final = np.ones((1, 17), np.uint8)


def placed(
    profile: Reals, rough: Reals, levels: Reals, aperture: float, x: float
) -> tuple[Reals, Reals]:
    """Edges of the elements, from the area under each transition; in samples.

    First the edges of ISO/IEC 15416: where the profile crosses the middle between the
    reflectances of the two elements. Where the transition is symmetric the area under
    it tells the same place, but does not depend on how the edge falls on the pixels:
    the crossing alone is off by up to a twelfth of a pixel. Second the edges of the
    ink: as if every element were as light or dark as the wide ones nearby, which
    narrow ones are not when the aperture is not much smaller than they are.

    `rough`: crossings of the global threshold; `levels`: reflectance of the elements,
    with both quiet zones, so one more than edges; `aperture` and `x` in samples.
    """
    half = np.empty(len(rough) + 1)
    half[0] = half[-1] = np.inf
    half[1:-1] = (rough[1:] - rough[:-1]) / 2
    reach = aperture / 2 + _BEYOND_X * x
    low = np.maximum(rough - np.minimum(reach, half[:-1]), 0)
    high = np.minimum(rough + np.minimum(reach, half[1:]), len(profile) - 1)
    area = _area(profile, low, high)
    own, ink = (
        low + (area - each[1:] * (high - low)) / (each[:-1] - each[1:])
        for each in (levels, _plateaus(levels))
    )
    return own, ink


def _plateaus(levels: Reals) -> Reals:
    """The lightest space or the darkest bar near each."""
    found = cv2.dilate(levels[None], _NEAR)[0]
    found[1::2] = cv2.erode(levels[None], _NEAR)[0][1::2]
    return np.asarray(found)


def _area(profile: Reals, low: Reals, high: Reals) -> Reals:
    """The integral of the profile between places, straight between samples."""
    whole = np.empty(len(profile))
    whole[0] = 0
    np.cumsum((profile[1:] + profile[:-1]) / 2, out=whole[1:])
    at = np.stack([low, high])
    index = np.minimum(at.astype(np.int64), len(profile) - 2)
    rest, value = at - index, profile[index]
    rise = profile[index + 1] - value
    until = whole[index] + rest * (value + rise * rest / 2)
    return np.asarray(until[1] - until[0])
