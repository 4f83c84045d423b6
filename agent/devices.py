"""Devices of the settings, opened and sorted into their roles."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from agent.domain.spec import Order
from agent.domain.words import Level
from agent.eye.building import EyeBuilder
from agent.eye.look import Look
from agent.line.assembly import PackingStation
from agent.line.order_run import LineDevices
from agent.line.verifying import CameraReads, ItemReads, ReaderReads
from agent.settings import ReadingStation, Settings
from agent.store.writer import Run
from drivers.around import Around
from drivers.base import Device, Exposed
from drivers.cameras.frame import Frame
from drivers.registry import (
    open_camera,
    open_labeller,
    open_line_io,
    open_printer,
    open_reader,
)
from drivers.transports.base import Dialer

Seen = Callable[[Frame, Look], None]
Watch = Callable[[Order], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDevices:
    """Every device by name, the line's by role, and where reads come from.

    `refusal` says why an order cannot be looked at as it demands; empty if it can.
    """

    all: tuple[Device, ...]
    line: LineDevices
    reads_for: Callable[[Order], ItemReads]
    refusal: Callable[[Order], str]


def open_devices(
    settings: Settings,
    dialer: Dialer,
    rng: random.Random,
    see: Run,
    *,
    watch: Watch = lambda _order: lambda _frame, _look: None,
) -> OpenDevices:
    """Open what stations name. Roles were checked by the settings.

    `see` runs looks at pictures; what `watch` gives for an order is told of each look
    before its item is judged.
    """
    opened: dict[str, Device] = {}
    around = Around(dialer=dialer, rng=rng)
    known = settings.devices

    reading = settings.reading
    io = open_line_io(reading.io, known[reading.io], around)
    opened[reading.io] = io
    bottle_printer = None
    if settings.coding is not None:
        name = settings.coding.printer
        bottle_printer = open_printer(name, known[name], around)
        opened[name] = bottle_printer
    packing = []
    for station in settings.packing:
        label_printer = open_labeller(station.labeller, known[station.labeller], around)
        label_reader = open_reader(station.reader, known[station.reader], around)
        opened[station.labeller] = label_printer
        opened[station.reader] = label_reader
        packing.append(
            PackingStation(
                level=station.level, labeller=label_printer, reader=label_reader
            )
        )
    eye = _eye(settings, reading, around, see, watch)
    camera = eye.device
    opened[camera.name] = camera
    return OpenDevices(
        all=tuple(opened.values()),
        line=LineDevices(
            io=io,
            printer=bottle_printer,
            packing=tuple(packing),
            expose=camera.expose if isinstance(camera, Exposed) else lambda _: None,
        ),
        reads_for=eye.reads_for,
        refusal=eye.refusal,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Eye:
    """What looks at every unit, and what it makes of an order."""

    device: Device
    reads_for: Callable[[Order], ItemReads]
    refusal: Callable[[Order], str]


def _ungraded(order: Order) -> str:
    """A fixed reader tells texts, no grades."""
    minimum = order.spec.level(Level.UNIT).minimum_grade
    if minimum is None:
        return ""
    return (
        f"order {order.order} demands a print grade of {minimum:g}; this line grades "
        "no prints: a fixed reader sends no pictures"
    )


def _eye(
    settings: Settings, reading: ReadingStation, around: Around, see: Run, watch: Watch
) -> _Eye:
    """The camera or reader that looks at every unit."""
    if reading.reader is not None:
        reader = open_reader(reading.reader, settings.devices[reading.reader], around)
        return _Eye(
            device=reader,
            reads_for=lambda order: ReaderReads(
                reader.read, order.spec.level(Level.UNIT).format
            ),
            refusal=_ungraded,
        )
    assert reading.camera is not None
    camera = open_camera(reading.camera, settings.devices[reading.camera], around)

    builder = EyeBuilder(reading, settings.line.id)

    def reads_for(order: Order) -> ItemReads:
        eye = builder.build(order)

        async def look(frame: Frame) -> Look:
            return await see(lambda: eye.look(frame.image, frame.second))

        code_format = order.spec.level(Level.UNIT).format
        return CameraReads(camera.frame, look, code_format, seen=watch(order))

    return _Eye(device=camera, reads_for=reads_for, refusal=builder.refusal)
