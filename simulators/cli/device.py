"""`line-sim device KIND`: any simulated device alone on a port or a serial line."""

import asyncio
import difflib
import random
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated

import typer

from simulators.catalogue import (
    CONTROLS,
    NOT_ON_THE_LINE,
    PACKING_READERS,
    PRINTERS,
    READERS,
    LineChoice,
    LineReader,
)
from simulators.catalogue.printers import Built, Site
from simulators.cli import devices
from simulators.cli.serving import say, serve
from simulators.cli.standing import (
    LoopTimers,
    OnPty,
    each_line,
    host_stream,
    now_s,
    show_shot,
    tell_read,
)
from simulators.faces import face
from simulators.hosting import LoopbackHost, RegisterBank
from simulators.line import SimulatedLine
from simulators.line_faces import Faces
from simulators.modbus_rtu import RtuLine
from simulators.readers.talking import PushingReader

KINDS = (*PRINTERS, "zebra_zpl", *PACKING_READERS, *CONTROLS)
HAVE_NO_PORT = {
    "opencv_camera": "pictures come as files; line-sim demo writes such a folder",
    **NOT_ON_THE_LINE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a device shall listen, and what happens in front of it."""

    port: int
    pty: bool
    every_s: float
    scene: str
    items: bool


def device(  # noqa: PLR0917  each is an option of the command
    kind: Annotated[str, typer.Argument(help="which; without it: all there are")] = "",
    port: devices.Port = 0,
    pty: OnPty = False,
    every: Annotated[
        float, typer.Option(help="printers: seconds between products; 0: none pass")
    ] = 1.0,
    scene: Annotated[
        str, typer.Option(help="readers: what a look finds that a command began")
    ] = "010690123456789221SIM0000001",
    items: Annotated[
        bool, typer.Option("--items", help="readers: a rising item number before each")
    ] = False,
) -> None:
    """One simulated device, for nc, mbpoll and the like. 单个设备

    Prints and camera shots go to stdout. Readers: each line typed is a read, an empty
    line a no-read. Line I/O comes with its belt. Ctrl-C ends it.
    """
    if not kind:
        typer.echo("\n".join(KINDS))
        return
    place = Place(port=port, pty=pty, every_s=every, scene=scene, items=items)
    if kind == "zebra_zpl":
        devices.zpl(port=port, pty=pty)
    else:
        serve(lambda: standing(kind, place))


def standing(kind: str, place: Place) -> Coroutine[None, None, None]:
    """A device until it is cancelled. `typer.Exit` for one that cannot be."""
    if kind in PRINTERS:
        return _printer(kind, place)
    if kind in CONTROLS:
        if place.pty and CONTROLS[kind].nodes:
            raise _refused(f"{kind}: OPC UA has no serial side; leave out --pty")
        return _control(kind, place)
    readers = READERS if place.items else PACKING_READERS
    if kind in readers:
        return _reader(kind, readers[kind].build(), place)
    if kind in PACKING_READERS:
        raise _refused(f"{kind}: a handheld scanner knows no items; leave out --items")
    if kind in HAVE_NO_PORT:
        raise _refused(f"{kind}: {HAVE_NO_PORT[kind]}")
    close = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(KINDS)}"
    raise _refused(f"no simulated device {kind!r}; {hint}")


def _refused(why: str) -> typer.Exit:
    typer.echo(f"line-sim: {why}", err=True)
    return typer.Exit(2)


async def _printer(kind: str, place: Place) -> None:
    site = Site(now_s=now_s, timers=LoopTimers(), start_s=now_s())
    built = PRINTERS[kind].build(site)
    async with AsyncExitStack() as stack:
        await _listen(stack, kind, built, place)
        while True:
            await asyncio.sleep(place.every_s or 3600)
            text = built.device.product_trigger(now_s()) if place.every_s else None
            if text is not None:
                typer.echo(text)


async def _listen(stack: AsyncExitStack, kind: str, built: Built, place: Place) -> None:
    if built.session is not None:
        talks = face(built.session, now_s)
        await host_stream(stack, kind, place.port, talks, pty=place.pty)
    elif built.nodes is not None:
        if place.pty:
            raise _refused(f"{kind}: OPC UA has no serial side; leave out --pty")
        host = LoopbackHost({kind: place.port})
        stack.push_async_callback(host.close)
        wire = await host.nodes(kind, built.nodes)
        say(f"{kind} at {wire.address}")
    elif built.bank is not None:
        await _registers(stack, kind, built.bank, place)


async def _registers(
    stack: AsyncExitStack, kind: str, bank: RegisterBank, place: Place
) -> None:
    if place.pty:
        raise _refused(f"{kind}: it speaks Modbus TCP only; leave out --pty")
    host = LoopbackHost({kind: place.port})
    stack.push_async_callback(host.close)
    wire = await host.registers(kind, bank)
    say(f"{kind} at {wire.address}")


async def _reader(kind: str, reader: LineReader, place: Place) -> None:
    if isinstance(reader, PushingReader):
        reader.scene = place.scene
    async with AsyncExitStack() as stack:
        await host_stream(stack, kind, place.port, reader.serve, pty=place.pty)
        each_line(lambda text: tell_read(reader, text, "]d2"))
        await asyncio.Event().wait()


async def _control(kind: str, place: Place) -> None:
    line = SimulatedLine(
        rng=random.Random(1), on_shot=show_shot, choice=LineChoice(io=kind)
    )
    async with AsyncExitStack() as stack:
        host = LoopbackHost({"plc": place.port})
        stack.push_async_callback(host.close)
        await line.start(host, () if place.pty else ("plc",))
        address = line.addresses.get("plc")
        if address is None:
            rtu = await stack.enter_async_context(RtuLine(Faces(line, host).bank()))
            address = rtu.address
        say(f"{kind} at {address}")
        await line.run()
