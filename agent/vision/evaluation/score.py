"""Trials counted, symbology by symbology."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.evaluation.index import EVERY
from agent.vision.evaluation.trial import Outcome, Trial

TOTAL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A row of the table. Times are milliseconds of reading alone."""

    name: str
    outcomes: Counter[Outcome]
    p50_ms: float
    p99_ms: float

    @property
    def pictures(self) -> int:
        """How many."""
        return self.outcomes.total()

    @property
    def rate(self) -> float | None:
        """Share read right of those that hold a known text; None if none does."""
        known = sum(
            self.outcomes[each]
            for each in (Outcome.READ, Outcome.WRONG, Outcome.MISSED)
        )
        return self.outcomes[Outcome.READ] / known if known else None


def scores(done: Iterable[Trial]) -> list[Score]:
    """A row a symbology, by name, and one for all where there is more than one."""
    groups: dict[str, list[Trial]] = defaultdict(list)
    for trial in done:
        groups[_group(trial)].append(trial)
    rows = [_score(name, groups[name]) for name in sorted(groups)]
    if len(rows) > 1:
        rows.append(_score(TOTAL, [t for group in groups.values() for t in group]))
    return rows


def worst(done: Iterable[Trial], count: int = 10) -> list[Trial]:
    """What to look at first: wrong texts, then missed ones, the slowest first."""
    bad = [t for t in done if t.outcome in (Outcome.WRONG, Outcome.MISSED)]
    return sorted(bad, key=lambda t: (t.outcome is Outcome.MISSED, -t.ms))[:count]


def _group(trial: Trial) -> str:
    example = trial.example
    if example.is_empty:
        return "none"
    if example.symbologies == EVERY:
        return trial.codes[0].symbology.value if trial.codes else "any"
    # The plain name stands for both, with and without FNC1.
    return min(example.symbologies, key=lambda s: (s.is_gs1, s)).value


def _score(name: str, group: list[Trial]) -> Score:
    ms = [t.ms for t in group if t.outcome is not Outcome.NO_PICTURE] or [0.0]
    return Score(
        name=name,
        outcomes=Counter(t.outcome for t in group),
        p50_ms=float(np.percentile(ms, 50)),
        p99_ms=float(np.percentile(ms, 99)),
    )
