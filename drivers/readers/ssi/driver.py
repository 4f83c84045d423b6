"""A Zebra SSI scanner as a `CodeReader` that can be triggered."""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace

from drivers.around import Around
from drivers.base import CodeReader, Identity
from drivers.errors import DeviceFault
from drivers.readers.output import Interpreter, Kind, Reading
from drivers.readers.ssi.codec import WAKEUP, PacketParser, encode
from drivers.readers.ssi.joining import Joiner
from drivers.readers.ssi.messages import (
    AIM_OF_TYPE,
    NAK_TEXTS,
    Nak,
    Opcode,
    Packet,
    Spoilt,
    Status,
)
from drivers.readers.ssi.settings import SsiSettings
from drivers.readers.talking import TalkingReader
from drivers.transports.base import ByteStream, Dialer

# The manuals have either side send a message again twice.
_SENDINGS = 3
# The first byte only wakes the scanner; what follows at once may be lost.
_WAKE_S = 0.02

_ACK = encode(Packet(opcode=Opcode.ACK))
_RESEND = encode(Packet(opcode=Opcode.NAK, data=bytes([Nak.RESEND])))
_ANSWERS = frozenset({Opcode.ACK, Opcode.NAK, Opcode.REPLY_REVISION})


class SsiScanner(TalkingReader[Packet]):
    """Every packet of a scan is acknowledged, or asked for again when spoilt."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        parser: PacketParser,
        joiner: Joiner,
        interpreter: Interpreter,
        require_aim: bool = True,
        repeat_s: float = 0.5,
        window_s: float = 3.0,
        wakeup: bool = True,
        identity: str = "",
        reply_timeout_s: float = 2.0,
        probe_every_s: float = 10.0,
    ) -> None:
        self._parser = parser
        self._joiner = joiner
        super().__init__(
            name,
            address=address,
            dialer=dialer,
            rng=rng,
            reply_timeout_s=reply_timeout_s,
            probe_every_s=probe_every_s,
            repeat_s=repeat_s,
            greeting_asks=_SENDINGS,
            probe_asks=_SENDINGS + 1,
        )
        self._interpreter = interpreter
        self._require_aim = require_aim
        self._window_s = window_s
        self._wakeup = wakeup
        self._expected = identity
        self._wanted: frozenset[int] = frozenset()
        self.board.live("sent again by it", lambda: joiner.repeats)

    @property
    def broken_frames(self) -> int:
        """Packets spoilt or cut, and scans that were not completed."""
        return self._parser.broken + self._joiner.broken

    async def trigger(self) -> None:
        """Start a session; end it when no scan came. `DeviceFault` when refused."""
        before = self.counts.results
        timeout_s = self._window_s + 2 * _SENDINGS * self._reply_s
        async with self.link.exchange("trigger", timeout_s=timeout_s) as wire:
            started = await self._command(wire, Packet(opcode=Opcode.START_SESSION))
            if started.opcode == Opcode.ACK:
                try:
                    async with asyncio.timeout(self._window_s):
                        await self._queue.result_after(before)
                except TimeoutError:
                    await self._command(wire, Packet(opcode=Opcode.STOP_SESSION))
        self._check("start session", started)

    async def beep(self, tone: int = 0) -> None:
        """Sound beep `tone` (numbers as in the scanner's manual)."""
        async with self.link.exchange(
            "beep", timeout_s=_SENDINGS * self._reply_s
        ) as wire:
            packet = Packet(opcode=Opcode.BEEP, data=bytes([tone]))
            answer = await self._command(wire, packet)
        self._check("beep", answer)

    def _check(self, what: str, answer: Packet) -> None:
        if answer.opcode == Opcode.NAK:
            cause = answer.data[0] if answer.data else 0
            text = NAK_TEXTS.get(cause, "refused")
            raise DeviceFault(self.name, f"{what}: {text} (NAK {cause})")

    def _restart(self) -> None:
        self._parser.restart()
        self._joiner.restart()

    async def _hear(self, wire: ByteStream, data: bytes, now_s: float) -> None:
        for packet in self._parser.feed(data, at_s=now_s):
            if isinstance(packet, Spoilt):
                self._joiner.spoilt()
                await wire.send(_RESEND)
            elif packet.opcode in self._wanted:
                self._answered(packet)
            elif packet.opcode in _ANSWERS:
                self.foreign += 1
            else:
                await wire.send(_ACK)
                if packet.opcode == Opcode.DECODE_DATA:
                    self._hear_scan(packet, now_s)

    def _hear_scan(self, packet: Packet, now_s: float) -> None:
        scan = self._joiner.join(packet, at_s=now_s)
        if scan is not None:
            self._queue.take(self._reading(*scan), now_s)

    def _reading(self, kind: int, text: bytes) -> Reading:
        reading = self._interpreter.read(text)
        if reading.kind is Kind.READ and reading.aim is None:
            reading = replace(reading, aim=AIM_OF_TYPE.get(kind))
            if self._require_aim and reading.aim is None:
                return Reading(kind=Kind.REFUSED)
        return reading

    async def _greet(self, wire: ByteStream) -> None:
        answer = await self._command(wire, Packet(opcode=Opcode.REQUEST_REVISION))
        revision = answer.data if answer.opcode == Opcode.REPLY_REVISION else b""
        self.known_as(
            Identity(firmware=revision.decode("ascii", "replace").strip("\0 ")),
            expected=self._expected,
        )

    async def _probe(self, wire: ByteStream) -> None:
        await self._command(wire, Packet(opcode=Opcode.REQUEST_REVISION))

    async def _command(self, wire: ByteStream, packet: Packet) -> Packet:
        """The answer to a command, which is sent again when the scanner did not get
        it whole; these commands do no harm when carried out twice."""
        for _ in range(_SENDINGS - 1):
            with suppress(TimeoutError):
                answer = await self._say(wire, packet)
                if not (answer.opcode == Opcode.NAK and answer.data[:1] == b"\x01"):
                    return answer
            packet = replace(packet, status=packet.status | Status.RETRANSMIT)
        return await self._say(wire, packet)

    async def _say(self, wire: ByteStream, packet: Packet) -> Packet:
        is_question = packet.opcode == Opcode.REQUEST_REVISION
        done = Opcode.REPLY_REVISION if is_question else Opcode.ACK
        self._wanted = frozenset({done, Opcode.NAK})
        if self._wakeup:
            await wire.send(WAKEUP)
            await asyncio.sleep(_WAKE_S)
        return await self._ask(wire, encode(packet))


def from_settings(name: str, settings: SsiSettings, around: Around) -> CodeReader:
    """The scanner that `settings` describe."""
    return SsiScanner(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        parser=PacketParser(gap_s=settings.gap_ms / 1000),
        joiner=Joiner(longest=settings.max_frame, gap_s=settings.reply_timeout_s),
        interpreter=Interpreter(
            encoding=settings.encoding,
            pattern=settings.pattern,
            split_aim=settings.aim != "off",
        ),
        require_aim=settings.aim == "required",
        repeat_s=settings.repeat_ms / 1000,
        window_s=settings.trigger_ms / 1000,
        wakeup=settings.wakeup,
        identity=settings.identity,
        reply_timeout_s=settings.reply_timeout_s,
        probe_every_s=settings.probe_every_s,
    )
