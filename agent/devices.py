"""Devices of the settings, opened and sorted into their roles."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agent.domain.spec import Order
from agent.domain.words import Level
from agent.line.assembly import PackingStation
from agent.line.order_run import LineDevices
from agent.line.verifying import CameraReads, ItemReads, ReaderReads
from agent.settings import ReadingStation, Settings
from agent.store.writer import Run
from agent.vision.decoded import VisionResult
from agent.vision.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from drivers.base import Device
from drivers.cameras.frame import Frame
from drivers.registry import open_device
from drivers.settings import (
    LeibingerJetSettings,
    LineIOSettings,
    OpenCVCameraSettings,
    TextReaderSettings,
    ZebraZplSettings,
)
from drivers.transports.base import Dialer

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDevices:
    """Every device by name, the line's by role, and where reads come from."""

    all: tuple[Device, ...]
    line: LineDevices
    reads_for: Callable[[Order], ItemReads]


def open_devices(
    settings: Settings, dialer: Dialer, rng: random.Random, see: Run
) -> OpenDevices:
    """Open what stations name. Kinds were checked by the settings."""
    opened: dict[str, Device] = {}

    reading = settings.reading
    io = open_device(reading.io, _of(settings, reading.io, LineIOSettings), dialer, rng)
    opened[reading.io] = io
    bottle_printer = None
    if settings.coding is not None:
        name = settings.coding.printer
        bottle_printer = open_device(
            name, _of(settings, name, LeibingerJetSettings), dialer, rng
        )
        opened[name] = bottle_printer
    packing = []
    for station in settings.packing:
        label_printer = open_device(
            station.labeller,
            _of(settings, station.labeller, ZebraZplSettings),
            dialer,
            rng,
        )
        label_reader = open_device(
            station.reader,
            _of(settings, station.reader, TextReaderSettings),
            dialer,
            rng,
        )
        opened[station.labeller] = label_printer
        opened[station.reader] = label_reader
        packing.append(
            PackingStation(
                level=station.level, labeller=label_printer, reader=label_reader
            )
        )
    eye, reads_for = _eye(settings, reading, dialer, rng, see)
    opened[eye.name] = eye
    return OpenDevices(
        all=tuple(opened.values()),
        line=LineDevices(io=io, printer=bottle_printer, packing=tuple(packing)),
        reads_for=reads_for,
    )


def _of(settings: Settings, name: str, kind: type[S]) -> S:
    """The settings of a device whose kind the settings have checked."""
    found = settings.devices[name]
    assert isinstance(found, kind), name
    return found


def _eye(
    settings: Settings,
    reading: ReadingStation,
    dialer: Dialer,
    rng: random.Random,
    see: Run,
) -> tuple[Device, Callable[[Order], ItemReads]]:
    """The camera or reader that looks at every unit."""
    if reading.reader is not None:
        reader = open_device(
            reading.reader,
            _of(settings, reading.reader, TextReaderSettings),
            dialer,
            rng,
        )
        return reader, lambda order: ReaderReads(
            reader.read, order.spec.level(Level.UNIT).format
        )
    assert reading.camera is not None
    camera = open_device(
        reading.camera,
        _of(settings, reading.camera, OpenCVCameraSettings),
        dialer,
        rng,
    )

    def reads_for(order: Order) -> ItemReads:
        unit = order.spec.level(Level.UNIT)
        vision = CodeVision(
            frozenset(reading.symbologies) or frozenset({Symbology(unit.symbology)}),
            _region(reading),
            budget_ms=reading.budget_ms,
        )

        async def decode(frame: Frame) -> VisionResult:
            return await see(lambda: vision.read(frame.image))

        return CameraReads(camera.frame, decode, unit.format)

    return camera, reads_for


def _region(reading: ReadingStation) -> Region | None:
    if reading.region is None:
        return None
    part = reading.region
    return Region(x=part.x, y=part.y, width=part.width, height=part.height)
