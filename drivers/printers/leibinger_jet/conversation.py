"""Talking with a JET: queries, what an order leads to, who answers.

Set and action commands get no acknowledgement, so nothing is believed to have worked
until a query on the same wire shows it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from drivers.base import Identity
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, ProtocolFault
from drivers.link import received
from drivers.printers.leibinger_jet.codec import (
    JOB_END,
    FrameParser,
    decode_counters,
    decode_fifo_status,
    decode_job_field,
    decode_run_status,
    decode_version,
    encode_query,
    job_line,
)
from drivers.printers.leibinger_jet.messages import (
    Counters,
    FifoStatus,
    Frame,
    JobField,
    RunStatus,
)
from drivers.printers.leibinger_jet.show import Show
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

POLL_S = 0.05
# A long job has some hundred lines; past this it is no job.
MAX_JOB_LINES = 5000

_T = TypeVar("_T")


class JetConversation(LinkedDevice[ByteStream]):
    """One printer at `address` (tcp:// or serial:); `identity` must be part of what
    it says it is."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        reply_timeout_s: float,
        settle_timeout_s: float,
        identity: str,
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            probe=self._run_status,
        )
        self._reply_s = reply_timeout_s
        self._settle_s = settle_timeout_s
        self._expected = identity
        self._parser = FrameParser()
        self._foreign = 0
        self._show = Show(self.board)
        self.board.live("foreign frames", lambda: self.foreign_frames)

    @property
    def foreign_frames(self) -> int:
        """Lines received that answered nothing we asked."""
        return self._foreign + self._parser.foreign

    def _long_exchange(self, what: str) -> AbstractAsyncContextManager[ByteStream]:
        longest_s = self._settle_s + 5 * self._reply_s
        return self.link.exchange(what, timeout_s=longest_s)

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything is sent to it, the peer must talk like a JET."""
        self._foreign += self._parser.foreign
        self._parser = FrameParser()
        await self._run_status(wire)
        identity = await self._who(wire)
        if identity is None and self._expected:
            raise DeviceFault(
                self.name, f"does not say who it is; settings expect {self._expected}"
            )
        self.identity = None
        if identity is not None:
            self.known_as(identity, expected=self._expected)

    async def _who(self, wire: ByteStream) -> Identity | None:
        """By `?VS`; None for a printer that does not answer it."""
        frame = await self._ask_maybe(wire, "VS")
        if frame is None:
            return None
        version = decode_version(frame)
        return Identity(
            make="Leibinger",
            model=version.model,
            serial=version.serial,
            firmware=version.firmware,
        )

    async def _run_status(self, wire: ByteStream) -> RunStatus:
        status = self._decoded(decode_run_status, await self._ask(wire, "RS"))
        self._show.run_status(status)
        return status

    async def _fifo_status(self, wire: ByteStream) -> FifoStatus:
        fifo = self._decoded(decode_fifo_status, await self._ask(wire, "SM"))
        self._show.fifo_status(fifo)
        return fifo

    async def _counters(self, wire: ByteStream) -> Counters:
        counters = self._decoded(decode_counters, await self._ask(wire, "CC"))
        self._show.counters(counters)
        return counters

    async def _job(self, wire: ByteStream) -> str:
        path = (await self._ask(wire, "JL")).body
        self._show.job(path)
        return path

    async def _job_fields(self, wire: ByteStream) -> list[JobField] | None:
        """EXTERN TEXT fields of the loaded job; None when it does not tell them."""
        lines: list[str] = []
        try:
            async with asyncio.timeout(self._reply_s):
                await wire.send(encode_query("JB"))
                while not (lines and lines[-1].startswith(JOB_END)):
                    for frame in self._parser.feed(await received(wire)):
                        line = job_line(frame)
                        self._foreign += line is None
                        lines += [line] if line is not None else []
                    if len(lines) > MAX_JOB_LINES:
                        raise ProtocolFault(self.name, "?JB gets lines without end")
        except TimeoutError as error:
            if error.errno is not None or lines:
                raise
            return None
        fields = [decode_job_field(line) for line in lines]
        return [field for field in fields if field is not None]

    def _decoded(self, decode: Callable[[Frame], _T], frame: Frame) -> _T:
        try:
            return decode(frame)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _ask_maybe(self, wire: ByteStream, code: str) -> Frame | None:
        """`_ask`, of a printer that may not know the query."""
        try:
            return await self._ask(wire, code)
        except TimeoutError as error:
            if error.errno is not None:
                raise
            return None

    async def _ask(self, wire: ByteStream, code: str) -> Frame:
        """One query and its reply; what else comes is counted, not believed."""
        async with asyncio.timeout(self._reply_s):
            await wire.send(encode_query(code))
            while True:
                frames = self._parser.feed(await received(wire))
                replies = [f for f in frames if (f.kind, f.code) == ("=", code)]
                self._foreign += len(frames) - len(replies[:1])
                if replies:
                    return replies[0]

    async def _until(
        self,
        wire: ByteStream,
        ask: Callable[[ByteStream], Awaitable[_T]],
        is_so: Callable[[_T], bool],
    ) -> _T:
        """Ask until it is so or the settling time is over; the last answer."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settle_s
        while True:
            answer = await ask(wire)
            if is_so(answer) or loop.time() >= until_s:
                return answer
            await asyncio.sleep(POLL_S)
