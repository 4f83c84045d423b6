"""Where an edge stands between two elements, to a small part of a sample."""

from typing import Final

import numpy as np

from agent.vision.grading.linear.reading import Reals

# A transition reaches half an aperture to both sides, and a little more by pixels.
_BEYOND_X: Final = 0.25


def placed(
    profile: Reals, rough: Reals, levels: Reals, aperture: float, x: float
) -> Reals:
    """Edges of the elements, from the area under each transition; in samples.

    ISO/IEC 15416 puts an edge where the profile crosses the middle between the
    reflectances of the two elements. Where the transition is symmetric the area under
    it tells the same place, but does not depend on how the edge falls on the pixels:
    the crossing alone is off by up to a twelfth of a pixel.

    `rough`: crossings of the global threshold; `levels`: reflectance of the elements,
    with both quiet zones, so one more than edges; `aperture` and `x` in samples.
    """
    widths = np.concatenate([[np.inf], np.diff(rough), [np.inf]])
    reach = aperture / 2 + _BEYOND_X * x
    low = np.maximum(rough - np.minimum(reach, widths[:-1] / 2), 0)
    high = np.minimum(rough + np.minimum(reach, widths[1:] / 2), len(profile) - 1)
    area = _area(profile, high) - _area(profile, low)
    before, after = levels[:-1], levels[1:]
    return np.asarray(low + (area - after * (high - low)) / (before - after))


def _area(profile: Reals, at: Reals) -> Reals:
    """The integral of the profile, straight between samples, from 0 to `at`."""
    whole = np.concatenate([[0.0], np.cumsum((profile[1:] + profile[:-1]) / 2)])
    index = np.minimum(at.astype(np.int64), len(profile) - 2)
    rest = at - index
    rise = profile[index + 1] - profile[index]
    return np.asarray(whole[index] + rest * (profile[index] + rise * rest / 2))
