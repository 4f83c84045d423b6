"""A remote I/O box of a line without a PLC: counters, coils, a pulse, a watchdog.

It knows nothing of items. What it does by itself: count edges, end its pulse after its
own time, and drop every output when nobody has asked it anything for too long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from drivers.transports.base import RegisterRefusedError
from simulators.io.line_io import Status

ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
DEVICE_FAILURE: Final = 4
# A finger on a button.
PRESS_S: Final = 0.4

Cell = Callable[["RemoteBox"], int]
Knob = Callable[["RemoteBox", int], None]


@dataclass(frozen=True, slots=True)
class Brand:
    """Where a make of box has its things, by table and address on the wire."""

    coils: Mapping[int, Cell]
    discrete: Mapping[int, Cell]
    input: Mapping[int, Cell]
    holding: Mapping[int, Cell]
    coil_knobs: Mapping[int, Knob]
    holding_knobs: Mapping[int, Knob]
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    refuses_when_expired: bool = False


class RemoteBox:
    """Pure: time and odometer are arguments. It has the face of the line's `Plc`.

    Counters by name: trigger, encoder, gate, confirm. The gate sensor sits
    `sees_ahead_mm` before the reject. `refuse` makes the box answer writes of the
    reject with that exception. `on_reject` is called once a reject took effect.
    """

    def __init__(
        self,
        brand: Brand,
        *,
        mm_per_count: float = 1.0,
        sees_ahead_mm: float = 40.0,
        pulse_s: float = 0.06,
        watchdog_s: float = 1.0,
        start_counts: int = 0,
    ) -> None:
        self.brand = brand
        self.sees_ahead_mm = sees_ahead_mm
        self.boot_id = 1
        self.deadline_s = inf
        """When its watchdog drops the outputs unless somebody asks it something."""
        self.expired = False
        self.refuse = 0
        self.on_reject: Callable[[], None] = lambda: None
        self.pulses: list[float] = []
        """When each reject began."""
        self.presses = 0
        """How often the reset button was pressed."""
        self.watchdog_s = watchdog_s
        self._mm_per_count = mm_per_count
        self._pulse_s = pulse_s
        self._states = {"estop_ok": True, "air_ok": True, "bin_full": False}
        self._start_counts = start_counts
        self._now_s = 0.0
        self._odometer_mm = 0.0
        self._pressed_until_s = -inf
        self._boot(start_counts)

    def _boot(self, counts: int) -> None:
        self.counters = dict.fromkeys(("trigger", "gate", "confirm"), counts)
        self._encoder_from_mm: float | None = None
        self._encoder_start = counts
        self.counting = [True] * 8
        self.outputs = [False] * 8
        self._pulse_until_s = -inf

    # The plant side, as the world knows it from the PLC.

    def trigger(self, odometer_mm: float) -> int:
        """Something broke the light beam: the counter's value is its number."""
        self._odometer_mm = odometer_mm
        self._count("trigger")
        return self.counters["trigger"]

    def at_sensor(self, odometer_mm: float) -> None:
        """Something passes the gate sensor."""
        self._odometer_mm = odometer_mm
        self._count("gate")

    def gate(self, odometer_mm: float, now_s: float) -> bool:
        """A bottle stands at the reject: it passes unless that is out just now."""
        self._odometer_mm = odometer_mm
        held = self.outputs[self.brand.outputs["reject"]]
        return not held and now_s >= self._pulse_until_s

    def window_closed(self, item: int) -> None:
        """A box tracks nothing."""

    def reject_confirmed(self) -> None:
        """The reject's own sensor saw a bottle fall."""
        self._count("confirm")

    def check_watchdog(self, now_s: float) -> bool:
        """Whether everybody's silence has just been found to be too long."""
        if now_s < self.deadline_s:
            return False
        self.deadline_s = inf
        self.expired = True
        self.outputs = [False] * 8
        return True

    def set_estop(self, *, pressed: bool) -> None:
        """The emergency stop's contact."""
        self._states["estop_ok"] = not pressed

    def set_status(self, bit: Status, *, on: bool) -> None:
        """Contacts that the box has; of the belt's motion it sees only the encoder."""
        names = {Status.AIR_OK: "air_ok", Status.BIN_FULL: "bin_full"}
        if bit in names:
            self._states[names[bit]] = on

    def operator_reset(self, now_s: float) -> bool:
        """The button is pressed; its lamp will tell whether that was heard."""
        self.presses += 1
        self._pressed_until_s = now_s + PRESS_S
        return False

    def reboot(self, now_s: float) -> None:
        """Power off and on: counters from 0, outputs off."""
        self._now_s = now_s
        self.boot_id += 1
        self._boot(0)

    # Its outputs.

    @property
    def needs_reset(self) -> bool:
        """The lamp of the reset button."""
        return self._out("reset_lamp")

    @property
    def tracking(self) -> bool:
        """A box tracks nothing."""
        return False

    @property
    def infeed_open(self) -> bool:
        """Whether new bottles are let in."""
        return self._out("infeed") and self._out("run_permit")

    def conveyor(self, *, occupied: bool) -> bool:
        """Whether the belt shall move: while its permit is energised."""
        del occupied
        return self._out("run_permit")

    def _out(self, name: str) -> bool:
        return self.outputs[self.brand.outputs[name]]

    # The network side.

    def read(
        self, table: str, address: int, count: int, now_s: float, odometer_mm: float
    ) -> list[int]:
        """Values as they are now. RegisterRefusedError where the make has nothing."""
        self._asked(now_s, odometer_mm)
        cells: Mapping[int, Cell] = getattr(self.brand, table)
        wanted = range(address, address + count)
        if not cells or not all(cells_has(cells, at) for at in wanted):
            raise RegisterRefusedError(ILLEGAL_ADDRESS)
        return [cells[at](self) if at in cells else 0 for at in wanted]

    def write(
        self,
        table: str,
        address: int,
        values: Sequence[int],
        now_s: float,
        odometer_mm: float,
    ) -> None:
        """Turn knobs; all of them or none. RegisterRefusedError elsewhere."""
        self._asked(now_s, odometer_mm)
        knobs: Mapping[int, Knob]
        knobs = self.brand.coil_knobs if table == "coils" else self.brand.holding_knobs
        places = range(address, address + len(values))
        if not all(place in knobs for place in places):
            raise RegisterRefusedError(ILLEGAL_ADDRESS)
        for place, value in zip(places, values, strict=True):
            knobs[place](self, int(value))

    def _asked(self, now_s: float, odometer_mm: float) -> None:
        """Any request feeds the watchdog."""
        self._now_s = now_s
        self._odometer_mm = odometer_mm
        if self.expired and self.brand.refuses_when_expired:
            raise RegisterRefusedError(DEVICE_FAILURE)
        self.expired = False
        if self.watchdog_s:
            self.deadline_s = now_s + self.watchdog_s
        if self._encoder_from_mm is None:
            self._encoder_from_mm = odometer_mm

    # What the cells show and the knobs do.

    def counter(self, name: str) -> int:
        """A 32-bit counter."""
        if name != "encoder":
            return self.counters[name] & 0xFFFFFFFF
        begun_mm = self._encoder_from_mm or 0.0
        counts = int((self._odometer_mm - begun_mm) / self._mm_per_count)
        return (self._encoder_start + counts) & 0xFFFFFFFF

    def input_on(self, name: str) -> int:
        """An input's contact."""
        if name == "reset":
            return int(self._now_s < self._pressed_until_s)
        if name == "all_ok":
            return int(self._states["estop_ok"] and self._states["air_ok"])
        return int(self._states[name])

    def pulse(self, value: int) -> None:
        """Start the reject's pulse; 0 ends it."""
        if self.refuse:
            raise RegisterRefusedError(self.refuse)
        if not value:
            self._pulse_until_s = -inf
            return
        self._pulse_until_s = self._now_s + self._pulse_s
        self.pulses.append(self._now_s)
        self.on_reject()

    def more_pulses(self, count: int) -> None:
        """So many pulses more."""
        if count:
            self.pulse(1)

    def clear(self, counter: str, value: int) -> None:
        """A counter back to 0; only a 1 does it."""
        if not value:
            raise RegisterRefusedError(ILLEGAL_VALUE)
        if counter == "encoder":
            self._encoder_from_mm, self._encoder_start = self._odometer_mm, 0
        else:
            self.counters[counter] = 0

    def pulsing(self) -> int:
        """Whether the pulse is out."""
        return int(self._now_s < self._pulse_until_s)

    def set_output(self, channel: int, value: int) -> None:
        """A plain output. The reject's is counted as fired when it goes on."""
        is_reject = channel == self.brand.outputs["reject"]
        if is_reject and self.refuse:
            raise RegisterRefusedError(self.refuse)
        rises = bool(value) and not self.outputs[channel]
        self.outputs[channel] = bool(value)
        if is_reject and rises:
            self.pulses.append(self._now_s)
            self.on_reject()

    def _count(self, name: str) -> None:
        if self.counting[COUNTERS.index(name)]:
            self.counters[name] = (self.counters[name] + 1) & 0xFFFFFFFF


