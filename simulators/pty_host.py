"""A simulated device on a pseudo terminal, as if on a serial port."""

import asyncio
import os
import tty
from contextlib import suppress

from drivers.transports.base import ByteStream
from simulators.hosting import Handler

CHUNK = 4096


class PtyStream:
    """The device's end of a pseudo terminal, as a `ByteStream`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._closed = False
        os.set_blocking(descriptor, False)

    async def receive(self) -> bytes:
        while not self._closed:
            try:
                return os.read(self._descriptor, CHUNK)
            except BlockingIOError:
                await self._ready(write=False)
        return b""

    async def send(self, data: bytes) -> None:
        while data and not self._closed:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                await self._ready(write=True)

    async def close(self) -> None:
        self._closed = True

    async def _ready(self, *, write: bool) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        add, remove = (
            (loop.add_writer, loop.remove_writer)
            if write
            else (loop.add_reader, loop.remove_reader)
        )
        add(self._descriptor, wake)
        try:
            await ready
        finally:
            remove(self._descriptor)


class PtyDevice:
    """A handler behind a device path. `async with` it; leaving pulls the adapter."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._task: asyncio.Future[None] | None = None
        self._device, self._line = -1, -1
        self.path = ""

    @property
    def address(self) -> str:
        """As settings write it. A pty has no baud rate; any will do."""
        return f"serial:{self.path}?baud=115200"

    async def __aenter__(self) -> "PtyDevice":
        # Our own hold on the line end keeps reads from failing while nobody is there.
        self._device, self._line = os.openpty()
        tty.setraw(self._line)
        self.path = os.ttyname(self._line)
        stream: ByteStream = PtyStream(self._device)
        self._task = asyncio.ensure_future(self._handler(stream))
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        os.close(self._device)
        os.close(self._line)
