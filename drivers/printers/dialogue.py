"""Questions and answers on a wire whose peer also speaks unasked.

The link lets one question at a time through. What comes is offered to the open question
first; whatever answers nothing asked is news, or foreign. Never is a message taken for
an answer because of its place in the order.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from drivers.link import received
from drivers.transports.base import ByteStream

M = TypeVar("M")
A = TypeVar("A")
M_co = TypeVar("M_co", covariant=True)


class Parser(Protocol[M_co]):
    """Bytes in any pieces to messages. `foreign` counts what is no message."""

    foreign: int

    def feed(self, data: bytes) -> Iterable[M_co]: ...


class Dialogue(Generic[M]):
    """The conversation of one device, over its connections.

    `news` takes a message nobody asked for and says whether it knew it.
    """

    def __init__(
        self, new_parser: Callable[[], Parser[M]], news: Callable[[M], bool]
    ) -> None:
        self._new_parser = new_parser
        self._news = news
        self._parser = new_parser()
        self._foreign = 0
        self._listens = False
        self._question: tuple[Callable[[M], Any], asyncio.Future[Any]] | None = None

    @property
    def foreign(self) -> int:
        """Messages that answered nothing asked and told nothing known."""
        return self._foreign + self._parser.foreign

    def restart(self) -> None:
        """A new connection: half a message of the one before is forgotten."""
        self._foreign += self._parser.foreign
        self._parser = self._new_parser()
        self._question = None

    async def listen(self, wire: ByteStream) -> None:
        """Take what comes until the wire ends (the `serve` of a link)."""
        self._listens = True
        try:
            while True:
                self._hear(await received(wire))
                # A flooding device must not keep the rest of the line waiting.
                await asyncio.sleep(0)
        finally:
            self._listens = False
            if self._question is not None and not self._question[1].done():
                self._question[1].set_exception(
                    ConnectionResetError("closed by the peer")
                )

    async def ask(
        self, wire: ByteStream, data: bytes, answer: Callable[[M], A | None]
    ) -> A:
        """Send `data`; the first thing `answer` makes of a message (None: not this)."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._question = (answer, future)
        try:
            await wire.send(data)
            if self._listens:
                return await future
            while not future.done():
                self._hear(await received(wire))
            return future.result()
        finally:
            self._question = None
            if future.done() and not future.cancelled():
                future.exception()  # looked at, whoever is waiting

    def _hear(self, data: bytes) -> None:
        for message in self._parser.feed(data):
            if not self._is_answer(message) and not self._news(message):
                self._foreign += 1

    def _is_answer(self, message: M) -> bool:
        if self._question is None or self._question[1].done():
            return False
        answer, future = self._question
        try:
            found = answer(message)
        except ValueError as error:
            future.set_exception(error)
            return True
        if found is None:
            return False
        future.set_result(found)
        return True
