"""A keyboard of Linux, grabbed: its keys reach nobody else."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import evdev

from drivers.base import Identity
from drivers.readers.keyboard_wedge.messages import KeyEvent


class Keyboard(Protocol):
    """What the driver needs of a keyboard. Errors of the device are `OSError`s."""

    @property
    def identity(self) -> Identity:
        """What it calls itself."""
        ...

    async def events(self) -> Sequence[KeyEvent]:
        """The next events, at least one."""
        ...

    async def close(self) -> None:
        """Let go of it. Closing twice is harmless."""
        ...


class GrabbedKeyboard:
    """A `Keyboard` of evdev. A keyboard somebody else has grabbed is an `OSError`."""

    def __init__(self, path: str) -> None:
        self._device = evdev.InputDevice(path)
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False
        try:
            self._device.grab()
        except OSError:
            self._device.close()
            raise

    @property
    def identity(self) -> Identity:
        return Identity(model=self._device.name, serial=self._device.uniq)

    async def events(self) -> Sequence[KeyEvent]:
        while not self._closed:
            await self._readable()
            if self._closed:
                break
            try:
                read = list(self._device.read())
            except BlockingIOError:
                continue
            return [KeyEvent(event.type, event.code, event.value) for event in read]
        raise ConnectionResetError("the keyboard is closed")

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        self._waiting = waiting
        loop.add_reader(self._device.fd, _resolve, waiting)
        try:
            await waiting
        finally:
            if not self._closed:
                loop.remove_reader(self._device.fd)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        asyncio.get_running_loop().remove_reader(self._device.fd)
        if self._waiting is not None:
            _resolve(self._waiting)
        # Closing the descriptor ends the grab as well, whatever became of the device.
        self._device.close()


def _resolve(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def open_keyboard(path: str) -> Keyboard:
    """The keyboard at `path`, for us alone."""
    return GrabbedKeyboard(path)
