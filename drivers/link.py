"""A device's connection: dialled, proven, watched, lost, dialled again.

One exchange at a time. An exchange that times out, fails or is cancelled closes the
wire, because nobody knows what is left in the pipe; whoever comes next meets either a
fresh wire or `LinkDown`.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drivers.base import DeviceStatus, LinkState
from drivers.errors import DriverError, LinkDown, MisuseError
from drivers.latency import LatencyTable
from drivers.linkstate import LinkEvent, advance
from drivers.transports.base import ByteStream

log = logging.getLogger(__name__)

# Stands among the exchanges: from here on there is a link.
LINK_UP = "link up"


class Wire(Protocol):
    """What a link needs of a wire: it can be closed without waiting."""

    async def close(self) -> None: ...


W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits between attempts: a random part of `first_s` × 2ⁿ, at most `cap_s`.

    Full jitter keeps a plant's lines from dialling in step after a power cut. A link
    that stood for `steady_s` starts again from `first_s`; one that falls at once does
    not, so a peer that accepts and closes is not hammered.
    """

    first_s: float = 0.2
    cap_s: float = 5.0
    steady_s: float = 5.0

    def pause_s(self, failures: int, rng: random.Random) -> float:
        """How long to wait after `failures` failures in a row (1 or more)."""
        ceiling_s = min(self.cap_s, self.first_s * 2 ** min(failures - 1, 16))
        return max(0.01, rng.uniform(0, ceiling_s))


