"""One simulated device on a port, for engineers with `nc` or `mbpoll`.

What a device puts out (prints, labels, gate outcomes) goes to stdout, one a line.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from drivers.transports.base import ByteStream
from simulators.cli.serving import say, serve
from simulators.hosting import Handler, LoopbackHost, converse
from simulators.line import SimulatedLine
from simulators.printers.leibinger_jet import JetPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.pty_host import PtyDevice
from simulators.readers.text_reader import ITEM_FORMAT, LABEL_FORMAT, TextReader
from simulators.world.bottles import Bottle, Ruin
from simulators.world.labels import Label
from simulators.world.plan import LinePlan

Port = Annotated[int, typer.Option(help="TCP port; 0 takes any free one.")]
OnPty = Annotated[
    bool, typer.Option("--pty", help="A pseudo terminal instead of a TCP port.")
]


def jet(
    port: Port = 3000,
    every: Annotated[
        float, typer.Option(help="Seconds between products; 0: none pass.")
    ] = 1.0,
    pty: OnPty = False,
) -> None:
    """Leibinger JET inkjet printer (JET3 text protocol). Prints go to stdout."""

    async def device() -> None:
        printer = JetPrinter(start_s=_now_s())

        async def face(stream: ByteStream) -> None:
            session = printer.session()
            await converse(stream, lambda data: session.feed(data, _now_s()))

        async with AsyncExitStack() as stack:
            await _host(stack, "jet", port, face, pty=pty)
            while True:
                await asyncio.sleep(every or 3600)
                text = printer.product_trigger(_now_s()) if every else None
                if text is not None:
                    typer.echo(text)

    serve(device)


def zpl(port: Port = 9100, pty: OnPty = False) -> None:
    """ZPL II label printer. Labels go to stdout as JSON."""

    async def device() -> None:
        printer = ZplPrinter(_LoopTimers())
        printer.on_label = _show_label

        async def face(stream: ByteStream) -> None:
            session = printer.session()
            await converse(stream, lambda data: session.feed(data, _now_s()))

        async with AsyncExitStack() as stack:
            await _host(stack, "zpl", port, face, pty=pty)
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
            LinePlan(watchdog_s=watchdog), rng=random.Random(seed), on_shot=_show_shot
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
            await _host(stack, "reader", port, device.serve, pty=pty)
            _each_line(lambda text: _read(device, text, aim))
            await asyncio.Event().wait()

    serve(device)


async def _host(
    stack: AsyncExitStack, name: str, port: int, face: Handler, *, pty: bool
) -> None:
    if pty:
        device = await stack.enter_async_context(PtyDevice(face))
        say(f"{name} at {device.path}")
        return
    host = LoopbackHost({name: port})
    stack.push_async_callback(host.close)
    wire = await host.stream(name, face)
    say(f"{name} at {wire.address}")


def _read(device: TextReader, text: str, aim: str) -> None:
    item = device.reads + 1
    if not device.read(text or None, aim=aim, item=item):
        say("nobody is connected: lost")


def _each_line(act: Callable[[str], None]) -> None:
    """`act` on every line of stdin as it is typed; a file is taken at once."""
    descriptor = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    pending = bytearray()

    def arrived() -> None:
        data = os.read(descriptor, 4096)
        if not data:
            loop.remove_reader(descriptor)
        pending.extend(data)
        while b"\n" in pending:
            line, _, rest = pending.partition(b"\n")
            pending[:] = rest
            act(line.decode())

    try:
        loop.add_reader(descriptor, arrived)
    except PermissionError:  # a file cannot be waited for, and need not be
        for line in sys.stdin:
            act(line.rstrip("\n"))


def _show_label(label: Label) -> None:
    shown = {
        "template": label.template,
        "fields": dict(label.fields),
        "text": label.text,
        "aim": label.aim,
    }
    typer.echo(json.dumps(shown, ensure_ascii=False))


def _show_shot(
    item: int, _bottle: Bottle | None, text: str | None, ruin: Ruin | None
) -> None:
    typer.echo(f"{item}\t{text or ''}\t{ruin or ''}")


def _now_s() -> float:
    return asyncio.get_running_loop().time()


class _LoopTimers:
    """Timers on the running loop."""

    def at(self, when_s: float, action: Callable[[float], None]) -> None:
        asyncio.get_running_loop().call_at(when_s, action, when_s)
