"""What a ZPL printer tells: identity, errors, label count, variables, alerts."""

import asyncio
import random
import socket
from contextlib import asynccontextmanager

import pytest

from drivers.base import Label, LinkState
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.zebra_zpl.driver import COUNT_S, ZebraZpl
from drivers.printers.zebra_zpl.formats import parse_format
from drivers.transports.addresses import TcpAddress
from simulators.faces import face
from simulators.printers.zebra_zpl import FORMER_LABELS, ZplPrinter

KIND = "zebra_zpl"
FORMAT = parse_format("case", '^XA^FO1,1^BQN,2,6^FN1"code"^FS^XZ')
LABEL = Label(template="case", fields={"code": "A1"})


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return ZebraZpl(
        "zebra",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        formats=[FORMAT],
        **{
            "reply_timeout_s": wires.patience_s(0.5),
            "print_timeout_s": wires.patience_s(1.0),
        }
        | settings,
    )


@pytest.fixture
def bench(running, loop_timers):
    """Context manager: a simulated printer and a running driver on some wires."""

    @asynccontextmanager
    async def made(wires, **settings):
        printer = ZplPrinter(loop_timers(), print_s=0.05)
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address, **settings)
        async with running(driver):
            yield printer, driver

    return made


def shown(driver):
    return {reading.name: reading.value for reading in driver.readings()}


async def test_it_names_itself_and_shows_what_it_says(any_wires, bench):
    async with bench(any_wires, identity="18J161604846") as (printer, driver):
        assert str(driver.identity) == "Zebra ZT410-200dpi 18J161604846 V75.19.15Z"
        assert shown(driver)["label count"] == FORMER_LABELS
        printer.fail(media_out=True, ribbon_out=True, head_open=True)
        printer.warning_flags = 0xA
        await driver.status_of_printer()
        assert shown(driver) == {
            "label count": FORMER_LABELS,
            "media": "out",
            "ribbon": "out",
            "head": "open",
            "paused": "yes",
            "formats waiting": 0,
            "labels remaining": 0,
            "head temperature": "normal",
            "errors": "media out, ribbon out, head open, paused",
            "warnings": "clean print head, paper near end",
            "foreign frames": 0,
        }
        assert set(driver.latency.by_exchange) == {"status"}


def test_another_printer_under_the_address_gets_nothing(
    virtual, memory_wires, loop_timers, running
):
    async def story():
        wires = memory_wires()
        printer = ZplPrinter(loop_timers())
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address, identity="99X000000000")
        async with running(driver, ready=False):
            await asyncio.sleep(20)
            assert driver.session == 0
            assert "settings expect 99X000000000" in driver.status().detail
            assert printer.memory.stored == {}
            with pytest.raises(LinkDown):
                await driver.print_label(LABEL)

    virtual(story())


@pytest.mark.parametrize("more", [0x8, 0x40, 0x4000])
async def test_an_error_that_only_hqes_knows_keeps_labels_back(net_wires, bench, more):
    async with bench(net_wires) as (printer, driver):
        printer.error_flags = more
        fault = (await driver.status_of_printer()).fault
        assert fault in ("cutter fault", "bad head element", "paper feed error")
        with pytest.raises(DeviceFault, match=f"label not sent: {fault}"):
            await driver.print_label(LABEL)
        assert printer.labels == 0
        printer.error_flags = 0
        printer.warning_flags = 8
        await driver.print_label(LABEL)
        assert printer.labels == 1
        assert shown(driver)["warnings"] == "paper near end"


@pytest.mark.parametrize("mistake", [0, 2])
def test_a_label_the_printer_did_not_count_once_is_a_fault(
    virtual, memory_wires, bench, mistake
):
    """F39 begins here: a case number printed twice, or on no label."""

    async def story():
        async with bench(memory_wires()) as (printer, driver):
            await driver.print_label(LABEL)
            assert shown(driver)["label count"] == FORMER_LABELS + 1

            def miscount(_label):
                printer.labels += mistake - 1

            printer.on_label = miscount
            begun_s = now()
            with pytest.raises(
                DeviceFault, match=f"label sent, but the printer counts {mistake} "
            ):
                await driver.print_label(LABEL)
            # A count that only lags is waited for.
            assert (now() - begun_s >= COUNT_S) == (mistake == 0)
            assert driver.status().link is LinkState.READY

    virtual(story())


def test_a_printer_without_count_or_told_not_to_count(virtual, memory_wires, bench):
    async def story(counts, settings):
        async with bench(memory_wires(), **settings) as (printer, driver):
            printer.counts = counts
            printer.on_label = lambda _label: setattr(printer, "labels", 0)
            await driver.print_label(LABEL)

    async def other_make():
        """One that says `?` from the start."""
        async with bench(memory_wires()) as (printer, driver):
            printer.counts = False
            await driver.link._lose(driver.link._wire, "test")
            await driver.link.wait_ready()
            await driver.print_label(LABEL)
            assert await driver.variable("odometer.total_label_count") is None

    virtual(story(counts=True, settings={"counts_labels": False}))
    virtual(other_make())


