"""How much time a picture may still cost."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping
from statistics import median
from threading import Lock
from typing import Final

REMEMBERED_LOOKS: Final = 48
PRIOR_LOOKS: Final = 6
MOST: Final = 5.0  # times the prior that a look is remembered with at most
HIGH: Final = 0.9  # quantile that a look is foretold by
RESERVE: Final = 0.12  # of the budget, for what no past look foretells
MANY_PIXELS: Final = 300_000  # a look at more is foretold as the roughest picture's
CALL_PIXELS: Final = 8_000  # what a call costs before its first pixel


class _Recent:
    """Milliseconds a pixel of the latest looks of one kind."""

    def __init__(self, prior_ms: float) -> None:
        self._prior_ms = prior_ms
        self._latest = deque([prior_ms] * PRIOR_LOOKS)
        self._ordered = list(self._latest)
        self._lock = Lock()

    @property
    def usual_ms(self) -> float:
        """A tenth of the looks is slower."""
        with self._lock:
            return self._ordered[int(HIGH * len(self._ordered))]

    def add(self, unit_ms: float) -> float:
        """One more look: the oldest is forgotten. What was usual before it."""
        with self._lock:
            usual_ms = self._ordered[int(HIGH * len(self._ordered))]
            self._latest.append(unit_ms)
            insort(self._ordered, unit_ms)
            if len(self._latest) > REMEMBERED_LOOKS:
                oldest = self._latest.popleft()
                del self._ordered[bisect_left(self._ordered, oldest)]
        return usual_ms

    def forget_slowest(self) -> None:
        """The prior takes its place where few are left."""
        with self._lock:
            self._latest.remove(self._ordered.pop())
            if len(self._latest) < PRIOR_LOOKS:
                self._latest.append(self._prior_ms)
                insort(self._ordered, self._prior_ms)


class Pace:
    """Milliseconds a pixel by kind of work, on this box and these pictures.

    Starts from `prior_ms`, measured on the roughest pictures, so that the very first
    picture keeps its budget too; the looks made since then take its place.
    """

    def __init__(self, prior_ms: Mapping[str, float]) -> None:
        self._prior_ms = dict(prior_ms)
        self._recent = {kind: _Recent(prior) for kind, prior in prior_ms.items()}

    def prior_ms(self, kind: str) -> float:
        """A pixel of the roughest picture on the box the prior was measured on."""
        return self._prior_ms[kind]

    def worst_ms(self, kind: str) -> float:
        """A pixel of the roughest picture: a station's quiet ones prove nothing."""
        return max(self._prior_ms[kind], self.usual_ms(kind))

    def usual_ms(self, kind: str) -> float:
        """A pixel of a picture as they come; a tenth of the looks is slower."""
        return self._recent[kind].usual_ms

    def add(self, kind: str, pixels: float, took_ms: float) -> float:
        """One look at so many pixels took so long. What was usual before it.

        What took far longer than the worst known was kept waiting by the box.
        """
        unit_ms = min(took_ms / (pixels + CALL_PIXELS), MOST * self._prior_ms[kind])
        return self._recent[kind].add(unit_ms)

    def doubt(self, kind: str) -> None:
        """A look was left out: forgets the slowest one remembered, so that looks that
        are no longer made, hence no longer timed, are one day tried again.
        """
        self._recent[kind].forget_slowest()


class Budget:
    """Times the work on one picture and tells whether more of it still fits.

    A look cannot be broken off, so its time is foretold: from the pace of its kind,
    and from how much slower than foretold the looks at this very picture have been.
    Small looks say little of what large ones will meet: those are taken at the worst.
    """

    def __init__(self, budget_ms: float, perf: Callable[[], float], pace: Pace) -> None:
        self._perf = perf
        self._start_s = perf()
        self._budget_ms = budget_ms
        self._pace = pace
        self._before_ms: dict[str, float] = {}
        self._slower: list[float] = []

    @property
    def elapsed_ms(self) -> float:
        """Time since the picture was taken up."""
        return (self._perf() - self._start_s) * 1000

    def worst_pixels(self, kind: str, share: float) -> float:
        """What so large a share of the budget is enough for, however rough."""
        return share * self._budget_ms / self._pace.worst_ms(kind)

    def allows(self, kind: str, pixels: float) -> bool:
        """Whether such a look is expected to end in time."""
        is_large = pixels > MANY_PIXELS
        unit_ms = self._pace.worst_ms(kind) if is_large else self._pace.usual_ms(kind)
        if self._slower:
            unit_ms = max(unit_ms, self._usual_ms(kind) * median(self._slower))
        left_ms = self._budget_ms * (1 - RESERVE) - self.elapsed_ms
        if (pixels + CALL_PIXELS) * unit_ms <= left_ms:
            return True
        if (pixels + CALL_PIXELS) * self._pace.prior_ms(kind) <= left_ms:
            self._pace.doubt(kind)
        return False

    def spent(self, kind: str, pixels: float, since_ms: float) -> float:
        """Takes note of work begun at `since_ms` and ended now; milliseconds taken."""
        took_ms = self.elapsed_ms - since_ms
        before_ms = self._pace.add(kind, pixels, took_ms)
        usual_ms = self._before_ms.setdefault(kind, before_ms)
        if usual_ms > 0:
            self._slower.append(took_ms / (pixels + CALL_PIXELS) / usual_ms)
        return took_ms

    def _usual_ms(self, kind: str) -> float:
        """As it was before this picture."""
        return self._before_ms.setdefault(kind, self._pace.usual_ms(kind))
