"""What every device has: a name, a link, an identity, readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from drivers.latency import LatencyTable
from drivers.readings import Reading
from drivers.wiretap import WireTap


class Role(StrEnum):
    """What a device is to the line. A kind of device has one role."""

    PRINTER = "printer"
    LABELLER = "labeller"
    READER = "reader"
    CAMERA = "camera"
    LINE_IO = "line_io"


class LinkState(StrEnum):
    """States of a connection; the table of moves is in `drivers.link`."""

    DOWN = "down"
    OPENING = "opening"
    READY = "ready"
    BACKING_OFF = "backing_off"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """How a device is: link, since when (monotonic seconds), and what it says."""

    device: str
    link: LinkState
    since_s: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a device says it is; an empty text is what it does not say."""

    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""

    def __str__(self) -> str:
        known = (self.make, self.model, self.serial, self.firmware)
        return " ".join(part for part in known if part)


class Device(Protocol):
    """A thing with a name and a link. `run` keeps the link up until cancelled."""

    name: str

    async def run(self) -> None: ...

    def status(self) -> DeviceStatus: ...


@runtime_checkable
class Diagnosable(Device, Protocol):
    """A device that shows itself to the maintenance engineer.

    Everything here is answered from memory: looking costs the device nothing.
    """

    @property
    def tap(self) -> WireTap:
        """What went over its wire lately."""
        ...

    @property
    def latency(self) -> LatencyTable:
        """How long its exchanges took."""
        ...

    @property
    def identity(self) -> Identity | None:
        """What it said it is when the link last came up; None where it says nothing."""
        ...

    def readings(self) -> Sequence[Reading]:
        """Its values with units, ranges and last change."""
        ...
