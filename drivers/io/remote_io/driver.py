"""Remote I/O as a `LineIO`: looks at the box, and throws out what is not good."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.around import Around
from drivers.base import LineCommand, LineIO, LineState, Verdict
from drivers.device import LinkedDevice
from drivers.errors import DeviceFault, DriverError, LinkDown, MisuseError
from drivers.io.remote_io.box import Box
from drivers.io.remote_io.geometry import Geometry
from drivers.io.remote_io.maps import RemoteMap, load_map
from drivers.io.remote_io.messages import BoxPicture
from drivers.io.remote_io.outputs import Outputs
from drivers.io.remote_io.settings import RemoteIOSettings
from drivers.io.remote_io.shift_register import ShiftRegister
from drivers.io.state_readings import StateReadings
from drivers.link import Backoff
from drivers.readings import Category
from drivers.transports.base import Dialer, RegisterClient, RegisterRefusedError
from drivers.wiretap import WireTap

_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)


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
        self._rules = rules
        self._box = Box(box, rules.address_base)
        self._outputs = Outputs(self._box.wired)
        self._beacon = 0
        self._held_until_s: float | None = None
        self._permitted = False
        self._looked_s: float | None = None
        self._seen: BoxPicture | None = None
        self._failure = ""
        self._shown = StateReadings(self.board)
        self._board_counters(tap)

    def _board_counters(self, tap: WireTap) -> None:
        register, live = self.register, self.board.live
        live("stopped", lambda: register.stopped, category=Category.PRIMARY)
        live("unnumbered_at_gate", lambda: register.unnumbered)
        live("resyncs", lambda: register.resyncs)
        live("foreign_replies", lambda: tap.foreign)

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
        self._beacon = command.beacon
        if command.run:
            self._outputs.forced.clear()  # a line that runs has nothing forced
        self._outputs.beat()
        self.register.beat(command, self._now_s())
        async with self.link.exchange(
            "beat", timeout_s=self._rules.exchange_timeout_s
        ) as wire:
            refused = await self._tell(wire)
        if refused is not None:
            raise self._refused("its outputs", refused)

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        """Into the shift register, which is here; nothing goes over the wire."""
        self._check_fresh()
        self.register.write(verdicts)

    def _check_fresh(self) -> None:
        if self._looked_s is None:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        age_s = self._now_s() - self._looked_s
        if age_s > self._geometry.watchdog_s:
            raise LinkDown(self.name, f"not seen for {age_s:.1f} s ({self._failure})")

    # As a Forcible.

    def inputs(self) -> Mapping[str, bool | int]:
        """Counters and inputs as last seen."""
        if (seen := self._seen) is None:
            return {}
        shown = {field: getattr(seen, field) for field in seen.__slots__}
        return {name: value for name, value in shown.items() if value is not None}

    def outputs(self) -> Mapping[str, bool]:
        """As last told to the box."""
        return dict(self._outputs.told)

    async def force(self, name: str, value: bool) -> None:
        """Hold output `name`; the next beat tells the box. The reject is not held."""
        if name not in self._box.wired:
            known = ", ".join(self._box.wired)
            raise MisuseError(self.name, f"no output {name!r}; there are {known}")
        self._outputs.forced[name] = value

    async def release(self) -> None:
        """All outputs follow the line again."""
        self._outputs.forced.clear()

    # Looking.

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while True:
            try:
                await self._look()
            except DriverError as error:
                # Without looks `poll` refuses, says this, and the line stops.
                self._failure = error.message
            next_s = max(next_s + self._rules.poll_s, loop.time())
            await asyncio.sleep(next_s - loop.time())

    async def _look(self) -> None:
        refused = None
        async with self.link.exchange(
            "look", timeout_s=self._rules.exchange_timeout_s
        ) as wire:
            try:
                self._seen = await self._box.look(wire)
            except RegisterRefusedError as error:
                refused = error
            else:
                self._looked_s = self._now_s()
                refused = await self._act(wire, self._seen, self._looked_s)
        if refused is not None:
            raise self._refused("a request", refused)

    async def _act(
        self, wire: RegisterClient, seen: BoxPicture, now_s: float
    ) -> RegisterRefusedError | None:
        refused = None
        try:
            if self.register.take(seen, now_s):
                await self._fire(wire)
            elif self._held_until_s is not None and now_s >= self._held_until_s:
                await self._box.end_reject(wire)
                self._held_until_s = None
        except RegisterRefusedError as error:
            self.register.refused(str(error))
            refused = error
        if self._outputs.told.get("run_permit") and not self.register.permit:
            refused = await self._tell(wire) or refused
        return refused

    async def _fire(self, wire: RegisterClient) -> None:
        """Once. A lost answer is not asked for again: the confirm sensor tells."""
        await self._box.fire(wire)
        if self._box.held_s:
            self._held_until_s = self._now_s() + self._box.held_s
        elif not self._geometry.confirm_s and not await self._box.fires(wire):
            self.register.refused("its pulse output does not go on")

    async def _tell(self, wire: RegisterClient) -> RegisterRefusedError | None:
        outputs = self._outputs
        changes = outputs.changes(self.register, self._beacon, self._now_s())
        starts = changes.get("run_permit", False) and not self._permitted
        try:
            if starts and self.register.fires_at_start(self._now_s()):
                await self._fire(wire)
            await self._box.set(wire, changes)
        except RegisterRefusedError as error:
            outputs.forget()
            return error
        outputs.told |= changes
        self._permitted = outputs.told.get("run_permit", False)
        return None

    # Coming up.

    async def _greet(self, wire: RegisterClient) -> None:
        """Who it is, that its watchdog watches, and that its counters count."""
        self._outputs.forget()
        self._permitted = False
        try:
            identity = await self._box.identify(wire)
            self.known_as(identity, expected=self._rules.identity)
            await self._check_watchdog(wire)
            await self._box.start_counters(wire)
            await self._box.look(wire)
        except RegisterRefusedError as error:
            raise self._refused("addresses of the map", error) from None

    async def _check_watchdog(self, wire: RegisterClient) -> None:
        told = await self._box.watchdog(wire)
        if told is None:
            return
        set_s, status = told
        limit_s = self._rules.watchdog_s
        self.board.put("watchdog", set_s, unit="s", low=0.1, high=limit_s)
        if not 0 < set_s <= limit_s:
            raise DeviceFault(
                self.name,
                f"its watchdog is set to {set_s:g} s: set it to at most {limit_s:g} s,"
                " or the conveyor runs on when this program dies",
            )
        watchdog = self._box.map.watchdog
        if watchdog is not None and status not in (None, watchdog.running):
            raise DeviceFault(
                self.name, f"its watchdog does not run (status {status}): start it"
            )

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