async def test_variables_are_asked_and_set(any_wires, bench):
    async with bench(any_wires) as (printer, driver):
        assert await driver.variable("media.speed") == "6.0"
        assert await driver.variable("no.such") is None
        await driver.set_variable("media.speed", "4.0")
        assert printer.variables["media.speed"] == "4.0"
        with pytest.raises(DeviceFault, match=r"no\.such is None after setting '1'"):
            await driver.set_variable("no.such", "1")
        for name, value in (('a" "b', "1"), ("media.speed", '4"'), ("A", "1")):
            with pytest.raises(MisuseError):
                await driver.set_variable(name, value)


def test_a_printer_of_another_make_needs_to_answer_only_hs_and_hi(
    virtual, memory_wires, running, loop_timers
):
    async def story():
        wires = memory_wires()
        printer = ZplPrinter(loop_timers(), print_s=0.05)

        async def plain(stream):
            session = printer.session()
            while data := await stream.receive():
                for line in data.splitlines(keepends=True):
                    if line.startswith((b"~HQ", b"! U1")):
                        continue
                    if reply := session.feed(line, now()):
                        await stream.send(reply)

        driver = driver_for(wires, await wires.serve(plain))
        async with running(driver):
            assert driver.identity.serial == ""
            await driver.print_label(LABEL)
            assert printer.labels == 1
            with pytest.raises(DeviceFault, match="does not know Set-Get-Do"):
                await driver.variable("media.speed")
            with pytest.raises(DeviceFault, match="does not know ~HQES"):
                await driver.error_status()
            assert "errors" not in shown(driver)
            assert driver.session == 1

    virtual(story())


async def test_alerts_on_the_serial_port_stand_between_replies(any_wires, bench):
    async with bench(any_wires, alerts="ABEJK") as (printer, driver):
        await driver.status_of_printer()
        assert printer.session().feed(b"~HU", now()).startswith(b"A,A,Y,Y,,0\r\n")
        await driver.print_label(LABEL)
        await driver.status_of_printer()
        assert "PQ JOB COMPLETED" in shown(driver)["last alert"]
        printer.fail(head_open=True)
        status = await driver.status_of_printer()
        assert status.fault == "head open"
        printer.mend(now())
        await driver.print_label(LABEL)
        assert printer.labels == 2
        assert shown(driver)["alerts"] >= 5
        assert driver.foreign_frames == 0
        assert driver.session == 1


def test_alerts_over_the_network_arrive_where_the_printer_was_told(
    virtual, memory_wires, bench
):
    async def story():
        wires = memory_wires()
        at = TcpAddress(host="10.0.0.9", port=9111, listen=True)
        async with bench(wires, alerts="AJ", alert_address=at) as (printer, driver):
            printer.on_dial = dialling(wires.dialer)
            await driver.status_of_printer()
            printer.fail(media_out=True)
            await asyncio.sleep(1)
            # Nobody asked, and it is known already.
            assert (shown(driver)["media"], shown(driver)["paused"]) == ("out", "yes")
            printer.mend(now())
            await asyncio.sleep(1)
            assert (shown(driver)["media"], shown(driver)["paused"]) == ("ok", "no")
            assert shown(driver)["last alert"].startswith("ALERT CLEARED")
            assert driver.status().link is LinkState.READY

    virtual(story())


@pytest.mark.parametrize("net_wires", ["tcp"], indirect=True)
async def test_alerts_over_a_real_socket(running, loop_timers, net_wires, unused_port):
    printer = ZplPrinter(loop_timers(), print_s=0.05)
    address = await net_wires.serve(face(printer.session, now))
    at = TcpAddress(host="127.0.0.1", port=unused_port, listen=True)
    driver = driver_for(net_wires, address, alerts="J", alert_address=at)
    told = []
    async with running(driver):
        await driver.status_of_printer()
        printer.on_dial = lambda *alert: told.append(alert)
        printer.fail()
        ((host, port, data),) = told
        async with asyncio.timeout(30):
            stream = await net_wires.dialer.open_stream(f"tcp://{host}:{port}")
            await stream.send(data)
            while "last alert" not in shown(driver):
                await driver.status_of_printer()
        assert shown(driver)["last alert"].startswith("ALERT: PRINTER PAUSED")
        await stream.close()


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def dialling(dialer):
    """A printer that opens a connection an alert, one after another."""
    lock, tasks = asyncio.Lock(), set()

    async def tell(host, port, data):
        async with lock:
            # The port is listened on again a moment after the last alert.
            await asyncio.sleep(0.3)
            stream = await dialer.open_stream(f"tcp://{host}:{port}")
            await stream.send(data)
            await stream.close()

    def dial(host, port, data):
        task = asyncio.create_task(tell(host, port, data))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return dial


async def test_a_stranger_at_the_alert_port_changes_nothing(
    memory_wires, running, loop_timers
):
    wires = memory_wires()
    printer = ZplPrinter(loop_timers(), print_s=0.05)
    address = await wires.serve(face(printer.session, now))
    at = TcpAddress(host="10.0.0.9", port=9111, listen=True)
    driver = driver_for(wires, address, alerts="A", alert_address=at)
    async with running(driver):
        stream = await wires.dialer.open_stream("tcp://10.0.0.9:9111")
        await stream.send(b"GET / HTTP/1.1\r\n\r\n\x02" + b"9" * 5000 + b'"' * 5000)
        await driver.print_label(LABEL)
        assert "last alert" not in shown(driver)
        assert printer.labels == 1
        await stream.close()
