"""A SICK CLV or Lector as a `CodeReader` that can be triggered."""

import asyncio
import random

from drivers.around import Around
from drivers.base import CodeReader, Identity
from drivers.errors import DeviceFault
from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter
from drivers.readers.sick_cola.codec import decode_answer, encode, framer, texts_of
from drivers.readers.sick_cola.messages import (
    DEVICE_IDENT,
    ERROR_TEXTS,
    GATE_OFF,
    GATE_ON,
    Answer,
)
from drivers.readers.sick_cola.settings import SickColaSettings
from drivers.readers.talking import TalkingReader
from drivers.transports.base import ByteStream, Dialer


class SickCola(TalkingReader[Answer]):
    """Opens and closes the reading gate; results come as text on the same wire."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        framer: Framer,
        interpreter: Interpreter,
        window_s: float = 1.0,
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
        self._framer = framer
        self._interpreter = interpreter
        self._window_s = window_s
        self._expected = identity
        self._asked = ""

    @property
    def broken_frames(self) -> int:
        """Frames that were cut, overlong or without their start."""
        return self._framer.broken

    async def trigger(self) -> None:
        """Open the gate, wait for a result, close the gate again in any case.

        `DeviceFault` when the gate does not open. Closing a gate that the reader
        closed by itself is refused by some, and no fault.
        """
        before = self.counts.results
        timeout_s = self._window_s + 2 * self._reply_s
        async with self.link.exchange("trigger", timeout_s=timeout_s) as wire:
            opened = await self._method(wire, GATE_ON)
            if opened.words[:1] == ("1",):
                try:
                    async with asyncio.timeout(self._window_s):
                        await self._queue.result_after(before)
                except TimeoutError:
                    pass
                await self._method(wire, GATE_OFF)
        if opened.words[:1] != ("1",):
            raise DeviceFault(self.name, f"{GATE_ON}: {_refusal(opened)}")

    def _restart(self) -> None:
        self._framer.restart()

    async def _hear(self, wire: ByteStream, data: bytes, now_s: float) -> None:  # noqa: ARG002
        for frame in self._framer.feed(data, at_s=now_s):
            try:
                answer = decode_answer(frame)
            except ValueError:
                self.foreign += 1
                continue
            if answer is None:
                self._queue.take(self._interpreter.read(frame), now_s)
            elif answer.error is not None or answer.name == self._asked:
                self._answered(answer)
            else:
                self.foreign += 1

    async def _greet(self, wire: ByteStream) -> None:
        """Whatever it answers, only a CoLa-A device answers so; after power-up that
        may take half a minute, and the link is dialled until it does."""
        answer = await self._command(wire, "sRN", DEVICE_IDENT)
        model, *versions = [text.strip() for text in texts_of(answer.words)] or [""]
        self.known_as(
            Identity(make="SICK", model=model, firmware=" ".join(versions)),
            expected=self._expected,
        )

    async def _probe(self, wire: ByteStream) -> None:
        await self._command(wire, "sRN", DEVICE_IDENT)

    async def _method(self, wire: ByteStream, method: str) -> Answer:
        return await self._command(wire, "sMN", method)

    async def _command(self, wire: ByteStream, verb: str, name: str) -> Answer:
        self._asked = name
        return await self._ask(wire, encode(f"{verb} {name}"))


def _refusal(answer: Answer) -> str:
    if answer.error is None:
        return f"refused: {' '.join(answer.words)}"
    return f"{ERROR_TEXTS.get(answer.error, 'error')} (sFA {answer.error:X})"


def from_settings(name: str, settings: SickColaSettings, around: Around) -> CodeReader:
    """The reader that `settings` describe."""
    return SickCola(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framer=framer(
            results_framed=settings.results_framed,
            max_frame=settings.max_frame,
            gap_s=settings.gap_ms / 1000,
        ),
        interpreter=settings.interpreter(),
        window_s=settings.trigger_ms / 1000,
        identity=settings.identity,
        reply_timeout_s=settings.reply_timeout_s,
        probe_every_s=settings.probe_every_s,
    )
