"""The person at the line: scans again, empties bins, presses reset, pushes on."""

from collections.abc import Callable
from typing import Protocol

from simulators.world.agenda import Timers
from simulators.world.labels import Label
from simulators.world.packers import PackStation
from simulators.world.plan import OperatorPlan


class Surroundings(Protocol):
    """What the operator sees and can lay hands on."""

    def may_push(self, station: PackStation) -> bool:
        """Nothing more is on its way to the open container of `station`."""
        ...

    def press_reset(self) -> bool:
        """True once the PLC took it."""
        ...

    def empty_bin(self) -> None: ...


class Operator:
    """Acts on what it is called to, after the time a person takes."""

    def __init__(
        self, plan: OperatorPlan, timers: Timers, around: Surroundings
    ) -> None:
        self._plan = plan
        self._timers = timers
        self._around = around
        self._resetting = False

    def unread(self, station: PackStation, now_s: float) -> None:
        """A container is stuck at the reader: scan it again."""
        self._timers.at(now_s + self._plan.rescan_s, station.rescan)

    def label_waits(self, station: PackStation, now_s: float) -> None:
        """A label hangs at the labeller: if the line rests, push what there is."""
        label = station.labels[0]
        self._timers.at(now_s + self._plan.partial_s, self._pushing(station, label))

    def _pushing(self, station: PackStation, label: Label) -> Callable[[float], None]:
        def look(now_s: float) -> None:
            if not station.labels or station.labels[0] is not label:
                if station.labels:
                    self.label_waits(station, now_s)
                return
            if self._around.may_push(station):
                station.push_partial(now_s)
            else:
                self._timers.at(now_s + self._plan.retry_s, look)

        return look

    def needs_reset(self, now_s: float) -> None:
        """The PLC waits for a reset."""
        if not self._resetting:
            self._resetting = True
            self._timers.at(now_s + self._plan.reset_s, self._reset)

    def bin_full(self, now_s: float) -> None:
        """The reject bin is full."""
        self._timers.at(
            now_s + self._plan.empty_bin_s, lambda _at_s: self._around.empty_bin()
        )

    def _reset(self, now_s: float) -> None:
        self._resetting = not self._around.press_reset()
        if self._resetting:
            self._timers.at(now_s + self._plan.retry_s, self._reset)
