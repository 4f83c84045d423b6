"""Serial ports on the event loop: pyserial opens and sets up, the loop waits.

No thread: a port, a USB adapter and a pseudo terminal are all file descriptors that
the loop can watch.
"""

import asyncio
import os
import termios
from contextlib import suppress

import serial

from drivers.transports.addresses import SerialAddress

_CHUNK = 4096


class SerialStream:
    """An open serial port as a `ByteStream`."""

    def __init__(self, port: serial.Serial) -> None:
        self._port = port
        self._fd: int = port.fileno()
        self._closed = False
        self._waiting: list[asyncio.Future[None]] = []

    async def receive(self) -> bytes:
        """Waits until readable first: a raw terminal reads as empty when idle."""
        if self._closed:
            return b""
        await self._until(readable=True)
        return b"" if self._closed else os.read(self._fd, _CHUNK)

    async def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            if self._closed:
                raise ConnectionResetError("the serial port is closed")
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await self._until(readable=False)

    async def _until(self, *, readable: bool) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        add, remove = (
            (loop.add_reader, loop.remove_reader)
            if readable
            else (loop.add_writer, loop.remove_writer)
        )
        add(self._fd, _resolve, ready)
        self._waiting.append(ready)
        try:
            await ready
        finally:
            self._waiting.remove(ready)
            if not self._closed:
                remove(self._fd)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        for ready in self._waiting:
            _resolve(ready)
        _close_port(self._port)


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _close_port(port: serial.Serial) -> None:
    # Closing would wait for unsent bytes, up to 30 s on a device that is gone.
    with suppress(termios.error, OSError):
        termios.tcflush(port.fileno(), termios.TCIOFLUSH)
    port.close()


def _open_port(address: SerialAddress) -> serial.Serial:
    try:
        return serial.Serial(
            port=address.path,
            baudrate=address.baud,
            bytesize=address.bytesize,
            parity=address.parity,
            stopbits=address.stopbits,
            timeout=0,
            exclusive=True,
        )
    except termios.error as error:
        # A port that cannot do this parity or speed; pyserial lets it through.
        code, text = error.args
        raise OSError(code, f"{text} (baud, parity or bits?)", address.path) from error


async def open_serial(address: SerialAddress) -> SerialStream:
    """Open the port for us alone. A missing or taken port is an `OSError`.

    Opening a USB adapter can take tens of milliseconds, so it is not done on the loop.
    A port that opens after we were cancelled closes as nobody holds it.
    """
    return SerialStream(await asyncio.to_thread(_open_port, address))
