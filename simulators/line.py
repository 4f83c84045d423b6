"""A whole simulated line behind addresses: world, devices, and what goes wrong.

The same object serves both grades: in memory on a virtual clock, and on sockets in
real time. The loop's clock is the only one.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from math import inf

from simulators.catalogue import LineChoice, LineReader
from simulators.catalogue.printers import Built, Site
from simulators.hosting import Host, StreamWire, Wire
from simulators.io.line_io import Plc
from simulators.io.remote_io import RemoteBox
from simulators.line_faces import Faces
from simulators.line_faults import Interference
from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.world.bottles import Bottle, Ruin
from simulators.world.faults import FaultPlan
from simulators.world.labels import Label
from simulators.world.plan import LinePlan
from simulators.world.record import Kind, Record
from simulators.world.saved import SavedWorld, dump, restore
from simulators.world.world import LineControl, Shot, World


class SimulatedLine:
    """`addresses` after `start`: printer, plc, reader, case_printer, case_reader,
    pallet_printer, pallet_reader.

    `on_shot(item, bottle, mark text, ruin)` is the camera; without one the text
    reader `reader` serves, with `aim` before each payload. `arrives_with` gives
    bottles their codes beforehand (预赋码). `saved` takes up an earlier line. `choice`
    names the devices; `jet` and `box` give a Leibinger printer or remote I/O of one's
    own. Whatever controls the line has the address `plc`.
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
        choice: LineChoice | None = None,
    ) -> None:
        self.plan = plan or LinePlan()
        self.faults = faults or FaultPlan()
        self.choice = choice or LineChoice()
        self.addresses: dict[str, str] = {}
        self.wires: dict[str, Wire] = {}
        self.stream_wires: dict[str, StreamWire] = {}
        self._rng = rng
        self._on_shot = on_shot
        self._aim = aim
        self._jet_plan = jet
        self._arrives_with = arrives_with
        self._saved = saved
        build_box = self.choice.control.box
        self.box = box or (build_box() if build_box else None)
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
        faces = Faces(self, host)
        await faces.listen(devices)
        self.wires.update(faces.wires)
        self.stream_wires.update(faces.stream_wires)
        self.addresses.update((name, w.address) for name, w in self.wires.items())
        for fault in self.faults.timed:
            Interference(self).schedule(fault)
        if self._saved is not None:
            restore(self.world, self._saved)

    def _build(self, now_s: float) -> None:
        self.start_s = now_s
        self.world = World(
            self.plan,
            self._rng,
            plc=self._control(now_s),
            rates=self.faults.rates,
            start_s=now_s,
            arrives_with=self._arrives_with,
        )
        self.built_printer = self._print(now_s)
        self.printer = self.built_printer.device
        self.world.on_time = self._jet_plan is None and self.choice.unit_printer.tells
        if self._arrives_with is None:
            self.world.printer = self.printer
        self.world.on_shot = self._on_shot or self._read_bottle
        self.world.on_motion = self._belt_moves
        self.reader: LineReader = self.choice.unit_reader.build()
        self.label_printers: dict[Kind, ZplPrinter] = {}
        self.label_readers: dict[Kind, LineReader] = {}
        for kind in Kind:
            self.label_printers[kind] = ZplPrinter(self.world.agenda)
            self.label_printers[kind].on_label = partial(self.world.label_printed, kind)
            self.label_readers[kind] = self.choice.label_reader.build()
        self.world.cases.on_scan = self._read_label
        self.world.pallets.on_scan = self._read_label

    def _control(self, now_s: float) -> LineControl:
        if self.box is not None:
            return self.box
        saved = self._saved
        return Plc(
            gate_mm=self.plan.gate_mm,
            window_mm=self.plan.window_mm,
            start_s=now_s,
            boot_id=saved.boot_id % 0xFFFF + 1 if saved else 1,
            watchdog_s=self.plan.watchdog_s,
        )

    def _print(self, now_s: float) -> Built:
        if self._jet_plan is not None:
            jet = JetPrinter(self._jet_plan, start_s=now_s)
            return Built(device=jet, session=jet.session)
        site = Site(now_s=self.sync, timers=self.world.agenda, start_s=now_s)
        return self.choice.unit_printer.build(site)

    @property
    def received(self) -> list[str]:
        """Every code the bottle printer was ever sent, taken or not."""
        return self.choice.unit_printer.codes(self.printer.received)

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
