"""The whole simulated line in virtual time, through its addresses only."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from drivers.transports.base import ByteStream, RegisterClient
from drivers.transports.memory import MemoryNetwork
from simulators.bench.virtual_time import run_virtual
from simulators.hosting import MemoryHost
from simulators.line import SimulatedLine
from simulators.world.faults import (
    FaultPlan,
    Hazard,
    LabelStock,
    LinkCut,
    MachineFault,
    PlcReboot,
    PowerCycle,
    PrinterPower,
    PrinterSlip,
    Rates,
    Silence,
    Slip,
    random_faults,
)
from simulators.world.plan import LinePlan
from simulators.world.saved import parse


class Site:
    """A line on a memory network, and a simple client of each device."""

    def __init__(self, line: SimulatedLine) -> None:
        self.network = MemoryNetwork()
        self.line = line
        self.command = 1
        self.reads: list[bytes] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        await self.line.start(MemoryHost(self.network))
        self.spawn(self.line.run())

    def spawn(self, work: Awaitable[None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))  # type: ignore[arg-type]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.network.close()

    async def plc(self) -> RegisterClient:
        return await self.network.open_registers(self.line.addresses["plc"])

    async def stream(self, name: str) -> ByteStream:
        return await self.network.open_stream(self.line.addresses[name])

    async def beat(self) -> None:
        """Keep the heartbeat going, whatever happens to the link."""
        number = 0
        while True:
            with suppress(OSError):
                registers = await self.plc()
                while True:
                    number = (number + 1) % 65536
                    values = [7, number, self.command, 0]
                    await registers.write_holding(100, values)
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)

    async def judge(self) -> None:
        """Pass every item the reader could read."""
        registers = await self.plc()
        reader = await self.stream("reader")
        pending = b""
        while data := await reader.receive():
            *frames, pending = (pending + data).split(b"\r")
            for frame in frames:
                self.reads.append(frame)
                item = int(frame.partition(b";")[0])
                verdict = 2 if frame.endswith(b"NOREAD") else 1
                value = item % 16384 * 4 + verdict
                await registers.write_holding(128 + item % 64, [value])

    async def print_codes(self, count: int = 250) -> ByteStream:
        """Load the printer and start it."""
        wire = await self.stream("printer")
        lines = "".join(f"^0=MR{n}\tC{n:05d}\r" for n in range(1, count + 1))
        await wire.send(f"{lines}^0!GO\r".encode())
        return wire


def on_site(
    story: Callable[[Site], Awaitable[None]],
    *,
    plan: LinePlan | None = None,
    faults: FaultPlan | None = None,
    seed: int = 1,
) -> Site:
    """Play `story` on a line in virtual time."""

    async def play() -> Site:
        line = SimulatedLine(plan, faults, rng=random.Random(seed))
        site = Site(line)
        await site.open()
        try:
            await story(site)
        finally:
            await site.close()
        return site

    return run_virtual(play())


async def produce(site: Site, seconds: float = 10) -> None:
    await site.print_codes()
    site.spawn(site.judge())
    site.spawn(site.beat())
    await asyncio.sleep(seconds)


def test_addresses_name_every_device() -> None:
    async def story(_site: Site) -> None:
        return

    site = on_site(story)
    assert list(site.line.addresses) == [
        "plc",
        "printer",
        "reader",
        "case_printer",
        "case_reader",
        "pallet_printer",
        "pallet_reader",
    ]
    assert site.line.addresses["plc"].startswith("modbus://")


def test_bottles_go_through_by_registers_and_frames_alone() -> None:
    site = on_site(produce, plan=LinePlan(bottles=50))
    assert [code for _, code in site.line.record.passed()] == [
        f"C{n:05d}" for n in range(1, 51)
    ]
    assert site.reads[:2] == [b"1;]Q1C00001", b"2;]Q1C00002"]


def test_a_frame_comes_30_ms_after_its_shot() -> None:
    times: list[float] = []

    async def story(site: Site) -> None:
        await site.print_codes()
        site.spawn(site.beat())
        reader = await site.stream("reader")
        await reader.receive()
        times.append(asyncio.get_running_loop().time())
        bottle = site.line.record.bottles[0]
        times.append((bottle.trigger_mm + 400) / 1000)

    on_site(story)
    read_s, shot_s = times
    assert read_s - shot_s == pytest.approx(0.03)


def test_pictures_are_taken_on_time_though_nobody_looks() -> None:
    late_s: list[float] = []

    async def play() -> None:
        loop = asyncio.get_running_loop()
        line = SimulatedLine(
            LinePlan(watchdog_s=1000),
            rng=random.Random(1),
            on_shot=lambda *_shot: late_s.append(loop.time() - line.world.now_s),
        )
        network = MemoryNetwork()
        await line.start(MemoryHost(network))
        running = asyncio.create_task(line.run())
        registers = await network.open_registers(line.addresses["plc"])
        await registers.write_holding(100, [7, 1, 1, 0])
        await asyncio.sleep(20)
        running.cancel()
        await asyncio.wait([running])

    run_virtual(play())
    assert len(late_s) > 150
    assert max(late_s) < 1e-6


def test_no_print_is_a_no_read() -> None:
    async def story(site: Site) -> None:
        site.spawn(site.judge())
        site.spawn(site.beat())
        await asyncio.sleep(3)

    site = on_site(story, plan=LinePlan(bottles=3))
    assert site.reads == [b"1;NOREAD", b"2;NOREAD", b"3;NOREAD"]
    assert site.line.record.counts().rejected == 3


def test_the_same_seed_gives_the_same_bytes() -> None:
    faults = random_faults(random.Random(3), span_s=15, events=6)

    async def story(site: Site) -> None:
        await produce(site, 30)

    first, second = (on_site(story, faults=faults) for _ in range(2))
    assert first.line.dump() == second.line.dump()
    assert first.reads == second.reads
    other = on_site(story, faults=faults, seed=2)
    assert other.line.dump() != first.line.dump()


def test_a_printed_label_reaches_its_case_and_its_reader() -> None:
    seen: list[bytes] = []

    async def story(site: Site) -> None:
        labeller = await site.stream("case_printer")
        reader = await site.stream("case_reader")
        await labeller.send(b"^XA^BCN,100,N,N,N^FD>;>80012345678^FS^XZ")
        await produce(site, 6)
        seen.append(await reader.receive())

    on_site(story, plan=LinePlan(bottles=24))
    assert seen == [b"]C10012345678\r\n"]


@pytest.mark.parametrize("mode", PowerCycle)
def test_a_power_cycle_breaks_the_link_and_refuses_until_power_is_back(
    mode: PowerCycle,
) -> None:
    async def story(site: Site) -> None:
        wire = await site.print_codes(20)
        await asyncio.sleep(1.5)
        assert await wire.receive() == b""
        with pytest.raises(ConnectionRefusedError):
            await site.stream("printer")
        await asyncio.sleep(3)
        wire = await site.stream("printer")
        await wire.send(b"^0?RS\r")
        assert (await wire.receive()).startswith(b"^0=RS0\t2\t0")
        await asyncio.sleep(4)
        await wire.send(b"^0?RS\r")
        assert (await wire.receive()).startswith(b"^0=RS2\t5\t0")

    power = PrinterPower(at_s=1.0, mode=mode, off_s=3.0)
    on_site(story, faults=FaultPlan(timed=(power,)))


def test_a_printer_that_skips_shifts_every_later_code() -> None:
    slip = PrinterSlip(at_s=2.0, slip=Slip.SKIP)
    site = on_site(produce, plan=LinePlan(bottles=40), faults=FaultPlan(timed=(slip,)))
    codes = [code for _, code in site.line.record.passed()]
    assert codes[0] == "C00001"
    assert codes[-1] == "C00041"
    assert len(set(codes)) == 40


def test_a_silent_plc_neither_hears_nor_answers_and_stops_the_line() -> None:
    async def story(site: Site) -> None:
        await produce(site, 4.0)
        registers = await site.plc()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(registers.read_holding(0, 1), 0.3)
        assert site.line.world.plc.needs_reset
        await asyncio.sleep(1)
        assert (await registers.read_holding(0, 1)) == (1,)

    silence = Silence(at_s=3.0, device="plc", for_s=2.0)
    on_site(story, faults=FaultPlan(timed=(silence,)))


def test_a_silent_printer_swallows_what_it_is_sent() -> None:
    async def story(site: Site) -> None:
        wire = await site.stream("printer")
        await asyncio.sleep(1.5)
        await wire.send(b"^0=MR1\tA\r^0?SM\r")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.receive(), 0.3)
        await asyncio.sleep(1)
        await wire.send(b"^0?SM\r")
        assert (await wire.receive()).startswith(b"^0=SM256\t0\t")

    silence = Silence(at_s=1.0, device="printer", for_s=1.0)
    on_site(story, faults=FaultPlan(timed=(silence,)))


def test_a_cut_reader_link_loses_reads_and_counts_them() -> None:
    async def story(site: Site) -> None:
        await produce(site, 4)
        with pytest.raises(ConnectionRefusedError):
            await site.stream("reader")
        await asyncio.sleep(2)
        await site.stream("reader")

    cut = LinkCut(at_s=3.0, device="reader", for_s=2.0)
    site = on_site(story, faults=FaultPlan(timed=(cut,)))
    assert site.line.reader.lost >= 15
    assert site.line.record.counts().rejected >= 15


def test_a_plc_reboot_shows_another_boot_id() -> None:
    boots: list[int] = []

    async def story(site: Site) -> None:
        await produce(site, 1)
        registers = await site.plc()
        boots.extend(await registers.read_holding(1, 1))
        await asyncio.sleep(2)
        boots.extend(await registers.read_holding(1, 1))

    on_site(story, faults=FaultPlan(timed=(PlcReboot(at_s=2.0),)))
    assert boots == [1, 2]


def test_a_machine_fault_ends_when_its_time_is_over() -> None:
    fault = MachineFault(at_s=2.0, hazard=Hazard.NO_AIR, for_s=3.0)
    moved: list[bool] = []

    async def story(site: Site) -> None:
        await produce(site, 3)
        moved.append(site.line.world.belt.moving)
        await asyncio.sleep(3)
        moved.append(site.line.world.belt.moving)

    on_site(story, faults=FaultPlan(timed=(fault,)))
    assert moved == [False, True]


def test_a_label_printer_out_of_labels_prints_once_they_are_loaded() -> None:
    async def story(site: Site) -> None:
        labeller = await site.stream("case_printer")
        await asyncio.sleep(1.5)
        await labeller.send(b"^XA^FO1,1^FDx^FS^XZ~HS")
        assert (await labeller.receive()).startswith(b"\x02030,1,1,")
        assert not site.line.world.cases.labels
        await asyncio.sleep(4)
        assert len(site.line.world.cases.labels) == 1

    stock = LabelStock(at_s=1.0, device="case_printer", for_s=2.0)
    on_site(story, faults=FaultPlan(timed=(stock,)))


def test_a_saved_line_goes_on_with_another_boot_id() -> None:
    first = on_site(produce, plan=LinePlan(bottles=30))
    saved = parse(first.line.dump())

    async def play() -> SimulatedLine:
        line = SimulatedLine(rng=random.Random(1), saved=saved)
        await line.start(MemoryHost(MemoryNetwork()))
        return line

    again = run_virtual(play())
    assert again.record.counts() == first.line.record.counts()
    assert again.world.plc.boot_id == 2


def test_codes_may_come_with_the_bottles() -> None:
    async def play() -> SimulatedLine:
        line = SimulatedLine(
            LinePlan(bottles=5),
            rng=random.Random(1),
            arrives_with=lambda number: f"P{number}",
        )
        site = Site(line)
        await site.open()
        await produce(site, 4)
        await site.close()
        return line

    line = run_virtual(play())
    assert [code for _, code in line.record.passed()] == ["P1", "P2", "P3", "P4", "P5"]


def test_random_faults_are_a_plan_of_the_seed() -> None:
    plans = [random_faults(random.Random(seed), 100) for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]
    times = [fault.at_s for fault in plans[0].timed]
    assert times == sorted(times)


@pytest.mark.parametrize("rates", [{"smeared": 0.7, "blank": 0.7}, {"slips": -0.1}])
def test_impossible_rates_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Rates(**rates)


def test_an_error_in_the_world_comes_out_of_run() -> None:
    async def play() -> None:
        line = SimulatedLine(rng=random.Random(1))
        await line.start(MemoryHost(MemoryNetwork()))

        def fail(_now_s: float) -> None:
            raise RuntimeError("broken world")

        line.world.agenda.at(1.0, fail)
        await line.run()

    with pytest.raises(RuntimeError, match="broken world"):
        run_virtual(play())


def test_a_fragmenting_device_sends_every_byte_by_itself() -> None:
    pieces: list[bytes] = []

    async def story(site: Site) -> None:
        wire = await site.stream("printer")
        site.line.stream_wires["printer"].fragment(on=True)
        await wire.send(b"^0?JL\r")
        while not pieces or pieces[-1] != b"\r":
            pieces.append(await wire.receive())

    on_site(story)
    assert b"".join(pieces) == b"^0=JL\\FFSDISK\\JOBS\\line.job\r"
    assert {len(piece) for piece in pieces} == {1}
