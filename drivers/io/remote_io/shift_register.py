"""The shift register of a line without a PLC. Pure: time and pictures are arguments.

Items are numbered by the box's trigger counter and placed by its encoder. What is not
known to be good is rejected: an item without a passing verdict, one whose place is
doubtful (touching another, seen by too slow a look), and whatever stands at the gate
without a number.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from drivers.base import LineCommand, LineState, Outcome, Verdict
from drivers.io.line_io.codec import ring_value
from drivers.io.line_io.messages import MAP_VERSION, RING_SLOTS
from drivers.io.remote_io.counters import WideCounter, rise
from drivers.io.remote_io.geometry import Geometry
from drivers.io.remote_io.messages import BoxPicture
from drivers.io.remote_io.reject_queue import RejectQueue

_U32 = 1 << 32
_BEAT_S = 0.1
# Over which the belt's speed is taken.
_SPEED_S = 0.2


@dataclass(slots=True)
class _Item:
    number: int
    at_mm: float
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Between two looks the belt went from `begin_mm` to `end_mm`, by `now_s`."""

    begin_mm: float
    end_mm: float
    now_s: float

    @property
    def middle_mm(self) -> float:
        """The best guess of where something happened meanwhile."""
        return (self.begin_mm + self.end_mm) / 2

    @property
    def spread_mm(self) -> float:
        """How far wrong that guess may be, either way."""
        return (self.end_mm - self.begin_mm) / 2

    @property
    def next_mm(self) -> float:
        """Where the belt will be at the next look if nothing changes."""
        return 2 * self.end_mm - self.begin_mm


