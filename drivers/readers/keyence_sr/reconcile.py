"""The reader's counters against our own."""

from drivers.readers.keyence_sr.messages import WRAP, Counters


class Reconciler:
    """How many results the reader gave since the link came up that never reached us."""

    def __init__(self) -> None:
        self._last: Counters | None = None
        self._given = 0
        self._ours_before = 0

    def restart(self) -> None:
        """A new connection begins: what was sent in between is not missed, but gone."""
        self._last = None

    def missing(self, counters: Counters, ours: int) -> int:
        """Results given less results received; a count that went back by itself
        (power cycle, `RESET`) starts anew."""
        rise = 0 if self._last is None else counters.results - self._last.results
        if self._last is None or rise % WRAP > WRAP // 2:
            self._given, self._ours_before = 0, ours
        else:
            self._given += rise % WRAP
        self._last = counters
        return self._given - (ours - self._ours_before)
