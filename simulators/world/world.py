"""The physical line: bottles on a belt past sensor, printer, camera, gate and packer.

Nothing here looks at a clock: `advance` lets happen whatever is due. Bottles move
only while the belt runs; labels, scans and people also act while it rests.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol

from simulators.io.line_io import Plc, Status
from simulators.world.agenda import Agenda
from simulators.world.belt import Belt
from simulators.world.bottles import Bottle, Fate, Mark, Ruin
from simulators.world.faults import Hazard, Rates
from simulators.world.labels import Label
from simulators.world.operator import Operator
from simulators.world.packers import PackStation
from simulators.world.plan import LinePlan
from simulators.world.record import Kind, Record

CATCH_UP_S = 0.1

Shot = Callable[[int, Bottle | None, str | None, Ruin | None], None]


class ProductPrinter(Protocol):
    """What prints on the bottles."""

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes: the text printed on it, if any."""
        ...


class LineControl(Protocol):
    """What stands beside the belt: a PLC, or a box that leaves the thinking to others.

    The box has its sensor `sees_ahead_mm` before the gate; a PLC decides at the gate.
    """

    sees_ahead_mm: float
    deadline_s: float

    @property
    def boot_id(self) -> int: ...

    @property
    def needs_reset(self) -> bool: ...

    @property
    def tracking(self) -> bool: ...

    @property
    def infeed_open(self) -> bool: ...

    def conveyor(self, *, occupied: bool) -> bool: ...

    def trigger(self, odometer_mm: float) -> int: ...

    def at_sensor(self, odometer_mm: float) -> None: ...

    def gate(self, odometer_mm: float, now_s: float) -> bool: ...

    def window_closed(self, item: int) -> None: ...

    def reject_confirmed(self) -> None: ...

    def check_watchdog(self, now_s: float) -> bool: ...

    def set_estop(self, *, pressed: bool) -> None: ...

    def set_status(self, bit: Status, *, on: bool) -> None: ...

    def operator_reset(self, now_s: float) -> bool: ...

    def reboot(self, now_s: float) -> None: ...


