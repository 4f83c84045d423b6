"""How long exchanges with a device take: a small histogram per kind of exchange."""

from bisect import bisect_left
from dataclasses import dataclass, field

# Upper edges in ms, 1-2-5: a figure is known to within its bucket.
EDGES_MS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(slots=True)
class Latency:
    """Durations of one kind of exchange. `counts` has a last bucket for the rest.

    `failed` counts those that ended without an answer; they are in no bucket.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(EDGES_MS) + 1))
    total: int = 0
    failed: int = 0
    sum_ms: float = 0.0
    max_ms: float = 0.0

    def add(self, ms: float) -> None:
        """One more answered exchange."""
        self.counts[bisect_left(EDGES_MS, ms)] += 1
        self.total += 1
        self.sum_ms += ms
        self.max_ms = max(self.max_ms, ms)

    def quantile_ms(self, share: float) -> float:
        """Upper edge of the bucket in which `share` (0..1) of them ended; 0: none."""
        wanted = share * self.total
        reached = 0
        for edge_ms, count in zip(EDGES_MS, self.counts, strict=False):
            reached += count
            if count and reached >= wanted:
                return min(edge_ms, self.max_ms)
        return self.max_ms


class LatencyTable:
    """Latencies of one device by what was asked."""

    def __init__(self) -> None:
        self.by_exchange: dict[str, Latency] = {}

    def answered(self, exchange: str, seconds: float) -> None:
        """An exchange got its answer after `seconds`."""
        self._of(exchange).add(seconds * 1000)

    def failed(self, exchange: str) -> None:
        """An exchange ended without one."""
        self._of(exchange).failed += 1

    def _of(self, exchange: str) -> Latency:
        return self.by_exchange.setdefault(exchange, Latency())
