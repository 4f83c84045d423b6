"""How long to wait before trying again: full jitter, capped, never giving up."""

import random

BASE_S = 0.5
CAP_S = 30.0
# A platform may ask for a longer pause, but no answer silences a line for a shift.
RETRY_AFTER_MAX_S = 3600.0


class Backoff:
    """Counts failures in a row; `rng` spreads a fleet that lost the same platform."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._failures = 0

    def reset(self) -> None:
        """Something worked."""
        self._failures = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Seconds to wait after one more failure, at least what was asked for."""
        ceiling_s = min(CAP_S, BASE_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        if retry_after_s is None:
            return self._rng.uniform(0.0, ceiling_s)
        return min(retry_after_s, RETRY_AFTER_MAX_S) + self._rng.uniform(0.0, BASE_S)
