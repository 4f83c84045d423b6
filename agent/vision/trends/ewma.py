"""The exponentially weighted moving average chart (EWMA, 指数加权移动平均控制图).

Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics 1,
1959; run lengths in Montgomery, "Introduction to Statistical Quality Control", chapter
"Cumulative Sum and Exponentially Weighted Moving Average Control Charts", after Lucas
and Saccucci, Technometrics 32, 1990. Limits are the asymptotic ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

# Left out at each end before anything is learned from the rest.
TRIMMED: Final = 0.1
# Deviations between the two ends of what is left, for a normal distribution.
KEPT_SIGMAS: Final = 2.563


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is usual of a value: its centre and one standard deviation."""

    centre: float
    sigma: float


def settled(values: Sequence[float], *, least_sigma: float) -> Baseline:
    """What is usual, learned from `values` without trusting the odd ones among them.

    The mean and the spread of the middle four fifths: a tenth may be anything at
    either end. A mean, not the median, because that is what the chart follows, and
    figures such as unused error correction are far from symmetric.
    `least_sigma` > 0 stands in for values that hardly vary. Needs ten values or more.
    """
    ordered = sorted(values)
    out = int(TRIMMED * len(ordered))
    kept = ordered[out : len(ordered) - out]
    spread = (kept[-1] - kept[0]) / KEPT_SIGMAS
    return Baseline(centre=fmean(kept), sigma=max(spread, least_sigma))


@dataclass(slots=True, kw_only=True)
class EwmaChart:
    """z = weight · x + (1 - weight) · z, from the centre on.

    `weight` (λ) above 0 to 1, `width` (L) in deviations of z. `least`: a shift smaller
    than this is no news, however steady the print. `clip`: how far from the centre one
    value may pull, so that a single blurred picture raises no alarm.
    """

    baseline: Baseline
    weight: float
    width: float
    least: float = 0.0
    clip: float = math.inf
    mean: float = field(init=False)

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError(f"weight {self.weight}: above 0 and at most 1 is needed")
        if self.width <= 0:
            raise ValueError(f"width {self.width}: it must be above 0")
        self.mean = self.baseline.centre

    @property
    def limit(self) -> float:
        """How far the mean may stand from the centre: L · σ · √(λ / (2 - λ))."""
        spread = math.sqrt(self.weight / (2 - self.weight))
        return max(self.width * self.baseline.sigma * spread, self.least)

    @property
    def shift(self) -> float:
        """How far the mean stands from the centre, in limits: beyond ±1 is news."""
        return (self.mean - self.baseline.centre) / self.limit

    def add(self, value: float) -> float:
        """Take one value; the new shift."""
        away = value - self.baseline.centre
        away = min(max(away, -self.clip), self.clip)
        now = self.mean - self.baseline.centre
        self.mean = self.baseline.centre + now + self.weight * (away - now)
        return self.shift
