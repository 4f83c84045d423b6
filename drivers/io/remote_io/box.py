"""What may be asked of a box, by its map: look, fire, set outputs, who are you."""

from collections.abc import Mapping

from drivers.base import Identity
from drivers.io.remote_io.codec import (
    Question,
    coil_writes,
    picture,
    pulses,
    questions,
)
from drivers.io.remote_io.maps import RejectKind, RemoteMap, Table
from drivers.io.remote_io.messages import BoxPicture
from drivers.transports.base import RegisterClient

Values = tuple[int, ...]


class Box:
    """One box. `base` is added to every address of its map."""

    def __init__(self, box: RemoteMap, base: int) -> None:
        self.map = box
        self.wired = box.outputs.wired()
        self._base = base
        self._questions = questions(box)

    @property
    def held_s(self) -> float:
        """How long we hold the reject ourselves; 0 where the box ends its pulse."""
        reject = self.map.reject
        return reject.held_ms / 1000 if reject.kind is RejectKind.HELD_COIL else 0.0

    async def look(self, wire: RegisterClient) -> BoxPicture:
        """Everything the line needs, in as few reads as the box allows."""
        answers = {
            q.table: (q.address, await self._ask(wire, q)) for q in self._questions
        }
        return picture(self.map, answers)

    async def fire(self, wire: RegisterClient) -> None:
        """One reject, asked for once."""
        at = self.map.reject.address + self._base
        if self.map.reject.kind is RejectKind.PULSE_COUNT:
            await wire.write_holding(at, pulses(self.map, 1))
        else:
            await wire.write_coil(at, True)

    async def end_reject(self, wire: RegisterClient) -> None:
        """The end of a reject that we hold."""
        await wire.write_coil(self.map.reject.address + self._base, False)

    async def fires(self, wire: RegisterClient) -> bool:
        """Whether the reject's coil is on."""
        if self.map.reject.kind is RejectKind.PULSE_COUNT:
            return True  # such a box has no coil to look at
        return (await wire.read_coils(self.map.reject.address + self._base, 1))[0]

    async def set(self, wire: RegisterClient, outputs: Mapping[str, bool]) -> None:
        """Set these outputs and no other."""
        coils = {self.wired[name] + self._base: on for name, on in outputs.items()}
        for address, values in coil_writes(coils):
            if len(values) == 1:
                await wire.write_coil(address, values[0])
            else:
                await wire.write_coils(address, values)

    async def identify(self, wire: RegisterClient) -> Identity:
        """Make and model as the map says, and what the module says itself."""
        serial = ""
        if (at := self.map.identity) is not None:
            words = await self._read(wire, at.table, at.address, at.count)
            serial = " ".join(f"{word:04X}" for word in words)
        return Identity(make=self.map.make, model=self.map.model, serial=serial)

    async def watchdog(self, wire: RegisterClient) -> tuple[float, int | None] | None:
        """Its time in s and its status, as far as they can be read."""
        if (at := self.map.watchdog) is None:
            return None
        (time,) = await self._read(wire, at.table, at.time, 1)
        status = None
        if at.status is not None:
            (status,) = await self._read(wire, at.table, at.status, 1)
        return time * at.unit_ms / 1000, status

    async def start_counters(self, wire: RegisterClient) -> None:
        """Let its counters count, where that is switched."""
        for _, counter in self.map.counters:
            if counter is None or counter.run is None:
                continue
            address = counter.run + self._base
            if not (await wire.read_coils(address, 1))[0]:
                await wire.write_coil(address, True)

    async def _ask(self, wire: RegisterClient, question: Question) -> Values:
        return await self._read(wire, question.table, question.address, question.count)

    async def _read(
        self, wire: RegisterClient, table: Table, address: int, count: int
    ) -> Values:
        at = address + self._base
        match table:
            case Table.COILS:
                return tuple(await wire.read_coils(at, count))
            case Table.DISCRETE:
                return tuple(await wire.read_discrete(at, count))
            case Table.INPUT:
                return await wire.read_input(at, count)
            case Table.HOLDING:
                return await wire.read_holding(at, count)
