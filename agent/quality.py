"""The line's print quality, look by look: charts per head and lane, kept in memory.

A restart, and another product, let the charts settle anew: what was usual of other
ink, caps or symbols says nothing, and a chart that pretends to remember lies.
"""

from dataclasses import dataclass, field
from typing import Final

from agent.domain.spec import Order
from agent.eye.look import Look
from agent.vision.trends.head import HeadTrends

LANE: Final = 1


@dataclass(frozen=True, slots=True)
class HeadKey:
    """Whose prints: a print head, and the lane its products run in."""

    head: str
    lane: int


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
    """Charts of every head this line's cameras look at."""

    heads: dict[HeadKey, HeadQuality] = field(default_factory=dict)
    _product: tuple[str, str, int] | None = None
    _minimum: float | None = None

    def begin(self, order: Order, minimum: float | None) -> None:
        """An order begins or goes on. The same product under the same spec keeps its
        charts."""
        product = (order.product, order.spec.spec, order.spec.version)
        if (product, minimum) != (self._product, self._minimum):
            self.heads.clear()
        self._product, self._minimum = product, minimum

    def take(self, key: HeadKey, item: int, look: Look) -> None:
        """One look. Without a grade it is counted where one was wanted."""
        if look.grade is None and not look.ungraded:
            return
        if key not in self.heads:
            self.heads[key] = HeadQuality(trends=HeadTrends(minimum=self._minimum))
        head = self.heads[key]
        head.grading_ms = look.grading_ms or head.grading_ms
        if look.grade is None:
            head.ungraded += 1
            head.ungraded_why = look.ungraded
        else:
            head.trends.add(item, look.grade)
