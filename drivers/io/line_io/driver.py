"""The line I/O contract over Modbus holding registers, as a `LineIO`."""

import random
from collections.abc import Mapping

from drivers.around import Around
from drivers.base import LineCommand, LineIO, LineState, Verdict
from drivers.device import LinkedDevice
from drivers.errors import DeviceFault, MisuseError
from drivers.io.line_io.codec import decode_state, encode_beat, verdict_writes
from drivers.io.line_io.messages import (
    MAP_VERSION,
    PLC_REGISTERS,
    AgentRegister,
    PlcRegister,
)
from drivers.io.line_io.settings import LineIOSettings
from drivers.io.line_points import ForciblePoints, LinePoints
from drivers.io.state_readings import StateReadings
from drivers.link import Backoff
from drivers.transports.base import Dialer, RegisterClient, RegisterRefusedError
from drivers.wiretap import WireTap

# Two lost replies fit into the 500 ms after which the PLC rejects.
EXCHANGE_S = 0.3

# A stopped heartbeat stops the line, so the PLC is dialled again sooner than others.
_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)


class ModbusLineIO(ForciblePoints, LinkedDevice[RegisterClient]):
    """Talks to one PLC at `address` (modbus:// or modbus-rtu:), its map from `base` on.

    The agent's boot id is drawn when this object is made: a restarted agent shows.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        base: int = 0,
        exchange_timeout_s: float = EXCHANGE_S,
    ) -> None:
        tap = WireTap(name)

        async def connect() -> RegisterClient:
            return await dialer.open_registers(address, tap)

        super().__init__(
            name, connect, tap=tap, rng=rng, on_up=self._greet, backoff=_BACKOFF
        )
        self.boot_id = rng.randrange(1, 1 << 16)
        self._base = base
        self._timeout_s = exchange_timeout_s
        self._heartbeat = 0
        self._map_version: int | None = None
        self._shown = StateReadings(self.board)
        self.points = LinePoints(name)
        self.board.live("foreign_replies", lambda: tap.foreign)

    async def poll(self) -> LineState:
        """Everything the PLC shows, in one read. Raises on another map version."""
        refused = None
        async with self.link.exchange("poll", timeout_s=self._timeout_s) as wire:
            try:
                registers = await wire.read_holding(self._base, PLC_REGISTERS)
            except RegisterRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)
        state = decode_state(registers)
        self._map_version = state.map_version
        self._check_version()
        self._shown.show(state)
        self.points.heard(state)
        return state

    async def beat(self, command: LineCommand) -> None:
        """One heartbeat with the command; the PLC counts 500 ms from each."""
        self._check_version()
        self._heartbeat = (self._heartbeat + 1) % (1 << 16)
        told = self.points.told(command)
        values = encode_beat(self.boot_id, self._heartbeat, told)
        await self._write("beat", ((AgentRegister.BOOT_ID, values),))

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        """Put verdicts into the ring; slots in a row go in one write."""
        self._check_version()
        try:
            writes = tuple(verdict_writes(verdicts))
        except ValueError as error:
            raise MisuseError(self.name, str(error)) from None
        if writes:
            await self._write("verdicts", writes)

    async def _write(
        self, what: str, writes: tuple[tuple[int, list[int]], ...]
    ) -> None:
        refused = None
        async with self.link.exchange(what, timeout_s=self._timeout_s) as wire:
            try:
                for address, values in writes:
                    await wire.write_holding(self._base + address, values)
            except RegisterRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)

    async def _greet(self, wire: RegisterClient) -> None:
        """Know the map version before anything is written to a stranger."""
        try:
            version = await wire.read_holding(self._base + PlcRegister.MAP_VERSION, 1)
        except RegisterRefusedError as error:
            raise self._refused(error) from None
        self._map_version = version[0]

    def _check_version(self) -> None:
        # Unknown while the link never came up; the exchange says so better.
        if self._map_version not in (None, MAP_VERSION):
            raise DeviceFault(
                self.name,
                f"the PLC has line I/O map version {self._map_version}, "
                f"this agent speaks version {MAP_VERSION}",
            )

    def _refused(self, error: RegisterRefusedError) -> DeviceFault:
        return DeviceFault(
            self.name, f"the PLC refuses the registers ({error}); is base right?"
        )


def from_settings(name: str, settings: LineIOSettings, around: Around) -> LineIO:
    """The PLC that `settings` describe."""
    return ModbusLineIO(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        base=settings.base,
        exchange_timeout_s=settings.exchange_timeout_s,
    )