COUNTERS: Final = ("trigger", "encoder", "gate", "confirm")
_EIGHT_INPUTS: Final = {"estop_ok": 4, "air_ok": 5, "bin_full": 6, "reset": 7}
_EIGHT_OUTPUTS: Final = {
    "reject": 0,
    "run_permit": 1,
    "infeed": 2,
    "red": 3,
    "amber": 4,
    "green": 5,
    "buzzer": 6,
    "reset_lamp": 7,
}


def cells_has(cells: Mapping[int, Cell], at: int) -> bool:
    """Gaps inside a table read as 0; beyond its ends there is nothing."""
    return min(cells) <= at <= max(cells)


def _high(name: str) -> Cell:
    return lambda box: box.counter(name) >> 16


def _low(name: str) -> Cell:
    return lambda box: box.counter(name) & 0xFFFF


def _contact(name: str) -> Cell:
    return lambda box: box.input_on(name)


def _output(channel: int) -> Cell:
    return lambda box: int(box.outputs[channel])


def _counts(channel: int) -> Cell:
    return lambda box: int(box.counting[channel])


def _always(value: int) -> Cell:
    return lambda _box: value


def _word(inputs: Mapping[str, int]) -> Cell:
    return lambda box: sum(box.input_on(name) << bit for name, bit in inputs.items())


