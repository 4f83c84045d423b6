"""Remote I/O as a `LineIO`: looks at the box, and throws out what is not good."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.around import Around
from drivers.base import (
    Beacon,
    Identity,
    LineCommand,
    LineIO,
    LineState,
    Verdict,
)
from drivers.device import LinkedDevice
from drivers.errors import DeviceFault, DriverError, LinkDown, MisuseError
from drivers.io.remote_io.codec import (
    Answers,
    Question,
    coil_writes,
    picture,
    pulses,
    questions,
)
from drivers.io.remote_io.geometry import Geometry
from drivers.io.remote_io.maps import RejectKind, RemoteMap, Table, load_map
from drivers.io.remote_io.messages import BoxPicture
from drivers.io.remote_io.settings import RemoteIOSettings
from drivers.io.remote_io.shift_register import ShiftRegister
from drivers.io.state_readings import StateReadings
from drivers.link import Backoff
from drivers.readings import Category
from drivers.transports.base import Dialer, RegisterClient, RegisterRefusedError
from drivers.wiretap import WireTap

_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)
# Outputs are told again this often: a box may have dropped them by itself.
_REFRESH_S = 0.5
_BEACONS = {
    "red": Beacon.RED,
    "amber": Beacon.AMBER,
    "green": Beacon.GREEN,
    "buzzer": Beacon.BUZZER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRules:
    """How the box is asked, and what its own watchdog must be."""

    poll_s: float = 0.01
    exchange_timeout_s: float = 0.2
    watchdog_s: float = 1.0
    address_base: int = 0
    identity: str = ""


class RemoteLineIO(LinkedDevice[RegisterClient]):
    """Talks to one box. The boot id is drawn anew whenever numbers begin anew."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        box: RemoteMap,
        geometry: Geometry,
        rules: BoxRules,
        dialer: Dialer,
        rng: random.Random,
    ) -> None:
        tap = WireTap(name)

        async def connect() -> RegisterClient:
            return await dialer.open_registers(address, tap)

        super().__init__(
            name, connect, tap=tap, rng=rng, on_up=self._greet, backoff=_BACKOFF
        )
        self.register = ShiftRegister(geometry, lambda: rng.randrange(1, 1 << 16))
        self._geometry = geometry
        self._box = box
        self._rules = rules
        self._questions = questions(box)
        self._command = LineCommand(run=False, stop=True)
        self._pulse = False
        self._release_s: float | None = None
        self._looked_s: float | None = None
        self._seen: BoxPicture | None = None
        self._told: dict[str, bool] = {}
        self._told_s = 0.0
        self._forced: dict[str, bool] = {}
        self._shown = StateReadings(self.board)
        self._board_counters(tap)

    def _board_counters(self, tap: WireTap) -> None:
        register, live = self.register, self.board.live
        live("foreign_replies", lambda: tap.foreign)
        live("stopped", lambda: register.stopped, category=Category.PRIMARY)
        live("unnumbered_at_gate", lambda: register.unnumbered)
        live("resyncs", lambda: register.resyncs)

    async def run(self) -> None:
        """Keep the link up and look at the box until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run())
            group.create_task(self._look_on())

    # As a LineIO.

    async def poll(self) -> LineState:
        """What the last look showed. `LinkDown` when that is no longer true."""
        self._check_fresh()
        state = self.register.state()
        self._shown.show(state)
        return state

    async def beat(self, command: LineCommand) -> None:
        """The line lives and wants this; outputs that change are told to the box."""
        self._check_fresh()
        self._command = command
        self._pulse = not self._pulse
        self.register.beat(command, self._now_s())
        async with self.link.exchange(
            "beat", timeout_s=self._rules.exchange_timeout_s
        ) as wire:
            refused = await self._tell(wire)
        if refused is not None:
            raise self._refused("outputs", refused)

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        """Into the shift register, which is here; nothing goes over the wire."""
        self._check_fresh()
        self.register.write(verdicts)

    def _check_fresh(self) -> None:
        if self._looked_s is None:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        age_s = self._now_s() - self._looked_s
        if age_s > self._geometry.watchdog_s:
            raise LinkDown(self.name, f"not seen for {age_s:.1f} s")

    # As a Forcible.

    def inputs(self) -> Mapping[str, bool | int]:
        """Counters and inputs as last seen."""
        if (seen := self._seen) is None:
            return {}
        shown = {field: getattr(seen, field) for field in seen.__slots__}
        return {name: value for name, value in shown.items() if value is not None}

    def outputs(self) -> Mapping[str, bool]:
        """As last told to the box."""
        return dict(self._told)

    async def force(self, name: str, value: bool) -> None:
        """Hold output `name`; the next beat tells the box. The reject is not held."""
        if name not in self._box.outputs.wired():
            known = ", ".join(self._box.outputs.wired())
            raise MisuseError(self.name, f"no output {name!r}; there are {known}")
        self._forced[name] = value

    async def release(self) -> None:
        """All outputs follow the line again."""
        self._forced.clear()

    # Looking.

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while True:
            try:
                await self._look()
            except DriverError as error:
                # The link says why; without looks `poll` refuses and the line stops.
                self.board.put("last_failure", error.message)
            next_s = max(next_s + self._rules.poll_s, loop.time())
            await asyncio.sleep(next_s - loop.time())

    async def _look(self) -> None:
        refused: RegisterRefusedError | None = None
        async with self.link.exchange(
            "look", timeout_s=self._rules.exchange_timeout_s
        ) as wire:
            try:
                answers = {q.table: await self._read(wire, q) for q in self._questions}
            except RegisterRefusedError as error:
                refused = error
            else:
                refused = await self._act(wire, answers)
        if refused is not None:
            raise self._refused("a request", refused)

    async def _read(
        self, wire: RegisterClient, question: Question
    ) -> tuple[int, tuple[int, ...]]:
        read = {
            Table.COILS: wire.read_coils,
            Table.DISCRETE: wire.read_discrete,
            Table.INPUT: wire.read_input,
            Table.HOLDING: wire.read_holding,
        }[question.table]
        address = question.address + self._rules.address_base
        return question.address, tuple(await read(address, question.count))

    async def _act(
        self, wire: RegisterClient, answers: Answers
    ) -> RegisterRefusedError | None:
        self._seen = picture(self._box, answers)
        now_s = self._looked_s = self._now_s()
        was = self.register.permit
        if self.register.take(self._seen, now_s):
            try:
                await self._fire(wire)
            except RegisterRefusedError as error:
                self.register.refused(str(error))
                return error
        await self._end_pulse(wire)
        if was and not self.register.permit:
            return await self._tell(wire)
        return None

    async def _fire(self, wire: RegisterClient) -> None:
        """Once. A lost answer is not asked for again: the confirm sensor tells."""
        reject = self._box.reject
        address = reject.address + self._rules.address_base
        if reject.kind is RejectKind.PULSE_COUNT:
            await wire.write_holding(address, pulses(self._box, 1))
            return
        await wire.write_coil(address, True)
        if reject.kind is RejectKind.HELD_COIL:
            self._release_s = self._now_s() + reject.held_ms / 1000
        elif not self._geometry.confirm_s:
            await self._read_back(wire, address)

    async def _read_back(self, wire: RegisterClient, address: int) -> None:
        """Nothing confirms a reject here but the coil itself."""
        if not (await wire.read_coils(address, 1))[0]:
            self.register.refused("its pulse output does not go on")

    async def _end_pulse(self, wire: RegisterClient) -> None:
        if self._release_s is not None and self._now_s() >= self._release_s:
            self._release_s = None
            address = self._box.reject.address + self._rules.address_base
            await wire.write_coil(address, False)

    # Telling.

    async def _tell(self, wire: RegisterClient) -> RegisterRefusedError | None:
        """Coils that differ from what was told last; all of them now and then."""
        wanted = self._wanted()
        now_s = self._now_s()
        if now_s - self._told_s >= _REFRESH_S:
            self._told.clear()
            self._told_s = now_s
        wired = self._box.outputs.wired()
        changed = {
            wired[name] + self._rules.address_base: value
            for name, value in wanted.items()
            if self._told.get(name) != value
        }
        try:
            for address, values in coil_writes(changed):
                if len(values) == 1:
                    await wire.write_coil(address, values[0])
                else:
                    await wire.write_coils(address, values)
        except RegisterRefusedError as error:
            self._told.clear()
            return error
        self._told = wanted
        return None

    def _wanted(self) -> dict[str, bool]:
        register, beacon = self.register, self._command.beacon
        values = {
            "run_permit": register.permit,
            "infeed": register.infeed,
            "heartbeat": self._pulse,
            "reset_lamp": bool(register.stopped),
            **{name: bool(beacon & bit) for name, bit in _BEACONS.items()},
        }
        values |= self._forced
        wired = self._box.outputs.wired()
        return {name: value for name, value in values.items() if name in wired}

    # Coming up.

    async def _greet(self, wire: RegisterClient) -> None:
        """Who it is, that its watchdog watches, and that its counters count."""
        self._told.clear()
        try:
            await self._identify(wire)
            await self._check_watchdog(wire)
            await self._start_counters(wire)
            for question in self._questions:
                await self._read(wire, question)
        except RegisterRefusedError as error:
            raise self._refused("the map's addresses", error) from None

    async def _identify(self, wire: RegisterClient) -> None:
        serial = ""
        if (at := self._box.identity) is not None:
            question = Question(table=at.table, address=at.address, count=at.count)
            _, words = await self._read(wire, question)
            serial = " ".join(f"{word:04X}" for word in words)
        self.known_as(
            Identity(make=self._box.make, model=self._box.model, serial=serial),
            expected=self._rules.identity,
        )

    async def _check_watchdog(self, wire: RegisterClient) -> None:
        if (at := self._box.watchdog) is None:
            return
        limit_s = self._rules.watchdog_s
        _, (time,) = await self._read(
            wire, Question(table=at.table, address=at.time, count=1)
        )
        set_s = time * at.unit_ms / 1000
        self.board.put("watchdog", set_s, unit="s", low=0.1, high=limit_s)
        if not 0 < set_s <= limit_s:
            raise DeviceFault(
                self.name,
                f"its watchdog is set to {set_s:g} s: set it to at most {limit_s:g} s,"
                " or the conveyor runs on when this program dies",
            )
        if at.status is None:
            return
        _, (status,) = await self._read(
            wire, Question(table=at.table, address=at.status, count=1)
        )
        if status != at.running:
            raise DeviceFault(
                self.name, f"its watchdog does not run (status {status}): start it"
            )

    async def _start_counters(self, wire: RegisterClient) -> None:
        for _, counter in self._box.counters:
            if counter is None or counter.run is None:
                continue
            address = counter.run + self._rules.address_base
            if not (await wire.read_coils(address, 1))[0]:
                await wire.write_coil(address, True)

    def _refused(self, what: str, error: RegisterRefusedError) -> DeviceFault:
        return DeviceFault(
            self.name,
            f"the box refuses {what} ({error}); are map and address_base right?",
        )

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def from_settings(name: str, settings: RemoteIOSettings, around: Around) -> LineIO:
    """The box that `settings` describe. `MisuseError` when its map cannot be used."""
    try:
        box = load_map(settings.map)
    except ValueError as error:
        raise MisuseError(name, str(error)) from None
    if box.watchdog is None and not settings.watchdog_proven:
        raise MisuseError(
            name,
            f"nobody can read the watchdog of {box.make} {box.model}: pull its network"
            " cable, see that it drops every output in time, and write who saw it and"
            " when into watchdog_proven",
        )
    return RemoteLineIO(
        name,
        address=settings.address,
        box=box,
        geometry=geometry_of(settings, box),
        rules=BoxRules(
            poll_s=settings.poll_ms / 1000,
            exchange_timeout_s=settings.exchange_timeout_s,
            watchdog_s=settings.watchdog_s,
            address_base=settings.address_base,
            identity=settings.identity,
        ),
        dialer=around.dialer,
        rng=around.rng,
    )


def geometry_of(settings: RemoteIOSettings, box: RemoteMap) -> Geometry:
    """The line's distances, with what the box can see."""
    confirms = box.counters.confirm is not None
    return Geometry(
        gate_mm=settings.gate_mm,
        reject_mm=settings.reject_mm if box.counters.gate else 0.0,
        window_mm=settings.window_mm,
        min_pitch_mm=settings.min_pitch_mm,
        mm_per_count=settings.mm_per_count,
        sees_gate=box.counters.gate is not None,
        confirm_s=settings.confirm_ms / 1000 if confirms else 0.0,
        clear_mm=settings.clear_mm,
        max_mm_s=settings.max_mm_s,
        encoder_bits=box.counters.encoder.bits,
        counter_bits=box.counters.trigger.bits,
    )
