r"""A fixed reader that pushes one text frame per read to whoever is connected.

It keeps nothing: a read while nobody is connected is lost, and counted as such.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from drivers.transports.base import ByteStream


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFormat:
    """How a read becomes bytes. `{item}`, `{aim}` and `{payload}` are filled in."""

    read: str
    no_read: str

    def encode(self, payload: str | None, aim: str, item: int) -> bytes:
        """One frame; None is a no-read. GS stays as it is."""
        form = self.no_read if payload is None else self.read
        text = form.format(item=item, aim=aim, payload=payload)
        return text.encode("utf-8")


# With the PLC's item number, so that a read cannot be taken for another item's.
ITEM_FORMAT = FrameFormat(read="{item};{aim}{payload}\r", no_read="{item};NOREAD\r")
LABEL_FORMAT = FrameFormat(read="{aim}{payload}\r\n", no_read="NOREAD\r\n")


# A host that does not listen loses what comes after this many frames.
OUTBOX_FRAMES = 1000


class TextReader:
    """The device; `serve` is its face."""

    def __init__(self, form: FrameFormat = LABEL_FORMAT) -> None:
        self.lost = 0
        self.reads = 0
        self._form = form
        self._outboxes: dict[int, asyncio.Queue[bytes]] = {}
        self._connections = 0

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool:
        """Read something (None: nothing legible); False when nobody was told."""
        self.reads += 1
        if not self._outboxes:
            self.lost += 1
            return False
        frame = self._form.encode(payload, aim, item)
        told = [_put(outbox, frame) for outbox in self._outboxes.values()]
        self.lost += not any(told)
        return any(told)

    @property
    def connected(self) -> int:
        """How many are listening."""
        return len(self._outboxes)

    async def serve(self, stream: ByteStream) -> None:
        """Push to one connection until it ends."""
        self._connections += 1
        number = self._connections
        outbox: asyncio.Queue[bytes] = asyncio.Queue(OUTBOX_FRAMES)
        self._outboxes[number] = outbox
        sending = asyncio.create_task(self._send(stream, outbox))
        try:
            while await stream.receive():
                pass
        finally:
            del self._outboxes[number]
            sending.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await sending

    async def _send(self, stream: ByteStream, outbox: asyncio.Queue[bytes]) -> None:
        while True:
            await stream.send(await outbox.get())


def _put(outbox: asyncio.Queue[bytes], frame: bytes) -> bool:
    try:
        outbox.put_nowait(frame)
    except asyncio.QueueFull:
        return False
    return True
