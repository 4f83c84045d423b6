"""The network side of a simulated device that answers, and may speak unasked.

A device model makes one session a connection. The host feeds it what arrives and sets
`push`, by which the model sends what nobody asked for (a print-done byte, an alert).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from drivers.transports.base import ByteStream
from simulators.hosting import Handler

# A host that does not listen loses what comes after this many messages.
OUTBOX = 1000


class PushingSession(Protocol):
    """One connection to a device model. `push` does nothing until the host sets it."""

    push: Callable[[bytes], None]

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        ...

    def closed(self) -> None:
        """The connection is over."""
        ...


class _Watched:
    """A session after each of whose answers somebody is told."""

    def __init__(self, session: PushingSession, told: Callable[[], None]) -> None:
        self._session = session
        self._told = told

    @property
    def push(self) -> Callable[[bytes], None]:
        return self._session.push

    @push.setter
    def push(self, push: Callable[[bytes], None]) -> None:
        self._session.push = push

    def feed(self, data: bytes, now_s: float) -> bytes:
        reply = self._session.feed(data, now_s)
        self._told()
        return reply

    def closed(self) -> None:
        self._session.closed()


def watched(
    session_of: Callable[[], PushingSession], told: Callable[[], None]
) -> Callable[[], PushingSession]:
    """Sessions of `session_of`; `told` is called after whatever a host said to them."""
    return lambda: _Watched(session_of(), told)


def face(
    session_of: Callable[[], PushingSession], now_s: Callable[[], float]
) -> Handler:
    """A handler for a host: each connection gets a session of its own.

    `now_s` brings the device's world up to date and says its time.
    """

    async def serve(stream: ByteStream) -> None:
        session = session_of()
        outbox: asyncio.Queue[bytes] = asyncio.Queue(OUTBOX)

        def push(data: bytes) -> None:
            with suppress(asyncio.QueueFull):
                outbox.put_nowait(data)

        session.push = push
        sending = asyncio.create_task(_send(stream, outbox))
        try:
            while data := await stream.receive():
                if reply := session.feed(data, now_s()):
                    push(reply)
            # A host that only closed its own half still waits for the last answers.
            await _said(outbox, sending)
        finally:
            session.closed()
            sending.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await sending

    return serve


async def _said(outbox: asyncio.Queue[bytes], sending: asyncio.Task[None]) -> None:
    said = asyncio.create_task(outbox.join())
    try:
        await asyncio.wait({said, sending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        said.cancel()


async def _send(stream: ByteStream, outbox: asyncio.Queue[bytes]) -> None:
    while True:
        await stream.send(await outbox.get())
        outbox.task_done()
