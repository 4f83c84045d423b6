"""The ZPL driver against the simulated printer, over memory, TCP and a pty."""

import asyncio
import random

import pytest

from drivers.base import Label, LinkState
from drivers.errors import DeviceFault, MisuseError
from drivers.printers.zebra_zpl.driver import ZebraZpl
from drivers.printers.zebra_zpl.formats import BUILT_IN, parse_format
from drivers.printers.zebra_zpl.messages import PrinterError
from simulators.printers.zebra_zpl import ZplPrinter

KIND = "zebra_zpl"

SSCC = "00061414112345678908"
FORMATS = [
    parse_format(name, zpl, slot=slot)
    for slot, (name, zpl) in enumerate(BUILT_IN.items(), 1)
]


def label(template="gs1_128", code=SSCC, product="Water 500 ml"):
    return Label(
        template=template,
        fields={"code": code, "product": product, "batch": "L42", "number": "7"},
    )


def driver_for(wires, address):
    return ZebraZpl(
        "zebra",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        formats=FORMATS,
        reply_timeout_s=wires.patience_s(0.5),
        print_timeout_s=wires.patience_s(1.0),
    )


@pytest.fixture
async def bench(any_wires, running, serving, loop_timers):
    """A simulated printer, its labels, and a running driver."""
    printer = ZplPrinter(loop_timers(), print_s=0.05)
    out = []
    printer.on_label = out.append
    address = await any_wires.serve(serving(printer.session))
    driver = driver_for(any_wires, address)
    async with running(driver):
        yield printer, out, driver


def now():
    return asyncio.get_running_loop().time()


async def test_link_up_names_the_printer_and_stores_the_formats(bench):
    printer, _, driver = bench
    assert driver.identity.model == "ZT410-200dpi"
    await driver.status_of_printer()  # the formats went before this question
    assert list(printer.memory.stored) == [f.stored_name for f in FORMATS]
    assert driver.session == 1
    assert driver.foreign_frames == 0


@pytest.mark.parametrize(
    ("template", "code", "text", "aim"),
    [
        ("gs1_128", SSCC, SSCC, "]C1"),
        ("gs1_128", "0106141411\x1d10AB", "0106141411\x1d10AB", "]C1"),
        ("code128", "A>B~C^D", "A>B~C^D", "]C0"),
        ("qr", "https://example.com/a_b?c=~^", "https://example.com/a_b?c=~^", "]Q1"),
        ("datamatrix", "A_B__C", "A_B__C", "]d1"),
        ("gs1_datamatrix", "0106\x1d21A_B", "0106\x1d21A_B", "]d2"),
    ],
)
async def test_the_label_carries_exactly_the_code(bench, template, code, text, aim):
    printer, out, driver = bench
    await driver.print_label(label(template, code, product="啤酒 ^~_"))
    assert [(made.text, made.aim) for made in out] == [(text, aim)]
    assert "啤酒 ^~_" in out[0].fields.values()
    assert printer.waiting == 0


async def test_a_label_is_out_when_the_call_returns(bench):
    printer, out, driver = bench
    for count in (1, 2, 3):
        await driver.print_label(label())
        assert len(out) == count
    assert printer.labels == 3


@pytest.mark.parametrize("cause", ["media_out", "ribbon_out", "head_open"])
async def test_a_printer_in_trouble_gets_no_label(bench, cause):
    printer, out, driver = bench
    printer.fail(**{cause: True})
    status = await driver.status_of_printer()
    assert status.fault
    with pytest.raises(DeviceFault, match="label not sent: "):
        await driver.print_label(label())
    assert PrinterError.PAUSED in (await driver.error_status()).errors
    printer.mend(now())
    await driver.print_label(label())
    assert len(out) == 1


async def test_trouble_while_printing_is_told_apart(bench):
    printer, out, driver = bench
    # Trouble begins as the label is sent: its format arrives at a stopped printer.
    driver.tap.watch(
        lambda frame: b"^XF" in frame.data and printer.fail(media_out=True)
    )
    with pytest.raises(DeviceFault, match="label sent, but paper out"):
        await driver.print_label(label())
    assert (await driver.status_of_printer()).waiting == 1
    await driver.cancel_all()
    assert (await driver.status_of_printer()).waiting == 0
    printer.mend(now())
    assert out == []
    assert driver.status().link is LinkState.READY


async def test_mistakes_are_refused_before_a_byte_leaves(bench):
    _, out, driver = bench
    sent = len(driver.tap.frames())
    for wrong in (
        label("no_such"),
        label(code=""),
        label(code="not gs1"),
        Label(template="qr", fields={"code": "A"}),
    ):
        with pytest.raises(MisuseError):
            await driver.print_label(wrong)
    assert len(driver.tap.frames()) == sent
    assert out == []


def test_a_label_that_does_not_come_out_is_a_fault(
    virtual, memory_wires, running, serving, loop_timers
):
    async def story():
        wires = memory_wires()
        printer = ZplPrinter(loop_timers(), print_s=30)
        driver = driver_for(wires, await wires.serve(serving(printer.session)))
        async with running(driver):
            with pytest.raises(DeviceFault, match="label sent, but 1 still to print"):
                await driver.print_label(label())
            assert driver.status().link is LinkState.READY

    virtual(story())


@pytest.mark.parametrize("size", [1, 3, 50])
def test_answers_in_pieces(virtual, memory_wires, running, serving, loop_timers, size):
    async def story():
        wires = memory_wires()
        printer = ZplPrinter(loop_timers())
        wires.dialer.listen(
            "tcp://zebra:9100",
            serving(printer.session),
            lambda data: [data[n : n + size] for n in range(0, len(data), size)],
        )
        driver = driver_for(wires, "tcp://zebra:9100")
        async with running(driver):
            await driver.print_label(label())
            assert printer.labels == 1

    virtual(story())
