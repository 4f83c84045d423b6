"""The printer's registers, asked as the manual wants it.

A pause between a write and the next read, no request over two functional blocks, no
more words than a request may have.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.printers.hitachi_modbus.codec import is_one_block
from drivers.printers.hitachi_modbus.messages import (
    MAX_READ,
    MAX_WRITE,
    Flag,
    Holding,
)
from drivers.transports.base import RegisterClient

# Whole characters: an attribute and a code each.
_READ = MAX_READ // 2 * 2


class Unfit(Exception):
    """The printer answered well, and its state does not allow what was asked."""


@dataclass(slots=True)
class Pace:
    """When the printer was last written to, over all exchanges; loop seconds."""

    pause_s: float
    written_s: float = float("-inf")


class Registers:
    """`wire`, for one exchange. Each request must be answered within `reply_s`."""

    def __init__(self, wire: RegisterClient, pace: Pace, reply_s: float) -> None:
        self._wire = wire
        self._pace = pace
        self._reply_s = reply_s

    async def read(self, address: int, count: int) -> tuple[int, ...]:
        """Holding registers, in as many requests as it takes."""
        words: list[int] = []
        while len(words) < count:
            at, size = address + len(words), min(_READ, count - len(words))
            _check(at, size, holding=True)
            await self._rest()
            async with asyncio.timeout(self._reply_s):
                words += await self._wire.read_holding(at, size)
        return tuple(words)

    async def read_input(self, address: int, count: int) -> tuple[int, ...]:
        """Input registers; these are told offline too."""
        _check(address, count, holding=False)
        await self._rest()
        async with asyncio.timeout(self._reply_s):
            return await self._wire.read_input(address, count)

    async def write(self, address: int, values: Sequence[int]) -> None:
        """Function 16."""
        _check(address, len(values), holding=True)
        assert len(values) <= MAX_WRITE
        try:
            async with asyncio.timeout(self._reply_s):
                await self._wire.write_holding(address, values)
        finally:
            self._pace.written_s = asyncio.get_running_loop().time()

    async def write_held(self, *writes: tuple[int, Sequence[int]]) -> None:
        """All of `writes`, which take effect together.

        A refusal in between leaves the bracket open on purpose: closing it would let
        half of them take effect.
        """
        await self.write(Holding.FLAG, [Flag.START])
        for address, values in writes:
            await self.write(address, values)
        await self.write(Holding.FLAG, [Flag.STOP])

    async def _rest(self) -> None:
        now_s = asyncio.get_running_loop().time()
        rest_s = self._pace.written_s + self._pace.pause_s - now_s
        if rest_s > 0:
            await asyncio.sleep(rest_s)


def _check(address: int, count: int, *, holding: bool) -> None:
    assert is_one_block(address, count, holding=holding), (address, count)
