"""Whether every reject that was fired was seen to fall (F32).

The gate's own sensor counts what falls. A reject without its count means air gone, a
flap stuck or the bin jammed: the bottle may be among the good ones.
"""

from collections import deque
from dataclasses import dataclass, field

from agent.domain.tracking import COUNTER_MODULUS, steps


@dataclass(slots=True)
class RejectConfirm:
    """Compares the two counters of one PLC boot. `limit_s` is how long a reject may
    take to reach its sensor, measured from the poll that first showed it fired."""

    limit_s: float
    fired: int
    confirmed: int
    _waiting: deque[float] = field(default_factory=deque)

    def take(self, fired: int, confirmed: int, now_s: float) -> int:
        """One look at the counters; how many rejects are overdue, each told once."""
        fell = _rise(self.confirmed, confirmed)
        self._waiting.extend([now_s] * _rise(self.fired, fired))
        self.fired, self.confirmed = fired, confirmed
        for _ in range(min(fell, len(self._waiting))):
            self._waiting.popleft()
        if not self._waiting or now_s - self._waiting[0] <= self.limit_s:
            return 0
        overdue = len(self._waiting)
        self._waiting.clear()
        return overdue


def _rise(before: int, now: int) -> int:
    """A counter that goes back is not ours to interpret: the boot id will tell."""
    rise = steps(before, now)
    return rise if rise < COUNTER_MODULUS // 2 else 0
