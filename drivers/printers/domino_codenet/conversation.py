"""One command and its answer, on a wire where the printer also speaks unasked."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from drivers.errors import DeviceFault, ProtocolFault
from drivers.link import received
from drivers.printers.domino_codenet.codec import letters_of
from drivers.printers.domino_codenet.messages import Ack, Done, Heard, Nak, Reply
from drivers.printers.domino_codenet.parser import ReplyParser
from drivers.transports.base import ByteStream

# The three digits of a NAK follow at once, 3 ms at 9600 baud.
NAK_GRACE_S = 0.1
# A printer that says so much between two answers does not speak this protocol.
MAX_NOISE = 4096
# Taken at a time, so that a flood does not hold the loop.
SLICE = 1024


class Conversation:
    """What was said on the wire at hand.

    `on_done` is told of each finished print, and says whether one was expected.
    Until `listen` runs, whoever asks also reads. The link sees to it that one asks at
    a time, and closes the wire when an answer does not come: so an answer can never
    belong to an earlier question.
    """

    def __init__(
        self, device: str, on_done: Callable[[], bool], *, reply_s: float
    ) -> None:
        self._device = device
        self._on_done = on_done
        self._reply_s = reply_s
        self._foreign = 0
        self._parser = ReplyParser()
        self.begin()

    @property
    def stray(self) -> int:
        """Finished prints that nobody expected, on this wire."""
        return self._stray

    @property
    def foreign(self) -> int:
        """Bytes and answers that fitted no shape or nothing asked."""
        return self._foreign + self._parser.foreign

    def begin(self) -> None:
        """A fresh wire."""
        self._foreign += self._parser.foreign
        self._parser = ReplyParser()
        self._answer: asyncio.Future[Ack | Nak | Reply] | None = None
        self._letters = ""
        self._is_listening = False
        self._quiet_at = self.foreign
        self._stray = 0

    async def listen(self, wire: ByteStream) -> None:
        """Read until the wire ends."""
        self._is_listening = True
        try:
            while True:
                await self._hear(wire)
                # A flood leaves the others their turn.
                await asyncio.sleep(0)
        except OSError as error:
            self._fail(error)
            raise

    async def ask(self, wire: ByteStream, query: bytes) -> Reply:
        """A query and its answer. `DeviceFault` if it is refused."""
        answer = await self._say(wire, query, letters_of(query))
        if isinstance(answer, Reply):
            return answer
        raise DeviceFault(self._device, f"{letters_of(query)}?: {answer}")

    async def tell(self, wire: ByteStream, command: bytes) -> Ack | Nak:
        """A command and whether it was done."""
        answer = await self._say(wire, command, "")
        assert not isinstance(answer, Reply)
        return answer

    async def _say(
        self, wire: ByteStream, data: bytes, letters: str
    ) -> Ack | Nak | Reply:
        answer: asyncio.Future[Ack | Nak | Reply]
        answer = asyncio.get_running_loop().create_future()
        self._answer, self._letters = answer, letters
        try:
            async with asyncio.timeout(self._reply_s):
                await wire.send(data)
                while not (self._is_listening or answer.done()):
                    await self._hear(wire)
                return await answer
        finally:
            self._answer = None
            # A failure nobody waits for any more is no news.
            if answer.done() and not answer.cancelled():
                answer.exception()

    async def _hear(self, wire: ByteStream) -> None:
        if not self._parser.is_open:
            data = await received(wire)
        else:
            data = b""
            with suppress(TimeoutError):
                async with asyncio.timeout(NAK_GRACE_S):
                    data = await received(wire)
        if not data:
            self._take_all(self._parser.close())
        for start in range(0, len(data), SLICE):
            self._take_all(self._parser.feed(data[start : start + SLICE]))
            if self.foreign + self._stray - self._quiet_at > MAX_NOISE:
                error = ProtocolFault(self._device, "talks without end, not Codenet")
                self._fail(error)
                raise error

    def _take_all(self, things: Sequence[Heard]) -> None:
        for heard in things:
            if isinstance(heard, Done):
                self._stray += not self._on_done()
            elif self._answer is not None and self._fits(heard):
                self._answer.set_result(heard)
                self._answer = None
                self._quiet_at = self.foreign + self._stray
            else:
                self._foreign += 1

    def _fits(self, heard: Ack | Nak | Reply) -> bool:
        if isinstance(heard, Reply):
            return bool(self._letters) and heard.body.startswith(self._letters)
        # A query is never acknowledged, but it may be refused.
        return isinstance(heard, Nak) or not self._letters

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
