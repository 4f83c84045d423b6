"""A byte stream out of a recording."""

import asyncio

from drivers.replay.script import PlayedWire, Said, Script


class ReplayStream:
    """One recorded connection as a `ByteStream`."""

    def __init__(self, script: Script, wire: PlayedWire) -> None:
        self._script = script
        self._wire = wire

    async def receive(self) -> bytes:
        if self._wire.left:
            return b""
        return await self._script.heard(self._wire) or b""

    async def send(self, data: bytes) -> None:
        """`ConnectionResetError` where the recording has other bytes."""
        rest, wire = data, self._wire
        if wire.left:
            raise ConnectionResetError("the connection is closed")
        while rest:
            if not wire.said:
                await self._beyond(rest)
            piece = wire.said[0]
            part, rest = (
                rest[: piece.size - piece.done],
                rest[piece.size - piece.done :],
            )
            self._compare(piece, part, data)
            piece.done += len(part)
            if piece.done == piece.size:
                wire.said.popleft()
                wire.done += 1
            self._script.changed()

    def _compare(self, piece: Said, part: bytes, whole: bytes) -> None:
        known = piece.data[piece.done : piece.done + len(part)]
        if part[: len(known)] != known:
            raise self._script.fail(
                self._wire, piece.position, "other bytes sent", piece.data, whole
            )

    async def _beyond(self, data: bytes) -> None:
        """More than was recorded: after its end nobody answers, before it is wrong."""
        if self._script.is_over(self._wire):
            await asyncio.Event().wait()
        raise self._script.fail(
            self._wire, 0, "sent where the recording has nothing", b"", data
        )

    async def close(self) -> None:
        if not self._wire.left:
            self._script.leave(self._wire)
