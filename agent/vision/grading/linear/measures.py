"""The parameters of one scan reflectance profile, each as ISO/IEC 15416 defines it.

Definitions as in the manuals of verifiers: Datalogic "Matrix 400 Code Quality Verifier
Solution", RJS "Inspector D4000" (glossary), Cognex "ISO/IEC 15416".
"""

from typing import Final

import numpy as np

from agent.vision.grading.linear.elements import Elements
from agent.vision.grading.linear.reading import Numbers, Reals

# A peak within an element counts when it stands out of its valleys by this share of
# the symbol contrast; smaller ones are the noise of pixels.
_LEAST_PEAK: Final = 0.03


def symbol_contrast(elements: Elements) -> float:
    """SC = Rmax - Rmin."""
    return elements.contrast


def minimum_reflectance(elements: Elements, *, is_inverted: bool = False) -> float:
    """Rmin / Rmax, which must not be above 0.5. `is_inverted`: the profile was turned
    over for light bars."""
    low, high = elements.r_min, elements.r_max
    if is_inverted:
        low, high = 1 - high, 1 - low
    return max(low, 0.0) / high if high > 0 else 1.0


def edge_contrast(elements: Elements) -> float:
    """ECmin, the least difference Rs - Rb of elements side by side; quiet zones too."""
    if len(elements.levels) == 0:
        return 0.0
    return float(np.abs(np.diff(elements.levels)).min())


def modulation(elements: Elements) -> float:
    """MOD = ECmin / SC."""
    return _over_contrast(elements, edge_contrast(elements))


def defects(elements: Elements) -> float:
    """ERNmax / SC: the reflectance non-uniformity of the worst element or quiet zone.

    Of an element: highest peak minus lowest valley, 0 where it is one peak or one
    valley. So a peak in a bar counts that has a valley on either side (and a valley in
    a space that has a peak on either side).
    """
    if len(elements.bounds) == 0:
        return 0.0
    begin, stop = int(elements.bounds[0]), int(elements.bounds[-1])
    lengths = np.diff(elements.bounds)
    is_space = np.arange(len(lengths)) % 2 == 0
    # Spaces turned over: everything is a bar with peaks that should not be there.
    bars = elements.profile[begin:stop] * np.repeat(
        np.where(is_space, -1.0, 1.0), lengths
    )
    part = np.repeat(np.arange(len(lengths)), lengths)
    valley_before = _lowest_so_far(bars, part)
    valley_after = _lowest_so_far(bars[::-1], part[::-1])[::-1]
    stands_out = bars - np.maximum(valley_before, valley_after)
    floor = np.repeat(np.minimum.reduceat(bars, elements.bounds[:-1] - begin), lengths)
    counts = stands_out >= _LEAST_PEAK * elements.contrast
    ern_max = float(np.where(counts, bars - floor, 0.0).max())
    return _over_contrast(elements, ern_max)


def quiet_zone(elements: Elements) -> float | None:
    """The lesser quiet zone over what the symbology needs, at most 1; None where the
    picture shows neither to its end."""
    return min((each for each in elements.quiet if each is not None), default=None)


def _lowest_so_far(values: Reals, part: Numbers) -> Reals:
    """Running minimum that begins anew at each part."""
    # Parts stepped far below one another: an earlier one never holds the minimum.
    step = 4.0 + 2 * float(np.abs(values).max())
    order = np.abs(part - part[0]) * step
    return np.asarray(np.minimum.accumulate(values - order) + order)


def _over_contrast(elements: Elements, value: float) -> float:
    return value / elements.contrast if elements.contrast > 0 else 0.0