def _sets(channel: int) -> Knob:
    return lambda box, value: box.set_output(channel, value)


def _lets_count(channel: int) -> Knob:
    return lambda box, value: box.counting.__setitem__(channel, bool(value))


def _clears(name: str) -> Knob:
    return lambda box, value: box.clear(name, value)


def _ignores(_box: RemoteBox, _value: int) -> None:
    """A register without effect."""


@dataclass(slots=True)
class _Made:
    """A brand while it is put together."""

    coils: dict[int, Cell] = field(default_factory=dict)
    discrete: dict[int, Cell] = field(default_factory=dict)
    input: dict[int, Cell] = field(default_factory=dict)
    holding: dict[int, Cell] = field(default_factory=dict)
    coil_knobs: dict[int, Knob] = field(default_factory=dict)
    holding_knobs: dict[int, Knob] = field(default_factory=dict)

    def counters(
        self, table: dict[int, Cell], first: int, step: int, high: int
    ) -> None:
        """Counters, one each `step`; `high` is where the high word stands, 0 or 1."""
        for n, name in enumerate(COUNTERS):
            table[first + step * n + high] = _high(name)
            table[first + step * n + 1 - high] = _low(name)

    def plain_outputs(self, first: int, channels: int) -> None:
        """Outputs as coils."""
        for n in range(channels):
            self.coils[first + n] = _output(n)
            self.coil_knobs[first + n] = _sets(n)

    def contacts(self, table: dict[int, Cell], inputs: Mapping[str, int]) -> None:
        """Inputs as single bits."""
        for name, channel in inputs.items():
            table[channel] = _contact(name)

    def brand(
        self,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        *,
        refuses_when_expired: bool = False,
    ) -> Brand:
        """Done."""
        return Brand(
            coils=self.coils,
            discrete=self.discrete,
            input=self.input,
            holding=self.holding,
            coil_knobs=self.coil_knobs,
            holding_knobs=self.holding_knobs,
            inputs=inputs,
            outputs=outputs,
            refuses_when_expired=refuses_when_expired,
        )


