"""The line's print quality, look by look: charts per head and lane.

What is usual is remembered of a head, a product and a way of grading; what was usual
of other ink, caps or symbols says nothing, and a chart that carries it on lies.
"""

from dataclasses import dataclass, field
from typing import Final

from agent.domain.spec import Order
from agent.eye.look import Look
from agent.vision.trends.head import HeadTrends
from agent.vision.trends.memory import HeadMemory

LANE: Final = 1
# Heads and products remembered, the latest of them: years of most lines.
MOST_REMEMBERED: Final = 100


@dataclass(frozen=True, slots=True)
class HeadKey:
    """Whose prints: a print head, and the lane its products run in."""

    head: str
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What is printed and how it is graded: charts are of one such thing.

    `grading` is a text that differs where settings grade differently.
    """

    product: str
    spec: str
    version: int
    minimum: float | None
    grading: str


Memories = dict[tuple[HeadKey, Printed], HeadMemory]


@dataclass(slots=True)
class HeadQuality:
    """Charts of one head; how many prints got no grade, and why the last one; what a
    grade costs."""

    trends: HeadTrends
    ungraded: int = 0
    ungraded_why: str = ""
    grading_ms: float = 0.0


@dataclass(slots=True)
class PrintQuality:
    """Charts of every head this line's cameras look at.

    `remembered`: what earlier lives and orders knew, the latest last.
    """

    grading: str = ""
    remembered: Memories = field(default_factory=dict)
    heads: dict[HeadKey, HeadQuality] = field(default_factory=dict)
    _printed: Printed | None = None

    def begin(self, order: Order, minimum: float | None) -> None:
        """An order begins or goes on. The same product under the same spec keeps its
        charts; another begins them anew, or where they stood when it last ran."""
        printed = Printed(
            product=order.product,
            spec=order.spec.spec,
            version=order.spec.version,
            minimum=minimum,
            grading=self.grading,
        )
        if printed != self._printed:
            self.remembered = self.memories()
            self.heads.clear()
        self._printed = printed

    def take(self, key: HeadKey, item: int, look: Look) -> None:
        """One look. Without a grade it is counted where one was wanted."""
        if look.grade is None and not look.ungraded:
            return
        if key not in self.heads:
            self.heads[key] = self._head(key)
        head = self.heads[key]
        head.grading_ms = look.grading_ms or head.grading_ms
        if look.grade is None:
            head.ungraded += 1
            head.ungraded_why = look.ungraded
        else:
            head.trends.add(item, look.grade)

    def _head(self, key: HeadKey) -> HeadQuality:
        printed = self._printed
        memory = None if printed is None else self.remembered.get((key, printed))
        minimum = None if printed is None else printed.minimum
        return HeadQuality(trends=HeadTrends(minimum=minimum, memory=memory))

    def memories(self) -> Memories:
        """All that is worth remembering now, the latest last."""
        found = dict(self.remembered)
        if self._printed is not None:
            for key, head in self.heads.items():
                found.pop((key, self._printed), None)
                memory = head.trends.memory
                if memory is not None:
                    found[key, self._printed] = memory
        return dict(list(found.items())[-MOST_REMEMBERED:])

    def forget(self, head: str) -> bool:
        """Let the charts of a head settle anew, whatever it prints; whether it had
        any."""
        known = head in self.names()
        self.heads = {k: v for k, v in self.heads.items() if k.head != head}
        self.remembered = {
            which: memory
            for which, memory in self.remembered.items()
            if which[0].head != head
        }
        return known

    def names(self) -> tuple[str, ...]:
        """Heads that have charts or are remembered."""
        keys = {*self.heads, *(key for key, _ in self.remembered)}
        return tuple(sorted({key.head for key in keys}))
