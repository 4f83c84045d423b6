"""What all drivers share: a link with a name, a tap, an identity and readings."""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from drivers.base import DeviceStatus, Identity
from drivers.errors import DeviceFault
from drivers.latency import LatencyTable
from drivers.link import Backoff, Link, Wire
from drivers.readings import Reading, ReadingBoard
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

W = TypeVar("W", bound=Wire)


class LinkedDevice(Generic[W]):
    """A device behind one link (implements `base.Diagnosable`).

    `connect` opens a wire and lets `tap` listen to it; the other arguments are those of
    `drivers.link.Link`. A family derives its driver from this and says what may be
    asked of the device.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Awaitable[W]],
        *,
        tap: WireTap,
        rng: random.Random,
        on_up: Callable[[W], Awaitable[object]] | None = None,
        serve: Callable[[W], Awaitable[None]] | None = None,
        probe: Callable[[W], Awaitable[object]] | None = None,
        probe_every_s: float = 5.0,
        open_timeout_s: float | None = 3.0,
        up_timeout_s: float = 5.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self.tap = tap
        self.board = ReadingBoard()
        self.identity: Identity | None = None
        self.link: Link[W] = Link(
            name,
            noted(connect, tap),
            rng=rng,
            on_up=on_up,
            serve=serve,
            probe=probe,
            probe_every_s=probe_every_s,
            open_timeout_s=open_timeout_s,
            up_timeout_s=up_timeout_s,
            backoff=backoff,
        )
        self.link.on_exchange = tap.exchange

    @property
    def session(self) -> int:
        """Rises each time the link comes up."""
        return self.link.session

    @property
    def latency(self) -> LatencyTable:
        """How long its exchanges took."""
        return self.link.latency

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        await self.link.run()

    def status(self) -> DeviceStatus:
        """State of the link, since when, and why it is down."""
        return self.link.status()

    def readings(self) -> Sequence[Reading]:
        """Its values with units, ranges and last change."""
        return self.board.all()

    def known_as(self, identity: Identity, *, expected: str) -> None:
        """Take down who answered. `DeviceFault` unless `expected` is part of it.

        Called while the link comes up, so that a stranger under this address (another
        printer of the plant, a swapped port) never gets a command.
        """
        self.identity = identity
        if expected and expected not in str(identity):
            raise DeviceFault(
                self.name,
                f"another device answers here: {identity}; settings expect {expected}",
            )


def noted(
    connect: Callable[[], Awaitable[W]], tap: WireTap
) -> Callable[[], Awaitable[W]]:
    """`connect`, with each connection it makes counted in `tap`.

    A tapped stream counts itself; registers and nodes do not.
    """

    async def connecting() -> W:
        before = tap.wires
        wire = await connect()
        if tap.wires == before:
            tap.opened()
        return wire

    return connecting


def tapped(
    dialer: Dialer, address: str, tap: WireTap
) -> Callable[[], Awaitable[ByteStream]]:
    """Opens the stream at `address`, listened to by `tap`."""

    async def connect() -> ByteStream:
        return tap.wrap(await dialer.open_stream(address))

    return connect