def moxa_e1212() -> Brand:
    """Moxa ioLogik E1212, by appendix A of the E1200 manual."""
    made = _Made()
    made.counters(made.input, 0x10, 2, 0)
    made.input[0x30] = _word(_EIGHT_INPUTS)
    made.discrete[0] = _always(0)
    made.contacts(made.discrete, _EIGHT_INPUTS)
    made.plain_outputs(0, 8)
    made.coils[0x10] = RemoteBox.pulsing
    made.coil_knobs[0x10] = RemoteBox.pulse
    for n in range(8):
        made.coils[0x100 + n] = _counts(n)
        made.coil_knobs[0x100 + n] = _lets_count(n)
    for n, name in enumerate(COUNTERS):
        made.coils[0x110 + n] = _always(0)
        made.coil_knobs[0x110 + n] = _clears(name)
    return made.brand(_EIGHT_INPUTS, _EIGHT_OUTPUTS)


def adam_6052() -> Brand:
    """Advantech ADAM-6052: counters low word first, outputs from coil 16 on."""
    return _adam(8, 64, 0x6052, _EIGHT_INPUTS, _EIGHT_OUTPUTS)


def adam_6060() -> Brand:
    """Advantech ADAM-6060: six inputs, six relays."""
    outputs = {"reject": 0, "run_permit": 1, "infeed": 2, "red": 3, "green": 4}
    outputs |= {"reset_lamp": 5}
    return _adam(6, 48, 0x6060, {"all_ok": 4, "reset": 5}, outputs)


def _adam(
    channels: int,
    incremental: int,
    name: int,
    inputs: Mapping[str, int],
    outputs: Mapping[str, int],
) -> Brand:
    made = _Made()
    made.counters(made.holding, 0, 2, 1)
    made.holding[210] = _always(name)
    made.holding[211] = _always(0)
    made.coils[0] = _always(0)
    made.contacts(made.coils, inputs)
    made.plain_outputs(16, channels)
    made.holding_knobs[incremental] = RemoteBox.more_pulses
    made.holding_knobs[incremental + 1] = _ignores
    return made.brand(inputs, outputs)


def wago_750() -> Brand:
    """WAGO coupler: four 750-404, eight inputs, eight outputs; standard watchdog."""
    made = _Made()
    made.counters(made.input, 1, 3, 1)
    inputs = {"estop_ok": 0, "air_ok": 1, "bin_full": 2, "reset": 3}
    made.contacts(made.discrete, inputs)
    made.plain_outputs(0, 8)
    for n in range(8):
        made.coils[0x200 + n] = _output(n)
    made.holding[0x1000] = lambda box: round(box.watchdog_s * 10)
    made.holding[0x1006] = lambda box: int(box.watchdog_s > 0)
    return made.brand(inputs, _EIGHT_OUTPUTS, refuses_when_expired=True)


BRANDS: Final[Mapping[str, Callable[[], Brand]]] = {
    "moxa_e1212": moxa_e1212,
    "adam_6052": adam_6052,
    "adam_6060": adam_6060,
    "wago_750": wago_750,
}


class BoxBank:
    """The box's registers, for a host. `now` brings the world up to date and says its
    time and odometer; `touched` is called after every write."""

    def __init__(
        self,
        box: RemoteBox,
        now: Callable[[], tuple[float, float]],
        touched: Callable[[], None] = lambda: None,
    ) -> None:
        self.box = box
        self._now = now
        self._touched = touched

    def read(self, address: int, count: int) -> list[int]:
        """Holding registers."""
        return self.box.read("holding", address, count, *self._now())

    def read_input(self, address: int, count: int) -> list[int]:
        """Input registers."""
        return self.box.read("input", address, count, *self._now())

    def read_coils(self, address: int, count: int) -> list[int]:
        """Outputs, and on some makes inputs."""
        return self.box.read("coils", address, count, *self._now())

    def read_discrete(self, address: int, count: int) -> list[int]:
        """Inputs."""
        return self.box.read("discrete", address, count, *self._now())

    def write(self, address: int, values: Sequence[int]) -> None:
        """Holding registers."""
        self.box.write("holding", address, values, *self._now())
        self._touched()

    def write_coils(self, address: int, values: Sequence[int]) -> None:
        """Outputs."""
        self.box.write("coils", address, values, *self._now())
        self._touched()
