"""What single devices on a port have in common: where they listen, what they show."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from simulators.catalogue import LineReader
from simulators.cli.serving import say
from simulators.hosting import Handler, LoopbackHost
from simulators.pty_host import PtyDevice
from simulators.world.bottles import Bottle, Ruin
from simulators.world.labels import Label

OnPty = Annotated[
    bool, typer.Option("--pty", help="A pseudo terminal instead of a TCP port.")
]


async def host_stream(
    stack: AsyncExitStack, name: str, port: int, face: Handler, *, pty: bool
) -> None:
    """Have it listen until `stack` ends, and say where."""
    if pty:
        device = await stack.enter_async_context(PtyDevice(face))
        say(f"{name} at {device.path}")
        return
    host = LoopbackHost({name: port})
    stack.push_async_callback(host.close)
    wire = await host.stream(name, face)
    say(f"{name} at {wire.address}")


def tell_read(device: LineReader, text: str, aim: str) -> None:
    """A line that was typed: a read, or nothing legible."""
    item = device.reads + 1
    if not device.read(text or None, aim=aim, item=item):
        say("nobody was told")


def each_line(act: Callable[[str], None]) -> None:
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


def show_label(label: Label) -> None:
    """A label as JSON."""
    shown = {
        "template": label.template,
        "fields": dict(label.fields),
        "text": label.text,
        "aim": label.aim,
    }
    typer.echo(json.dumps(shown, ensure_ascii=False))


def show_shot(
    item: int, _bottle: Bottle | None, text: str | None, ruin: Ruin | None
) -> None:
    """One trigger of the camera."""
    typer.echo(f"{item}\t{text or ''}\t{ruin or ''}")


def now_s() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


class LoopTimers:
    """Timers on the running loop."""

    def at(self, when_s: float, action: Callable[[float], None]) -> None:
        """As `Timers` says."""
        asyncio.get_running_loop().call_at(when_s, action, when_s)
