"""The two clocks. Deadlines use the event loop's monotonic time; only stamps that
people and the platform read use the wall."""

import time
from collections.abc import Callable

WallClock = Callable[[], int]


def wall_ms() -> int:
    """Milliseconds since 1970 UTC by the machine's clock."""
    return time.time_ns() // 1_000_000
