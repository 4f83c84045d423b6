"""The charts of one print head on one lane."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agent.vision.grading.grade import ParameterName, PrintGrade
from agent.vision.trends.causes import Cause, cause_of
from agent.vision.trends.ewma import Baseline, EwmaChart, settled
from agent.vision.trends.memory import ChartMemory, HeadMemory
from agent.vision.trends.nozzles import NozzleWatch
from agent.vision.trends.rhythm import Rhythm, RhythmWatch
from agent.vision.trends.rules import RULES, Rule, figures

# What is near its minimum where no single figure is: the grades of the prints.
WHOLE: Final = "grade"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRules:
    """`settle` prints teach what is usual; `weight` (λ) and `width` (L) of the charts.

    `margin`: a parameter's mean grade that close to the least allowed is told.
    Every `point_every` prints a point is kept to draw, and rhythms are looked for
    every `rhythm_every`.

    A chart of ten prints a second must be far wider than the book's L of about 3: with
    λ = 0.02 and L = 5 a steady print is called worse less than once in a million.
    """

    settle: int = 200
    weight: float = 0.02
    width: float = 5.0
    margin: float = 0.5
    point_every: int = 10
    points: int = 120
    rhythm_every: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """`name` of what is worse, its mean now and what was usual (or is the least).

    `detail` says where, for a nozzle or a rhythm; empty otherwise.
    """

    name: str
    cause: Cause
    value: float
    usual: float
    item: int
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Chart:
    """One figure: settling first, then its EWMA. `grade` is the mean of its grades.

    `turn` keeps the charts of a head from looking for rhythms at the same print.
    """

    rule: Rule
    rules: TrendRules
    turn: int = 0
    learned: list[float] = field(default_factory=list)
    ewma: EwmaChart | None = None
    grade: float | None = None
    points: deque[tuple[int, float]] = field(default_factory=deque)
    rhythm_watch: RhythmWatch = field(default_factory=RhythmWatch)
    rhythm: Rhythm | None = None
    is_worse: bool = False
    since: int = 0
    taken: int = 0

    @property
    def worse(self) -> float:
        """How far the mean went the worse way, in limits."""
        if self.ewma is None:
            return 0.0
        shift = self.ewma.shift
        return abs(shift) if self.rule.worse == 0 else shift * self.rule.worse

    def add(self, item: int, value: float, grade: float | None) -> None:
        """Take one print."""
        self.taken += 1
        if grade is not None:
            before = grade if self.grade is None else self.grade
            self.grade = before + self.rules.weight * (grade - before)
        if self.ewma is None:
            self._learn(value)
        else:
            self.ewma.add(value)
            self._look(item)
        if self.taken % self.rules.point_every == 0:
            self.points.append((item, value if self.ewma is None else self.ewma.mean))
            if len(self.points) > self.rules.points:
                self.points.popleft()
        self.rhythm_watch.add(item, value)
        if (self.taken + self.turn) % self.rules.rhythm_every == 0:
            self.rhythm = self.rhythm_watch.find(
                worse=self.rule.worse, least=self.rule.least
            )

    def _learn(self, value: float) -> None:
        self.learned.append(value)
        if len(self.learned) < self.rules.settle:
            return
        self._settle(settled(self.learned, least_sigma=self.rule.floor))
        self.learned = []

    def _settle(self, baseline: Baseline) -> EwmaChart:
        self.ewma = EwmaChart(
            baseline=baseline,
            weight=self.rules.weight,
            width=self.rules.width,
            least=self.rule.least,
        )
        self.ewma.clip = max(4 * baseline.sigma, 2 * self.ewma.limit)
        return self.ewma

    @property
    def memory(self) -> ChartMemory | None:
        """What is to be remembered of it; None until it has settled."""
        if self.ewma is None:
            return None
        return ChartMemory(
            baseline=self.ewma.baseline,
            mean=self.ewma.mean,
            grade=self.grade,
            is_worse=self.is_worse,
            since=self.since,
            taken=self.taken,
        )

    def recall(self, memory: ChartMemory) -> None:
        """Go on where another life of this chart stood."""
        self._settle(memory.baseline).mean = memory.mean
        self.grade, self.taken = memory.grade, memory.taken
        self.is_worse, self.since = memory.is_worse, memory.since

    def _look(self, item: int) -> None:
        """Worse beyond the limit, until it is back half-way. Better for good: what
        was learned was a dirty head, and what is usual is learned anew."""
        if not self.is_worse and self.worse > 1:
            self.is_worse, self.since = True, item
        elif self.is_worse and self.worse < 0.5:
            self.is_worse = False
        elif self.rule.worse and self.worse < -1:
            self.ewma = None


class HeadTrends:
    """Takes the grades of one head's prints in item order; says what gets worse.

    `memory`: of an earlier life, which its charts carry on.
    """

    def __init__(
        self,
        rules: TrendRules | None = None,
        *,
        minimum: float | None = None,
        memory: HeadMemory | None = None,
    ) -> None:
        self.rules = rules or TrendRules()
        self.minimum = minimum
        self.charts: dict[str, Chart] = {}
        self.nozzles = NozzleWatch()
        self.grade: float | None = None
        self.prints = 0
        self.last_item = 0
        if memory is not None:
            self._recall(memory)

    def _recall(self, memory: HeadMemory) -> None:
        self.grade, self.prints = memory.grade, memory.prints
        for name, chart in memory.charts.items():
            self._chart(name).recall(chart)

    @property
    def memory(self) -> HeadMemory | None:
        """What is to be remembered; None until a chart has settled."""
        each = {name: chart.memory for name, chart in self.charts.items()}
        charts = {name: memory for name, memory in each.items() if memory is not None}
        if not charts:
            return None
        return HeadMemory(grade=self.grade, prints=self.prints, charts=charts)

    def _chart(self, name: str) -> Chart:
        if name not in self.charts:
            turn = 7 * len(self.charts)
            self.charts[name] = Chart(rule=RULES[name], rules=self.rules, turn=turn)
        return self.charts[name]

    def add(self, item: int, grade: PrintGrade) -> None:
        """Take the grade of one print. Prints without one leave no trace here."""
        self.prints += 1
        self.last_item = item
        before = grade.grade if self.grade is None else self.grade
        self.grade = before + self.rules.weight * (grade.grade - before)
        for name, (value, each) in figures(grade).items():
            if not math.isfinite(value):
                continue
            self._chart(name).add(item, value, each)
        if grade.profile is not None:
            self.nozzles.add(grade.profile)

    def warnings(self) -> tuple[Warned, ...]:
        """Everything that is worse now, the surest cause first."""
        return (*self._nozzle(), *self._rhythms(), *self._drifts(), *self._close())

    def _nozzle(self) -> Iterator[Warned]:
        weak = self.nozzles.weak()
        if weak is not None:
            where = ("行 row" if weak.is_row else "列 column", weak.index)
            yield Warned(
                name=ParameterName.UNUSED_ERROR_CORRECTION,
                cause=Cause.NOZZLE,
                value=weak.missing,
                usual=0.0,
                item=self.last_item,
                detail=f"{where[0]} {where[1]}",
            )

    def _rhythms(self) -> Iterator[Warned]:
        """Of several figures with a rhythm one is told: they have one cause."""
        found = {n: c for n, c in self.charts.items() if c.rhythm is not None}
        for name, chart in found.items():
            rhythm = chart.rhythm
            assert rhythm is not None
            yield Warned(
                name=name,
                cause=Cause.ONE_OF_SEVERAL,
                value=rhythm.offset,
                usual=0.0,
                item=self.last_item,
                detail=f"item % {rhythm.every} = {rhythm.phase}",
            )
            return

    def _drifts(self) -> Iterator[Warned]:
        worse = {name: chart.worse for name, chart in self.charts.items()}
        for name, chart in self.charts.items():
            if chart.is_worse and chart.ewma is not None:
                yield Warned(
                    name=name,
                    cause=cause_of(name, worse),
                    value=chart.ewma.mean,
                    usual=chart.ewma.baseline.centre,
                    item=chart.since,
                )

    def _close(self) -> Iterator[Warned]:
        """A mean grade near the least allowed, however it came there: of the figures
        that are, else of the prints as a whole."""
        if self.minimum is None or self.prints < self.rules.settle // 4:
            return
        limit = self.minimum + self.rules.margin
        grades = {name: chart.grade for name, chart in self.charts.items()}
        near = {n: g for n, g in grades.items() if g is not None and g <= limit}
        if not near and self.grade is not None and self.grade <= limit:
            near = {WHOLE: self.grade}
        for name, grade in near.items():
            yield Warned(
                name=name,
                cause=Cause.NEAR_MINIMUM,
                value=grade,
                usual=self.minimum,
                item=self.last_item,
            )
