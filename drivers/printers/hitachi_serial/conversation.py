"""What is said to a Hitachi printer on an open wire, one word and its answer at a time.

A command that may be refused gives the reason; an empty one when it was done.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import ProtocolFault
from drivers.printers.dialogue import Dialogue
from drivers.printers.hitachi_serial import codec
from drivers.printers.hitachi_serial.messages import Control, Message, Text
from drivers.printers.hitachi_serial.settings import HitachiSerialSettings
from drivers.transports.base import ByteStream

A = TypeVar("A")

# The manual's least pause between an answer and what is said next (p. 5-48).
GAP_S = 0.005

OFFLINE = "脱机或被占用 offline, or its panel is in use (NAK)"
NOT_ONLINE = "不能联机 does not go online: is a screen open?"
SCREEN = "见打印机警告代码 see the error code on its screen"


class Conversation:
    """Over all connections of the printer called `name`.

    `heard` takes down what it told: a name and a value.
    """

    def __init__(
        self,
        name: str,
        settings: HitachiSerialSettings,
        heard: Callable[[str, bool | str], None],
    ) -> None:
        self.dialogue: Dialogue[Message] = Dialogue(codec.AnswerParser, _no_news)
        self.answered_s = 0.0
        self._name = name
        self._settings = settings
        self._heard = heard

    async def greet(self, wire: ByteStream) -> None:
        """End what may be left of a text, then hear the clock: only such a printer
        answers so, and whatever came before that was for nobody."""
        self.dialogue.restart()
        self.answered_s = asyncio.get_running_loop().time()
        await self.tell(wire, codec.DC2)
        await self.ask_clock(wire)

    async def ask_clock(self, wire: ByteStream) -> None:
        """Harmless, and the one answer that has a shape."""
        try:
            told = await self._ask(wire, codec.CLOCK, _clock)
        except ValueError as error:
            raise ProtocolFault(self._name, str(error)) from None
        await wire.send(codec.ACK)
        self._heard("clock", told)

    async def takes(self, wire: ByteStream) -> bool:
        """Whether it would take a text."""
        takes = await self.tell(wire, codec.ENQ)
        self._heard("takes a text", takes)
        return takes

    async def go_online(self, wire: ByteStream) -> str:
        return "" if await self.tell(wire, codec.ONLINE) else NOT_ONLINE

    async def reopen(self, wire: ByteStream) -> str:
        """Take the next text, whether or not the one before was printed."""
        return "" if await self.tell(wire, codec.DC2) else OFFLINE

    async def recall(self, wire: ByteStream, message: int) -> str:
        if await self.tell(wire, codec.encode_recall(message)):
            return ""
        return f"message {message:04d} refused (NAK): is it stored?"

    async def put_blank(self, wire: ByteStream) -> str:
        """The blank in place of whatever it holds."""
        blank = self._settings.blank
        data = codec.encode_text(self._settings.item, blank)
        if refused := await self.reopen(wire):
            return refused
        if not await self.takes(wire):
            return OFFLINE
        if not await self.tell(wire, data):
            return f"blank {blank!r} refused (NAK): {SCREEN}"
        return ""

    async def tell(self, wire: ByteStream, data: bytes) -> bool:
        """Say it; whether the answer is ACK."""
        return await self._ask(wire, data, _control) is Control.ACK

    async def _ask(
        self, wire: ByteStream, data: bytes, answer: Callable[[Message], A | None]
    ) -> A:
        loop = asyncio.get_running_loop()
        pause_s = self.answered_s + GAP_S - loop.time()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        async with asyncio.timeout(self._settings.reply_timeout_s):
            found = await self.dialogue.ask(wire, data, answer)
        self.answered_s = loop.time()
        return found


def _control(message: Message) -> Control | None:
    return message if isinstance(message, Control) else None


def _clock(message: Message) -> str | None:
    return codec.decode_clock(message.body) if isinstance(message, Text) else None


def _no_news(_message: Message) -> bool:
    """It says nothing unasked."""
    return False
