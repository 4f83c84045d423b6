"""What charts know once they have settled: enough to go on after a restart."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.vision.trends.ewma import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMemory:
    """A settled chart without its points: `mean` as it stood, `grade` of its prints;
    `since` that item it is worse, if it is; `taken` prints in all."""

    baseline: Baseline
    mean: float
    grade: float | None
    is_worse: bool
    since: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadMemory:
    """The settled charts of a head by figure; `grade` and `prints` of the head."""

    grade: float | None
    prints: int
    charts: Mapping[str, ChartMemory]