class Link(Generic[W]):
    """The connection of `device`.

    `connect` opens a wire. `on_up` then proves the peer (greeting, identity) before
    anybody may use it. `serve`, for a device that talks unasked, runs as long as the
    wire lives and ends when it does. `probe` asks something harmless when nothing was
    exchanged for `probe_every_s`, so a dead link is noticed while idle. `session`
    rises each time the link comes up.
    """

    def __init__(
        self,
        device: str,
        connect: Callable[[], Awaitable[W]],
        *,
        rng: random.Random,
        on_up: Callable[[W], Awaitable[object]] | None = None,
        serve: Callable[[W], Awaitable[None]] | None = None,
        probe: Callable[[W], Awaitable[object]] | None = None,
        probe_every_s: float = 5.0,
        open_timeout_s: float | None = 3.0,
        up_timeout_s: float = 5.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.device = device
        self.session = 0
        self.latency = LatencyTable()
        self.on_exchange: Callable[[str], None] = lambda _: None
        """Hears of each exchange, in the order they get the wire."""
        self.turn: Callable[[str], Awaitable[None]] | None = None
        """A replay's: an exchange waits here for its place in the recording."""
        self._connect = connect
        self._rng = rng
        self._on_up = on_up
        self._serve = serve
        self._probe = probe
        self._probe_every_s = probe_every_s
        self._open_timeout_s = open_timeout_s
        self._up_timeout_s = up_timeout_s
        self._backoff = backoff or Backoff()
        self._state = LinkState.DOWN
        self._since_s = 0.0
        self._detail = "not dialled yet"
        self._wire: W | None = None
        self._failures = 0
        self._used_s = 0.0
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()

    def status(self) -> DeviceStatus:
        """State, since when, and the last reason for being down."""
        return DeviceStatus(
            device=self.device,
            link=self._state,
            since_s=self._since_s,
            detail=self._detail,
        )

    async def wait_ready(self) -> None:
        """Returns once the link is ready."""
        while self._state is not LinkState.READY:
            await self._changed.wait()

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        try:
            while True:
                wire = await self._open()
                if wire is not None:
                    await self._attend(wire)
                self._move(LinkEvent.WAIT)
                await asyncio.sleep(self._backoff.pause_s(self._failures, self._rng))
        finally:
            self._detail = "closed"
            self._move(LinkEvent.CLOSE)
            wire, self._wire = self._wire, None
            if wire is not None:
                await wire.close()

    @asynccontextmanager
    async def exchange(
        self, what: str = "exchange", *, timeout_s: float
    ) -> AsyncIterator[W]:
        """The wire, for one question and its answer, within `timeout_s`.

        `what` is the name its duration is booked under (`latency`). Waits for an
        exchange already under way. Raises `LinkDown` when there is no
        link, when the wire fails, or when time is up; whatever else leaves the block
        passes through. In every case but the good one the wire is closed.
        """
        if self.turn is not None and self._wire is not None:
            await self.turn(what)
        async with self._lock:
            wire = self._wire
            if wire is None:
                raise LinkDown(self.device, f"not connected ({self._detail})")
            self.on_exchange(what)
            begun_s = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(timeout_s):
                    yield wire
            except BaseException as error:
                self.latency.failed(what)
                await self._lose(wire, _reason(error))
                if isinstance(error, OSError):
                    raise LinkDown(self.device, _reason(error)) from error
                raise
            self._used_s = asyncio.get_running_loop().time()
            self.latency.answered(what, self._used_s - begun_s)

    @property
    def has_probe(self) -> bool:
        """Whether there is something harmless to ask."""
        return self._probe is not None

    async def probe(self) -> None:
        """Ask what is asked when the link is idle, now. Raises as `exchange` does."""
        if self._probe is None:
            raise MisuseError(self.device, "there is nothing harmless to ask it")
        async with self.exchange("probe", timeout_s=self._up_timeout_s) as wire:
            await self._probe(wire)

    async def _open(self) -> W | None:
        self._move(LinkEvent.DIAL)
        wire: W | None = None
        try:
            async with asyncio.timeout(self._open_timeout_s):
                wire = await self._connect()
            if self._on_up is not None:
                async with asyncio.timeout(self._up_timeout_s):
                    await self._on_up(wire)
            if self.turn is not None:
                await self.turn(LINK_UP)
        except BaseException as error:
            if wire is not None:
                await wire.close()
            if not isinstance(error, OSError | DriverError):
                raise
            self._failed(_reason(error))
            return None
        self._came_up(wire)
        return wire

    async def _attend(self, wire: W) -> None:
        if self._serve is not None:
            await self._serve_on(wire, self._serve)
        while self._wire is wire:
            try:
                async with asyncio.timeout(
                    self._probe_every_s if self._probe else None
                ):
                    await self._changed.wait()
            except TimeoutError:
                await self._probe_if_idle()

    async def _serve_on(self, wire: W, serve: Callable[[W], Awaitable[None]]) -> None:
        try:
            await serve(wire)
        except (OSError, DriverError) as error:
            await self._lose(wire, _reason(error))
        else:
            await self._lose(wire, "closed by the peer")

    async def _probe_if_idle(self) -> None:
        idle_s = asyncio.get_running_loop().time() - self._used_s
        if self._probe is None or idle_s < self._probe_every_s:
            return
        try:
            async with self.exchange(timeout_s=self._up_timeout_s) as wire:
                await self._probe(wire)
        except DriverError as error:
            log.debug("%s: probe: %s", self.device, error.message)

    def _came_up(self, wire: W) -> None:
        self.on_exchange(LINK_UP)
        self._wire = wire
        self.session += 1
        self._detail = ""
        self._used_s = asyncio.get_running_loop().time()
        self._move(LinkEvent.CAME_UP)
        log.info("%s: connected (session %d)", self.device, self.session)

    async def _lose(self, wire: W, reason: str) -> None:
        """Close `wire`; if it is the one in use, the link is down from here on."""
        if self._wire is wire:
            self._wire = None
            stood_s = asyncio.get_running_loop().time() - self._since_s
            if stood_s >= self._backoff.steady_s:
                self._failures = 0
            self._failed(reason)
        await wire.close()

    def _failed(self, reason: str) -> None:
        self._failures += 1
        self._detail = reason
        self._move(LinkEvent.LOST)
        # The first failure is news; its repeats are not.
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        log.log(level, "%s: %s", self.device, reason)

    def _move(self, event: LinkEvent) -> None:
        self._state = advance(self._state, event)
        self._since_s = asyncio.get_running_loop().time()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def received(stream: ByteStream) -> bytes:
    """The next bytes; an ended stream is an `OSError` like any other lost wire."""
    data = await stream.receive()
    if not data:
        raise ConnectionResetError("closed by the peer")
    return data


def _reason(error: BaseException) -> str:
    if isinstance(error, DriverError):
        return error.message
    if isinstance(error, TimeoutError) and error.errno is None:
        return "no answer in time"
    if isinstance(error, asyncio.CancelledError):
        return "an exchange was cancelled"
    return str(error) or type(error).__name__
