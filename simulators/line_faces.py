"""The network side of a simulated line: which device listens as what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from simulators.faces import PushingSession, face, watched
from simulators.hosting import (
    Handler,
    Host,
    RegisterBank,
    StreamWire,
    Wire,
    converse,
)
from simulators.io.opcua_line_io import PlcNodes
from simulators.io.remote_io import BoxBank
from simulators.world.record import Kind

if TYPE_CHECKING:
    from drivers.transports.base import ByteStream
    from simulators.line import SimulatedLine


class Faces:
    """Lets the devices of a built line listen at a host."""

    def __init__(self, line: SimulatedLine, host: Host) -> None:
        self._line = line
        self._host = host
        self.wires: dict[str, Wire] = {}
        self.stream_wires: dict[str, StreamWire] = {}

    async def listen(self, devices: Collection[str] | None) -> None:
        """Those that are named (None: all but `plc_opcua`), in their order."""
        if devices is None or "plc" in devices:
            await self._control("plc", nodes=self._line.choice.control.nodes)
        if devices is not None and "plc_opcua" in devices:
            await self._control("plc_opcua", nodes=True)
        if devices is None or "printer" in devices:
            await self._printer()
        for name, handler in self._streams().items():
            if devices is None or name in devices:
                await self._stream(name, handler)
        self.wires.update(self.stream_wires)

    async def _stream(self, name: str, handler: Handler) -> None:
        self.stream_wires[name] = await self._host.stream(name, handler)

    async def _control(self, name: str, *, nodes: bool) -> None:
        bank = self.bank()
        if nodes:
            self.wires[name] = await self._host.nodes(name, PlcNodes(bank).table)
        else:
            self.wires[name] = await self._host.registers(name, bank)

    def bank(self) -> RegisterBank:
        """The registers of what controls the line."""
        line = self._line
        if line.box is None:
            return _PlcBank(line)
        return BoxBank(line.box, self._moment, self._outputs_changed)

    def _moment(self) -> tuple[float, float]:
        now_s = self._line.sync()
        return now_s, self._line.world.belt.odometer_mm(now_s)

    def _outputs_changed(self) -> None:
        self._line.world.refresh()
        self._line.poke()

    async def _printer(self) -> None:
        built = self._line.built_printer
        if built.nodes is not None:
            self.wires["printer"] = await self._host.nodes("printer", built.nodes)
        if built.bank is not None:
            self.wires["printer"] = await self._host.registers("printer", built.bank)
        if built.session is not None:
            await self._stream("printer", self._talks(built.session))

    def _talks(self, session_of: Callable[[], PushingSession]) -> Handler:
        return face(watched(session_of, self._line.poke), self._line.sync)

    def _streams(self) -> dict[str, Handler]:
        line = self._line
        streams: dict[str, Handler] = {"reader": line.reader.serve}
        for kind in Kind:
            streams[f"{kind}_printer"] = self._label_printer(kind)
            streams[f"{kind}_reader"] = line.label_readers[kind].serve
        return streams

    def _label_printer(self, kind: Kind) -> Handler:
        line = self._line

        async def serve(stream: ByteStream) -> None:
            session = line.label_printers[kind].session()

            def talk(data: bytes) -> bytes:
                reply = session.feed(data, line.sync())
                line.poke()
                return reply

            await converse(stream, talk)

        return serve


class _PlcBank:
    """The PLC's registers at the present moment."""

    def __init__(self, line: SimulatedLine) -> None:
        self._line = line

    def read(self, address: int, count: int) -> list[int]:
        self._line.sync()
        return self._line.world.read_registers(address, count)

    def write(self, address: int, values: Sequence[int]) -> None:
        self._line.sync()
        self._line.world.write_registers(address, values)
        self._line.poke()
