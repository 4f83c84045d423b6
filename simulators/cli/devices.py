"""One simulated device on a port, for engineers with `nc` or `mbpoll`.

What a device puts out (prints, labels, gate outcomes) goes to stdout, one a line.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from drivers.transports.base import ByteStream
from simulators.cli.serving import say, serve
from simulators.cli.standing import (
    LoopTimers,
    OnPty,
    each_line,
    host_stream,
    now_s,
    show_label,
    show_shot,
    tell_read,
)
from simulators.hosting import LoopbackHost, converse
from simulators.line import SimulatedLine
from simulators.printers.leibinger_jet import JetPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.readers.text_reader import ITEM_FORMAT, LABEL_FORMAT, TextReader
from simulators.world.plan import LinePlan

Port = Annotated[int, typer.Option(help="TCP port; 0 takes any free one.")]


def jet(
    port: Port = 3000,
    every: Annotated[
        float, typer.Option(help="Seconds between products; 0: none pass.")
    ] = 1.0,
    pty: OnPty = False,
) -> None:
    """Leibinger JET inkjet printer (JET3 text protocol). Prints go to stdout."""

    async def device() -> None:
        printer = JetPrinter(start_s=now_s())

        async def face(stream: ByteStream) -> None:
            session = printer.session()
            await converse(stream, lambda data: session.feed(data, now_s()))

        async with AsyncExitStack() as stack:
            await host_stream(stack, "jet", port, face, pty=pty)
            while True:
                await asyncio.sleep(every or 3600)
                text = printer.product_trigger(now_s()) if every else None
                if text is not None:
                    typer.echo(text)

    serve(device)


def zpl(port: Port = 9100, pty: OnPty = False) -> None:
    """ZPL II label printer. Labels go to stdout as JSON."""

    async def device() -> None:
        printer = ZplPrinter(LoopTimers())
        printer.on_label = show_label

        async def face(stream: ByteStream) -> None:
            session = printer.session()
            await converse(stream, lambda data: session.feed(data, now_s()))

        async with AsyncExitStack() as stack:
            await host_stream(stack, "zpl", port, face, pty=pty)
            await asyncio.Event().wait()

    serve(device)


def plc(
    port: Port = 5020,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    watchdog: Annotated[
        float, typer.Option(help="Seconds the agent's heartbeat may stand still.")
    ] = 0.5,
) -> None:
    """PLC with belt, trigger and gate (line I/O map 1, Modbus TCP, unit 1).

    Set register 102 to 1 and keep changing 101: bottles run. Each camera shot goes
    to stdout with its item number.
    """

    async def device() -> None:
        host = LoopbackHost({"plc": port})
        line = SimulatedLine(
            LinePlan(watchdog_s=watchdog), rng=random.Random(seed), on_shot=show_shot
        )
        try:
            await line.start(host, devices=("plc",))
            say(f"plc at {line.addresses['plc']}")
            await line.run()
        finally:
            await host.close()

    serve(device)


def reader(
    port: Port = 2001,
    items: Annotated[
        bool, typer.Option("--items", help="Put a rising item number before each read.")
    ] = False,
    aim: Annotated[
        str, typer.Option(help="Symbology identifier before each payload.")
    ] = "]Q1",
    pty: OnPty = False,
) -> None:
    """Fixed text reader. Each line typed is a read; an empty line is a no-read."""

    async def device() -> None:
        device = TextReader(ITEM_FORMAT if items else LABEL_FORMAT)
        async with AsyncExitStack() as stack:
            await host_stream(stack, "reader", port, device.serve, pty=pty)
            each_line(lambda text: tell_read(device, text, aim))
            await asyncio.Event().wait()

    serve(device)
