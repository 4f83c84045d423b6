"""A whole simulated line behind addresses: world, devices, and what goes wrong.

The same object serves both grades: in memory on a virtual clock, and on sockets in
real time. The loop's clock is the only one.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from math import inf

from drivers.transports.base import ByteStream
from simulators.hosting import (
    Handler,
    Host,
    RegisterBank,
    StreamWire,
    Wire,
    converse,
)
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import PlcNodes
from simulators.io.remote_io import BoxBank, RemoteBox
from simulators.line_faults import Interference
from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.readers.text_reader import ITEM_FORMAT, LABEL_FORMAT, TextReader
from simulators.world.bottles import Bottle, Ruin
from simulators.world.faults import FaultPlan
from simulators.world.labels import Label
from simulators.world.plan import LinePlan
from simulators.world.record import Kind, Record
from simulators.world.saved import SavedWorld, dump, restore
from simulators.world.world import Shot, World

Session = Callable[[bytes, float], bytes]


class SimulatedLine:
    """`addresses` after `start`: printer, plc, reader, case_printer, case_reader,
    pallet_printer, pallet_reader.

    `on_shot(item, bottle, mark text, ruin)` is the camera; without one the text
    reader `reader` serves, with `aim` before each payload. `arrives_with` gives
    bottles their codes beforehand (预赋码). `saved` takes up an earlier line. With a
    `box` the line has remote I/O instead of a PLC; its address is still `plc`.
    """

    def __init__(
        self,
        plan: LinePlan | None = None,
        faults: FaultPlan | None = None,
        *,
        rng: random.Random,
        on_shot: Shot | None = None,
        aim: str = "]Q1",
        jet: JetPlan | None = None,
        arrives_with: Callable[[int], str | None] | None = None,
        saved: SavedWorld | None = None,
        box: RemoteBox | None = None,
    ) -> None:
        self.plan = plan or LinePlan()
        self.faults = faults or FaultPlan()
        self.addresses: dict[str, str] = {}
        self.wires: dict[str, Wire] = {}
        self.stream_wires: dict[str, StreamWire] = {}
        self._rng = rng
        self._on_shot = on_shot
        self._aim = aim
        self._jet_plan = jet
        self._arrives_with = arrives_with
        self._saved = saved
        self._box = box
        self._timer: asyncio.TimerHandle | None = None
        self._armed_s = inf
        self._running = False
        self._alarm = asyncio.Event()

    @property
    def record(self) -> Record:
        """What truly happened so far."""
        return self.world.record

    async def start(self, host: Host, devices: Sequence[str] | None = None) -> None:
        """Build the line at the loop's present time and let its devices listen.

        `devices` names those that get an address (None: all but `plc_opcua`, the
        PLC's other face, whose server is slow to start).
        """
        self._loop = asyncio.get_running_loop()
        self._build(self._loop.time())
        if devices is None or "plc" in devices:
            self.wires["plc"] = await host.registers("plc", self._bank())
        if devices is not None and "plc_opcua" in devices:
            nodes = PlcNodes(self._bank())
            self.wires["plc_opcua"] = await host.nodes("plc_opcua", nodes.table)
        for name, handler in self._faces().items():
            if devices is None or name in devices:
                self.stream_wires[name] = await host.stream(name, handler)
        self.wires.update(self.stream_wires)
        self.addresses.update((name, w.address) for name, w in self.wires.items())
        for fault in self.faults.timed:
            Interference(self).schedule(fault)
        if self._saved is not None:
            restore(self.world, self._saved)

    def _build(self, now_s: float) -> None:
        plan, saved = self.plan, self._saved
        self.start_s = now_s
        self.printer = JetPrinter(self._jet_plan, start_s=now_s)
        plc = self._box or Plc(
            gate_mm=plan.gate_mm,
            window_mm=plan.window_mm,
            start_s=now_s,
            boot_id=saved.boot_id % 0xFFFF + 1 if saved else 1,
            watchdog_s=plan.watchdog_s,
        )
        self.world = World(
            plan,
            self._rng,
            plc=plc,
            printer=None if self._arrives_with else self.printer,
            rates=self.faults.rates,
            start_s=now_s,
            arrives_with=self._arrives_with,
        )
        self.world.on_shot = self._on_shot or self._read_bottle
        self.world.on_motion = self._belt_moves
        self.reader = TextReader(ITEM_FORMAT)
        self.label_printers: dict[Kind, ZplPrinter] = {}
        self.label_readers: dict[Kind, TextReader] = {}
        for kind in Kind:
            self.label_printers[kind] = ZplPrinter(self.world.agenda)
            self.label_printers[kind].on_label = partial(self.world.label_printed, kind)
            self.label_readers[kind] = TextReader(LABEL_FORMAT)
        self.world.cases.on_scan = self._read_label
        self.world.pallets.on_scan = self._read_label

    def _bank(self) -> RegisterBank:
        if self._box is None:
            return _PlcBank(self)
        return BoxBank(self._box, self._moment, self._outputs_changed)

    def _moment(self) -> tuple[float, float]:
        now_s = self.sync()
        return now_s, self.world.belt.odometer_mm(now_s)

    def _outputs_changed(self) -> None:
        self.world.refresh()
        self.poke()

    def _faces(self) -> dict[str, Handler]:
        faces: dict[str, Handler] = {
            "printer": self._talk_jet,
            "reader": self.reader.serve,
        }
        for kind in Kind:
            faces[f"{kind}_printer"] = partial(self._talk_zpl, kind)
            faces[f"{kind}_reader"] = self.label_readers[kind].serve
        return faces

    async def run(self) -> None:
        """Let time pass until cancelled."""
        self._running = True
        try:
            while True:
                self.poke()
                await self._alarm.wait()
                self._alarm.clear()
                self._armed_s = inf
                self.sync()
        finally:
            self._running = False
            self._armed_s = inf
            if self._timer is not None:
                self._timer.cancel()

    def dump(self) -> bytes:
        """The line as JSON; `simulators.world.saved.parse` reads it."""
        self.sync()
        return dump(self.world)

    # Time.

    def sync(self) -> float:
        """Bring the world up to the loop's present time, and say it."""
        now_s = self._loop.time()
        self.world.advance(now_s)
        return now_s

    def poke(self) -> None:
        """Something outside changed the world: look again when to wake."""
        next_s = self.world.next_wake_s()
        if not self._running or next_s >= self._armed_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_s = next_s
        self._timer = self._loop.call_at(next_s, self._alarm.set)

    # What the world does to the devices.

    def _belt_moves(self, moving: bool) -> None:
        self.printer.belt_mm_s = self.plan.speed_mm_s if moving else 0

    def _read_bottle(
        self, item: int, _bottle: Bottle | None, text: str | None, ruin: Ruin | None
    ) -> None:
        payload = None if ruin else text

        def push(_now_s: float) -> None:
            self.reader.read(payload, aim=self._aim, item=item)

        self.world.agenda.at(self.world.now_s + self.plan.read_delay_s, push)

    def _read_label(self, kind: Kind, label: Label | None) -> bool:
        reader = self.label_readers[kind]
        if label is None:
            return reader.read(None)
        return reader.read(label.text, aim=label.aim)

    # What the network does to the devices.

    async def _talk_jet(self, stream: ByteStream) -> None:
        await self._talk(stream, self.printer.session().feed)

    async def _talk_zpl(self, kind: Kind, stream: ByteStream) -> None:
        await self._talk(stream, self.label_printers[kind].session().feed)

    async def _talk(self, stream: ByteStream, session: Session) -> None:
        def talk(data: bytes) -> bytes:
            reply = session(data, self.sync())
            self.poke()
            return reply

        await converse(stream, talk)


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
