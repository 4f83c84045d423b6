"""A Keyence SR as a `CodeReader` that can be triggered."""

import asyncio
import random

from drivers.around import Around
from drivers.base import CodeReader, Identity
from drivers.errors import DeviceFault, ProtocolFault
from drivers.readers.framing import Framer
from drivers.readers.keyence_sr.codec import ESC, Framing, decode_reply
from drivers.readers.keyence_sr.messages import (
    ERROR_TEXTS,
    UNKNOWN_COMMAND,
    WRAP,
    Counters,
    Reply,
)
from drivers.readers.keyence_sr.reconcile import Reconciler
from drivers.readers.keyence_sr.settings import KeyenceSrSettings
from drivers.readers.output import Interpreter
from drivers.readers.talking import TalkingReader
from drivers.transports.base import ByteStream, Dialer


class KeyenceSr(TalkingReader[Reply]):
    """Whether it answers `LON` and `LOFF` is a setting of the reader; so an answer to
    them is heard and never waited for.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        framing: Framing,
        framer: Framer,
        interpreter: Interpreter,
        trigger_on: str = "LON",
        trigger_off: str = "LOFF",
        window_s: float = 1.0,
        escape_first: bool = False,
        identity: str = "",
        reply_timeout_s: float = 1.5,
        probe_every_s: float = 5.0,
    ) -> None:
        super().__init__(
            name,
            address=address,
            dialer=dialer,
            rng=rng,
            reply_timeout_s=reply_timeout_s,
            probe_every_s=probe_every_s,
        )
        self._framing = framing
        self._framer = framer
        self._interpreter = interpreter
        self._on, self._off = trigger_on, trigger_off
        self._window_s = window_s
        self._escape_first = escape_first
        self._expected = identity
        self._asked = ""
        self._reconciler = Reconciler()

    @property
    def broken_frames(self) -> int:
        """Frames that were cut, overlong or without their start."""
        return self._framer.broken

    async def trigger(self) -> None:
        """`LON`; with a window, wait for the result and end a look without one by
        `LOFF` (the reader then sends its error string). `DeviceFault` when it refuses.
        """
        before = self.counts.results
        refusal: DeviceFault | None = None
        async with self.link.exchange(
            "trigger", timeout_s=self._reply_s + self._window_s
        ) as wire:
            await wire.send(self._framing.frame(self._on))
            if not self._window_s:
                return
            try:
                async with asyncio.timeout(self._window_s):
                    await self._queue.result_after(before)
            except TimeoutError:
                await wire.send(self._framing.frame(self._off))
            except DeviceFault as error:
                refusal = error
        if refusal is not None:
            raise refusal

    def _restart(self) -> None:
        self._framer.restart()
        self._reconciler.restart()

    async def _hear(self, wire: ByteStream, data: bytes, now_s: float) -> None:  # noqa: ARG002
        for frame in self._framer.feed(data, at_s=now_s):
            reply = decode_reply(frame)
            if reply is None:
                self._queue.take(self._interpreter.read(frame), now_s)
            elif reply.command in {self._on, self._off, "LON", "LOFF"}:
                self._hear_timing(reply)
            elif reply.command == self._asked:
                self._answered(reply)
            else:
                self.foreign += 1

    def _hear_timing(self, reply: Reply) -> None:
        # LOFF after a successful read is refused: the two crossed on the wire.
        if reply.error is None or reply.command in {self._off, "LOFF"}:
            return
        self.board.put("last refusal", _error(reply.error))
        complaint = f"{self._on}: {_error(reply.error)}"
        self._queue.interrupt(DeviceFault(self.name, complaint))

    async def _greet(self, wire: ByteStream) -> None:
        if self._escape_first:
            await wire.send(ESC)
        reply = await self._command(wire, "KEYENCE")
        if reply.error not in {None, UNKNOWN_COMMAND}:
            raise DeviceFault(self.name, f"KEYENCE: {_error(reply.error or 0)}")
        model, *versions = reply.fields or ("",)
        self.known_as(
            Identity(make="Keyence", model=model, firmware=" ".join(versions)),
            expected=self._expected,
        )

    async def _probe(self, wire: ByteStream) -> None:
        reply = await self._command(wire, "NUM")
        if reply.error is not None:
            self.board.put("last refusal", _error(reply.error))
            return
        try:
            counters = Counters.from_fields(reply.fields)
        except ValueError as error:
            raise ProtocolFault(self.name, f"NUM: {error}") from None
        for field in Counters.__slots__:
            self.board.put(
                f"reader's {field}", getattr(counters, field), low=0, high=WRAP - 1
            )
        ours = self.counts.results + self.counts.refused
        missing = self._reconciler.missing(counters, ours)
        self.board.put("results missing", missing, low=0, high=0)

    async def _command(self, wire: ByteStream, command: str) -> Reply:
        self._asked = command
        return await self._ask(wire, self._framing.frame(command))


def _error(number: int) -> str:
    return f"{ERROR_TEXTS.get(number, 'error')} ({number:02})"


def from_settings(name: str, settings: KeyenceSrSettings, around: Around) -> CodeReader:
    """The reader that `settings` describe."""
    return KeyenceSr(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framing=settings.framing,
        framer=settings.framing.framer(
            max_frame=settings.max_frame, gap_s=settings.gap_ms / 1000
        ),
        interpreter=settings.interpreter(),
        trigger_on=settings.trigger_on,
        trigger_off=settings.trigger_off,
        window_s=settings.trigger_ms / 1000,
        escape_first=settings.escape_first,
        identity=settings.identity,
        reply_timeout_s=settings.reply_timeout_s,
        probe_every_s=settings.probe_every_s,
    )