class ShiftRegister:
    """Follows one box. `draw_boot` gives the boot id each time all begins anew.

    It begins stopped (`stopped` says why): after a start of the agent a person presses
    reset, as after any other silence.
    """

    def __init__(self, geometry: Geometry, draw_boot: Callable[[], int]) -> None:
        self._g = geometry
        self._draw_boot = draw_boot
        self._trigger = WideCounter(geometry.counter_bits)
        self._encoder = WideCounter(geometry.encoder_bits)
        self._gate = WideCounter(geometry.counter_bits)
        self._confirm = WideCounter(geometry.counter_bits)
        self.rejects = RejectQueue(geometry)
        self.stopped = "the agent has started"
        self.boot_id = 0
        self.unnumbered = 0
        self.resyncs = 0
        self._seen: BoxPicture | None = None
        self._looked_s = -inf
        self._beat_s = -inf
        self._command = LineCommand(run=False, stop=True)
        self._pressed = True
        self._begun_s = 0.0
        self._speed_mm_s = 0.0
        self._speed_mark = (0.0, 0.0)
        self._empty_ring()

    def _empty_ring(self) -> None:
        self._tracked: deque[_Item] = deque()
        self._verdicts = [0] * RING_SLOTS
        self._outcomes = [0] * RING_SLOTS
        self._last_mm = -inf
        self._busy_until_mm = 0.0
        self._blind_until_mm = -inf
        self._swept_mm = -inf
        self._missed = ""

    # What the line says.

    def write(self, verdicts: Mapping[int, Verdict]) -> None:
        """Put verdicts where their items find them."""
        for item, verdict in verdicts.items():
            self._verdicts[item % RING_SLOTS] = ring_value(item, verdict)

    def beat(self, command: LineCommand, now_s: float) -> None:
        """The line lives, and wants this."""
        self._command = command
        self._beat_s = now_s

    # What the box shows.

    def take(self, seen: BoxPicture, now_s: float) -> bool:
        """One look at the box; whether to fire the reject, now and once."""
        before, gap_s = self._seen, now_s - self._looked_s
        self._seen, self._looked_s = seen, now_s
        if before is None:
            self._begin(seen, now_s)
            return False
        if why := self._break(before, seen, gap_s):
            return self._anew(why, seen, now_s)
        span = self._advance(seen, now_s)
        triggers, gates = self._trigger.rise(seen.trigger), self._rise_of_gate(seen)
        self._confirmed(seen, span)
        self._note_triggers(triggers, span)
        if self._g.sees_gate:
            self._note_gates(gates, span)
            self._close_windows(span)
        else:
            self._reckon(span)
        if self.rejects.is_late(span.end_mm):
            self._too_late("reject")
        if self._missed:
            return self._anew(self._missed, seen, now_s)
        fire = self._fire(span) | self._sweep(span)
        self._check(seen, now_s)
        return fire

    def _anew(self, why: str, seen: BoxPicture, now_s: float) -> bool:
        """Nobody knows any more what is where: stop, and number from here on."""
        self.stopped = why
        self.resyncs += 1
        self._begin(seen, now_s)
        return False

    def _break(self, before: BoxPicture, seen: BoxPicture, gap_s: float) -> str:
        """Why what the box shows is no continuation; empty when it is one."""
        g = self._g
        counts = rise(before.encoder, seen.encoder, g.encoder_bits)
        most = gap_s * g.max_mm_s / g.mm_per_count + 2
        if not -g.window_mm / g.mm_per_count <= counts <= most:
            return "the encoder jumped: the box has restarted"
        pairs = (
            (before.trigger, seen.trigger),
            (before.gate, seen.gate),
            (before.confirm, seen.confirm),
        )
        for earlier, later in pairs:
            if earlier is None or later is None:
                continue
            if not 0 <= rise(earlier, later, g.counter_bits) < RING_SLOTS:
                return "a counter jumped: the box has restarted"
        if gap_s > g.watchdog_s:
            return f"the box was out of sight for {gap_s:.1f} s"
        return ""

    def _advance(self, seen: BoxPicture, now_s: float) -> Span:
        begin_mm = self._encoder.value * self._g.mm_per_count
        self._encoder.rise(seen.encoder)
        end_mm = self._encoder.value * self._g.mm_per_count
        self._measure(end_mm, now_s)
        return Span(begin_mm=min(begin_mm, end_mm), end_mm=end_mm, now_s=now_s)

    def _begin(self, seen: BoxPicture, now_s: float) -> None:
        """All anew: what is on the belt has no number, and is thrown out."""
        old, self.boot_id = self.boot_id, self._draw_boot()
        while self.boot_id == old:
            self.boot_id = self._draw_boot()
        self._trigger.begin(seen.trigger)
        self._encoder.begin(seen.encoder)
        self._gate.begin(seen.gate or 0)
        self._confirm.begin(seen.confirm or 0)
        self.rejects.forget()
        self._empty_ring()
        self._begun_s = now_s
        here_mm = self._encoder.value * self._g.mm_per_count
        self._speed_mark = (here_mm, now_s)
        self._speed_mm_s = 0.0
        unseen_mm = self._g.reject_mm + self._g.window_mm
        way_mm = self._g.gate_mm + unseen_mm
        self._busy_until_mm = here_mm + way_mm + self._g.clear_mm
        self._blind_until_mm = here_mm + (unseen_mm if self._g.sees_gate else way_mm)

    def _measure(self, here_mm: float, now_s: float) -> None:
        from_mm, from_s = self._speed_mark
        if now_s - from_s >= _SPEED_S:
            self._speed_mm_s = (here_mm - from_mm) / (now_s - from_s)
            self._speed_mark = (here_mm, now_s)

    def _rise_of_gate(self, seen: BoxPicture) -> int:
        return 0 if seen.gate is None else self._gate.rise(seen.gate)

    # Items.

    def _note_triggers(self, count: int, span: Span) -> None:
        """New items. Several in one look have no place of their own."""
        g = self._g
        for number in range(self._trigger.value - count + 1, self._trigger.value + 1):
            item = _Item(number % _U32, span.middle_mm, doubtful=count > 1)
            if self._is_vague(span):
                item.doubtful = True
                if not g.sees_gate:
                    self._too_late("trigger")
            if span.end_mm - self._last_mm < g.min_pitch_mm:
                item.doubtful = True
                if self._tracked:
                    self._tracked[-1].doubtful = True
            self._tracked.append(item)
            self._last_mm = span.middle_mm
            way_mm = g.gate_mm + g.reject_mm + g.window_mm + g.clear_mm
            self._busy_until_mm = span.end_mm + way_mm

    def _note_gates(self, count: int, span: Span) -> None:
        """Things at the gate sensor: what is not surely a good item is thrown out."""
        for _ in range(count):
            item = self._match(span.middle_mm)
            if count == 1 and item is not None and self._may_pass(item, span.now_s):
                self._note(item.number, Outcome.PASSED)
                continue
            if self._is_vague(span) or 2 * span.spread_mm > self._g.reject_mm:
                self._too_late("gate")
                continue
            if item is None:
                self.unnumbered += 1
            number = None if item is None else item.number
            self.rejects.plan(number, span.begin_mm + self._g.reject_mm)

    def _match(self, at_mm: float) -> _Item | None:
        """Take the item whose place is nearest, within the window, if any."""
        best, best_off_mm = None, self._g.window_mm
        for item in self._tracked:
            off_mm = abs(at_mm - item.at_mm - self._g.gate_mm)
            if off_mm <= best_off_mm:
                best, best_off_mm = item, off_mm
        if best is not None:
            self._tracked.remove(best)
        return best

    def _close_windows(self, span: Span) -> None:
        """Items that the gate sensor never saw."""
        while self._tracked:
            oldest = self._tracked[0]
            if span.begin_mm <= oldest.at_mm + self._g.gate_mm + self._g.window_mm:
                break
            self._note(self._tracked.popleft().number, Outcome.ABSENT)

    def _reckon(self, span: Span) -> None:
        """Without a gate sensor: decide when an item's place comes to the reject."""
        while self._tracked:
            item = self._tracked[0]
            place_mm = item.at_mm + self._g.gate_mm
            if span.next_mm < place_mm - self._g.window_mm:
                break
            self._tracked.popleft()
            if self._may_pass(item, span.now_s):
                self._note(item.number, Outcome.PASSED)
            elif span.end_mm > place_mm:
                self._too_late("gate")
            else:
                self.rejects.plan(item.number, place_mm)

    def _may_pass(self, item: _Item, now_s: float) -> bool:
        held = self._verdicts[item.number % RING_SLOTS]
        good = held == ring_value(item.number, Verdict.PASS)
        return good and not item.doubtful and self._beating(now_s) and not self.stopped

    def _is_vague(self, span: Span) -> bool:
        """The look came so late that a reject could miss what it is meant for."""
        return span.spread_mm > self._g.window_mm / 2

    def _too_late(self, where: str) -> None:
        """Something may have gone by the reject before anybody looked."""
        self._missed = f"the {where} was looked at too late: take away what lies behind"

    def _note(self, number: int, outcome: Outcome) -> None:
        self._outcomes[number % RING_SLOTS] = ring_value(number, outcome)

    # Rejects.

    def _fire(self, span: Span) -> bool:
        fired = self.rejects.due(span.next_mm, span.end_mm, span.now_s)
        for number in fired:
            if number is not None:
                self._note(number, Outcome.REJECTED)
        return bool(fired) | self.rejects.again(span.end_mm, span.now_s)

    def fires_at_start(self, now_s: float) -> bool:
        """Whether to fire as the conveyor is let go: what was to be thrown out stands
        just before the reject, whose pulse is over."""
        here_mm = self._encoder.value * self._g.mm_per_count
        return self.rejects.at_start(here_mm, now_s)

    def _sweep(self, span: Span) -> bool:
        """Nobody knows what is between trigger and reject, and nothing sees it."""
        if span.end_mm > self._blind_until_mm:
            return False
        if span.end_mm - self._swept_mm < self._g.min_pitch_mm / 2:
            return False
        self._swept_mm = span.end_mm
        return True

    def _confirmed(self, seen: BoxPicture, span: Span) -> None:
        if seen.confirm is None or not self._g.confirm_s:
            return
        risen = self._confirm.rise(seen.confirm)
        self.rejects.fell(risen, swept=span.end_mm <= self._blind_until_mm)
        if why := self.rejects.overdue(span.end_mm, span.now_s):
            self._stop(why)

    def refused(self, why: str) -> None:
        """The box would not fire."""
        self._stop(f"the reject was not fired: {why}")

    # Stopping, and going on.

    def _check(self, seen: BoxPicture, now_s: float) -> None:
        if seen.estop:
            self._stop("emergency stop")
        if self._beat_s > -inf and not self._beating(now_s):
            self._stop("the line's own loop stood still")
        pressed_now = seen.reset and not self._pressed
        self._pressed = seen.reset
        if pressed_now and not seen.estop and self._beating(now_s):
            self.stopped = ""

    def _stop(self, why: str) -> None:
        if not self.stopped:
            self.stopped = why

    def _beating(self, now_s: float) -> bool:
        return now_s - self._beat_s < self._g.watchdog_s

    @property
    def permit(self) -> bool:
        """Whether the conveyor may run."""
        if not self._released or self._command.stop:
            return False
        here_mm = self._encoder.value * self._g.mm_per_count
        return self._command.run or here_mm < self._busy_until_mm

    @property
    def infeed(self) -> bool:
        """Whether new items are let in."""
        return self.permit and self._command.run

    @property
    def _released(self) -> bool:
        seen = self._seen
        if seen is None or self.stopped or self._beat_s == -inf:
            return False
        return seen.air_ok and not (seen.estop or seen.bin_full or seen.manual)

    def state(self) -> LineState:
        """As a PLC with map version 1 would show it."""
        seen = self._seen
        assert seen is not None, "taken a look first"
        return LineState(
            map_version=MAP_VERSION,
            boot_id=self.boot_id,
            heartbeat=int((self._looked_s - self._begun_s) / _BEAT_S) & 0xFFFF,
            running=self._speed_mm_s > 0,
            estop=seen.estop,
            air_ok=seen.air_ok,
            bin_full=seen.bin_full,
            confirm_ok=seen.confirm_ok,
            manual=seen.manual,
            needs_reset=bool(self.stopped),
            items_at_trigger=self._trigger.value % _U32,
            items_at_gate=self._at_gate(),
            rejects_fired=self.rejects.fired % _U32,
            rejects_confirmed=self.rejects.confirmed % _U32,
            belt_mm_s=int(self._speed_mm_s),
            encoder=self._encoder.value % _U32,
            outcomes=tuple(self._outcomes),
        )

    def _at_gate(self) -> int:
        """Up to here every item has left, passed, rejected or absent."""
        waiting = [self._trigger.value + 1]
        if self._tracked:
            waiting.append(self._whole(self._tracked[0].number))
        waiting.extend(self._whole(n) for n in self.rejects.planned())
        return (min(waiting) - 1) % _U32

    def _whole(self, number: int) -> int:
        """An item's number before it was cut to 32 bits."""
        return self._trigger.value - (self._trigger.value - number) % _U32