class World:
    """`on_shot(item, bottle, mark text, ruin)` is the camera; the bottle may be gone.

    `arrives_with` gives the text a bottle already bears, by its number (预赋码).
    """

    def __init__(
        self,
        plan: LinePlan,
        rng: random.Random,
        *,
        plc: LineControl | None = None,
        printer: ProductPrinter | None = None,
        rates: Rates | None = None,
        start_s: float = 0.0,
        arrives_with: Callable[[int], str | None] | None = None,
    ) -> None:
        self.plan = plan
        self.now_s = start_s
        self.plc: LineControl = plc or Plc(
            gate_mm=plan.gate_mm,
            window_mm=plan.window_mm,
            start_s=start_s,
            watchdog_s=plan.watchdog_s,
        )
        self.printer = printer
        self.rates = rates or Rates()
        self.record = Record()
        self.agenda = Agenda()
        self.belt = Belt(plan.speed_mm_s, start_s)
        self.on_shot: Shot = lambda _item, _bottle, _text, _ruin: None
        self.on_motion: Callable[[bool], None] = lambda _moving: None
        self.on_write: Callable[[int, Sequence[int]], None] = lambda _at, _values: None
        self.on_time = False
        self.on_belt: dict[int, Bottle] = {}
        self.to_packer = 0
        self.binned = 0
        self._hazards: dict[Hazard, bool] = dict.fromkeys(Hazard, False)
        self._arrives_with = arrives_with
        self._bottle_rng = random.Random(rng.getrandbits(64))
        self._infeed_mm = 0.0
        self._infeed_due = False
        self._shots_due: deque[float] = deque()
        self.cases = self._station(Kind.CASE, random.Random(rng.getrandbits(64)))
        self.pallets = self._station(Kind.PALLET, random.Random(rng.getrandbits(64)))
        self.cases.on_done = self.pallets.add
        self.operator = Operator(plan.operator, self.agenda, self)
        for station in (self.cases, self.pallets):
            station.on_unread = self.operator.unread
            station.on_label_waits = self.operator.label_waits

    def _station(self, kind: Kind, rng: random.Random) -> PackStation:
        return PackStation(
            kind,
            self.plan,
            timers=self.agenda,
            record=self.record,
            rng=rng,
            misreads=self.rates.label_misreads,
        )

    # Time.

    def next_event_s(self) -> float | None:
        """When something happens next if nobody interferes; None: never."""
        due_s = min(self.belt.next_s(), self.agenda.next_s, self.plc.deadline_s)
        return None if due_s == inf else max(due_s, self.now_s)

    def next_wake_s(self) -> float:
        """When somebody must call `advance` again at the latest; inf: never.

        What happens on the belt is seen from outside only through pictures and
        through calls, which advance the world themselves. So only pictures and what
        is on the agenda must be on time; the rest may be caught up with a little
        later, in its order and with its own times. `on_time`: nothing may, because
        the printer tells of its prints by itself.
        """
        belt = self.belt
        if self.on_time:
            wake_s = min(belt.next_s(), self.plc.deadline_s, self.agenda.next_s)
            return max(wake_s, self.now_s)
        wake_s = min(belt.next_s(), self.plc.deadline_s)
        wake_s += min(CATCH_UP_S, self.plan.camera_mm / belt.speed_mm_s / 2)
        if self._shots_due and belt.moving:
            wake_s = min(wake_s, belt.time_s(self._shots_due[0]))
        return max(min(wake_s, self.agenda.next_s), self.now_s)

    def advance(self, now_s: float) -> None:
        """Let everything due up to and including `now_s` happen, in order."""
        belt, agenda, plc = self.belt, self.agenda, self.plc
        while True:
            belt_s = belt.next_s()
            due_s = min(belt_s, agenda.next_s, plc.deadline_s)
            if due_s > now_s:
                break
            self.now_s = max(self.now_s, due_s)
            if due_s == belt_s:
                belt.run_next()
            elif due_s == agenda.next_s:
                agenda.run_next()
            elif plc.check_watchdog(due_s):
                self.refresh()
        self.now_s = max(self.now_s, now_s)

    def refresh(self) -> None:
        """Follow the PLC's outputs; call it after anything that may change them."""
        moving = self.plc.conveyor(occupied=self.occupied)
        if moving != self.belt.moving:
            self.belt.drive(self.now_s, moving=moving)
            self.plc.set_status(Status.RUNNING, on=moving)
            self.on_motion(moving)
        if moving and not self._infeed_due and self.plc.infeed_open:
            self._infeed_due = True
            self.belt.at(
                max(self._infeed_mm, self.belt.odometer_mm(self.now_s)), self._infeed
            )
        if self.plc.needs_reset:
            self.operator.needs_reset(self.now_s)

    @property
    def occupied(self) -> bool:
        """Whether anything, or any number, is still on the conveyor."""
        return bool(self.on_belt) or self.to_packer > 0 or self.plc.tracking

    # Registers, for whoever speaks to the PLC.

    def read_registers(self, address: int, count: int) -> list[int]:
        """As the PLC answers at `now_s`. RegisterRefusedError outside its map."""
        belt = self.belt
        assert isinstance(self.plc, Plc), "a box has a bank of its own"
        return self.plc.read(
            address,
            count,
            self.now_s,
            belt.odometer_mm(self.now_s),
            belt.speed_mm_s if belt.moving else 0,
        )

    def write_registers(self, address: int, values: Sequence[int]) -> None:
        """At `now_s`, with effect at once. RegisterRefusedError outside the map."""
        assert isinstance(self.plc, Plc), "a box has a bank of its own"
        self.plc.write(address, values, self.now_s)
        self.on_write(address, values)
        self.refresh()

    # What passes the belt's stations.

    def _infeed(self, odometer_mm: float, _nothing: None) -> None:
        supply = self.plan.bottles
        exhausted = supply is not None and len(self.record.bottles) >= supply
        if exhausted or not self.plc.infeed_open:
            self._infeed_due = False
            return
        rng, plan = self._bottle_rng, self.plan
        bottle = self._enter(odometer_mm + plan.infeed_mm)
        bottle.defect = self.rates.ruin(rng.random())
        sensor = rng.random()
        bottle.unseen = sensor < self.rates.missed_triggers
        bottle.bounces = sensor > 1 - self.rates.double_triggers
        bottle.slip_mm = plan.slip_mm if rng.random() < self.rates.slips else 0.0
        text = self._arrives_with and self._arrives_with(bottle.number)
        if text:
            bottle.marks.append(Mark(text, bottle.defect))
        self.belt.at(bottle.trigger_mm, self._trigger, bottle)
        gap_mm = plan.pitch_mm + plan.jitter_mm * (2 * rng.random() - 1)
        self._infeed_mm = odometer_mm + gap_mm
        self.belt.at(self._infeed_mm, self._infeed)

    def _enter(self, trigger_mm: float) -> Bottle:
        bottle = Bottle(len(self.record.bottles) + 1, trigger_mm)
        self.record.bottles.append(bottle)
        self.on_belt[bottle.number] = bottle
        return bottle

    def _trigger(self, odometer_mm: float, bottle: Bottle) -> None:
        if bottle.fate is not Fate.ON_BELT:
            return
        at_gate_mm = odometer_mm + self.plan.gate_mm + bottle.slip_mm
        self._meets_gate(at_gate_mm, bottle)
        if not bottle.unseen:
            self._pulse(odometer_mm, bottle)
        if bottle.bounces:
            self.belt.at(odometer_mm + self.plan.bounce_mm, self._pulse, bottle)

    def _meets_gate(self, at_gate_mm: float, bottle: Bottle) -> None:
        if self.plc.sees_ahead_mm:
            self.belt.at(at_gate_mm - self.plc.sees_ahead_mm, self._seen, bottle)
        self.belt.at(at_gate_mm, self._gate, bottle)

    def _seen(self, odometer_mm: float, bottle: Bottle) -> None:
        if bottle.fate is Fate.ON_BELT:
            self.plc.at_sensor(odometer_mm)

    def _pulse(self, odometer_mm: float, bottle: Bottle) -> None:
        item = self.plc.trigger(odometer_mm)
        bottle.items.append(item)
        if self.printer is not None:
            text = self.printer.product_trigger(self.now_s)
            if text is not None:
                bottle.print(text)
        plan, boot_id = self.plan, self.plc.boot_id
        seen = (item, boot_id, bottle)
        self.belt.at(odometer_mm + plan.camera_mm, self._camera, seen)
        self._shots_due.append(odometer_mm + plan.camera_mm)
        # A hair beyond the window: a bottle right at its edge still belongs to it.
        window_mm = plan.gate_mm + plan.window_mm + 0.001
        self.belt.at(odometer_mm + window_mm, self._window, (item, boot_id))

    def _camera(self, _odometer_mm: float, seen: tuple[int, int, Bottle]) -> None:
        item, boot_id, bottle = seen
        self._shots_due.popleft()
        if boot_id != self.plc.boot_id:
            return  # a PLC that started afresh has nothing to fire at
        if bottle.fate is Fate.REMOVED:
            self.on_shot(item, None, None, None)
        elif bottle.marks:
            mark = bottle.marks[-1]
            self.on_shot(item, bottle, mark.text, mark.ruin)
        else:
            self.on_shot(item, bottle, None, None)

    def _gate(self, odometer_mm: float, bottle: Bottle) -> None:
        if bottle.fate is not Fate.ON_BELT:
            return
        passes = self.plc.gate(odometer_mm, self.now_s)
        del self.on_belt[bottle.number]
        if passes or self._hazards[Hazard.GATE_STUCK]:
            bottle.fate = Fate.PASSED
            self.to_packer += 1
            way_mm = self.plan.packer_mm - self.plan.gate_mm
            self.belt.at(odometer_mm + way_mm, self._packer, bottle)
            return
        bottle.fate = Fate.REJECTED
        self.binned += 1
        self.agenda.at(self.now_s + self.plan.confirm_s, self._falls)
        if self.binned == self.plan.bin_capacity:
            self.plc.set_status(Status.BIN_FULL, on=True)
            self.operator.bin_full(self.now_s)
        self.refresh()

    def _falls(self, _now_s: float) -> None:
        if not self._hazards[Hazard.CONFIRM_DEAD]:
            self.plc.reject_confirmed()

    def _window(self, _odometer_mm: float, numbered: tuple[int, int]) -> None:
        item, boot_id = numbered
        if boot_id == self.plc.boot_id:
            self.plc.window_closed(item)
            if not self.on_belt:
                self.refresh()

    def _packer(self, _odometer_mm: float, bottle: Bottle) -> None:
        self.to_packer -= 1
        self.cases.add(bottle.number, self.now_s)
        bottle.case = len(self.record.cases)
        if not self.on_belt:
            self.refresh()

    def put_back(self, bottle: Bottle) -> None:
        """A bottle of a saved line, standing where its `trigger_mm` says."""
        odometer_mm = self.belt.odometer_mm(self.now_s)
        if bottle.fate is Fate.PASSED:
            self.to_packer += 1
            self.belt.at(bottle.trigger_mm + self.plan.packer_mm, self._packer, bottle)
            return
        self.on_belt[bottle.number] = bottle
        if bottle.trigger_mm > odometer_mm:
            self.belt.at(bottle.trigger_mm, self._trigger, bottle)
        else:
            self._meets_gate(bottle.trigger_mm + self.plan.gate_mm, bottle)

    # Labels, and what the operator asks and does.

    def label_printed(self, kind: Kind, label: Label) -> None:
        """A label came out of the printer of that station, now."""
        station = self.cases if kind is Kind.CASE else self.pallets
        station.label_printed(label, self.now_s)

    def may_push(self, station: PackStation) -> bool:
        """Whether the open container of `station` gets nothing more by itself."""
        if station.open is None or station.unlabelled or self.belt.moving:
            return False
        if station is self.pallets:
            return self.cases.quiet
        return self.to_packer == 0

    def press_reset(self) -> bool:
        """The reset button of the PLC; False when it does not take it."""
        if not self.plc.needs_reset:
            return True
        taken = self.plc.operator_reset(self.now_s)
        self.refresh()
        return taken

    def empty_bin(self) -> None:
        """The reject bin is carried away."""
        self.binned = 0
        self.plc.set_status(Status.BIN_FULL, on=False)
        self.refresh()

    # Interference.

    def set_hazard(self, hazard: Hazard, *, on: bool) -> None:
        """Let something of the machine fail, or mend it."""
        self._hazards[hazard] = on
        if hazard is Hazard.ESTOP:
            self.plc.set_estop(pressed=on)
        elif hazard is Hazard.NO_AIR:
            self.plc.set_status(Status.AIR_OK, on=not on)
        elif hazard is Hazard.CONFIRM_DEAD:
            self.plc.set_status(Status.CONFIRM_OK, on=not on)
        self.refresh()

    def reboot_plc(self) -> None:
        """The PLC starts afresh; what is on the belt has no number any more."""
        self.plc.reboot(self.now_s)
        self.refresh()

    def take_bottle(self) -> Bottle | None:
        """A hand takes the bottle nearest to the gate that has a number."""
        for bottle in self.on_belt.values():
            if bottle.items:
                bottle.fate = Fate.REMOVED
                del self.on_belt[bottle.number]
                self.refresh()
                return bottle
        return None

    def add_bottle(self, text: str | None) -> Bottle:
        """A hand puts a bottle on the belt, in a gap between camera and gate."""
        plan = self.plan
        odometer_mm = self.belt.odometer_mm(self.now_s)
        trigger_mm = odometer_mm - (plan.camera_mm + plan.gate_mm) / 2
        gap_mm = (plan.pitch_mm - plan.jitter_mm) / 2
        for neighbour in self.on_belt.values():
            if abs(neighbour.trigger_mm - trigger_mm) < gap_mm:
                trigger_mm = neighbour.trigger_mm + gap_mm
                break
        bottle = self._enter(trigger_mm)
        if text is not None:
            bottle.print(text)
        self._meets_gate(trigger_mm + plan.gate_mm, bottle)
        self.refresh()
        return bottle
