"""A Cognex DataMan as a `CodeReader` that can be triggered."""

import base64
import binascii
import itertools
import random
from contextlib import suppress

from drivers.around import Around
from drivers.base import CodeReader, Identity
from drivers.errors import DeviceFault, MisuseError
from drivers.readers.dataman.codec import END, decode_line, encode_command
from drivers.readers.dataman.messages import (
    OUR_FAULT,
    STATUS_TEXTS,
    Reply,
    Status,
    Unmarked,
)
from drivers.readers.dataman.settings import DataManSettings
from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter, Kind, Reading
from drivers.readers.talking import TalkingReader
from drivers.transports.base import ByteStream, Dialer

# Manuals call the extended mode 1, a site's program for firmware 6.1.16 sets 2.
_EXTENDED = (1, 2)
_NAMED = ("DEVICE.SERIAL-NUMBER", "DEVICE.FIRMWARE-VER", "DEVICE.NAME")
_REFUSED = Reading(kind=Kind.REFUSED)


class DataMan(TalkingReader[Reply | Unmarked]):
    """In extended mode replies are marked, so whatever is not is a read; in silent
    mode an answer and a read look alike, so after the link is up nothing is asked.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        framer: Framer,
        interpreter: Interpreter,
        extended: bool = True,
        base64_reads: bool = False,
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
            probe_every_s=probe_every_s if extended else 0.0,
            greeting_asks=len(_EXTENDED) + len(_NAMED) + 1,
        )
        self._framer = framer
        self._interpreter = interpreter
        self._extended = extended
        self._base64_reads = base64_reads
        self._expected = identity
        self._numbers = itertools.count(1)
        self._number = 0
        self._switching = 0
        self._greeting = False
        self._device_name = ""

    @property
    def broken_frames(self) -> int:
        """Frames that were cut or overlong."""
        return self._framer.broken

    async def trigger(self) -> None:
        """`TRIGGER ON`. The result comes by `read`.

        `DeviceFault` when the reader says that it does not look; a silent one says
        nothing, and then no result comes.
        """
        async with self.link.exchange("trigger", timeout_s=2 * self._reply_s) as wire:
            if not self._extended:
                await wire.send(self._command("TRIGGER ON"))
                return
            reply = await self._marked(wire, "TRIGGER ON")
            if reply.status == Status.CHECKSUM_WRONG:
                reply = await self._marked(wire, "TRIGGER ON")
        self._check("TRIGGER ON", reply)

    def _check(self, command: str, reply: Reply) -> None:
        if reply.status == Status.DONE:
            return
        text = STATUS_TEXTS.get(reply.status, "fault")
        complaint = f"{command}: {text} ({reply.status})"
        fault = MisuseError if reply.status in OUR_FAULT else DeviceFault
        raise fault(self.name, complaint)

    def _restart(self) -> None:
        self._framer.restart()
        self._switching = 0

    async def _hear(self, wire: ByteStream, data: bytes, now_s: float) -> None:  # noqa: ARG002
        for line in self._framer.feed(data, at_s=now_s):
            self._hear_line(line, now_s)

    def _hear_line(self, line: bytes, now_s: float) -> None:
        try:
            said = decode_line(line)
        except ValueError:
            self.foreign += 1
            return
        if isinstance(said, Unmarked):
            self._hear_unmarked(said, now_s)
        elif said.status == Status.READ_STRING:
            self._queue.take(self._marked_read(said.data), now_s)
        elif self._is_of_the_switch(said):
            self._switching = 0
        elif said.number not in {None, self._number}:
            self.foreign += 1  # the answer to a question given up
        else:
            self._answered(said)

    def _is_of_the_switch(self, said: Reply) -> bool:
        """Whether this answers the switch to extended: some readers answer it, some
        do not, and some send no id back. It has no data, as a device's type has."""
        if said.number is None:
            return self._switching > 0 and not said.data
        return said.number == self._switching

    def _hear_unmarked(self, said: Unmarked, now_s: float) -> None:
        if self._is_no_result(said.data):
            self._queue.take(Reading(kind=Kind.IGNORED), now_s)
        elif self._greeting and self._expected.encode() in said.data:
            self._answered(said)
        else:
            self._queue.take(self._interpreter.read(said.data), now_s)

    def _is_no_result(self, data: bytes) -> bool:
        """In extended mode a banner, or our own question answered by a reader that is
        silent, or was made so again by another program."""
        name = self._device_name.encode()
        return self._extended and (self._greeting or (bool(name) and data == name))

    def _marked_read(self, data: bytes) -> Reading:
        if not self._base64_reads:
            return self._interpreter.read(data)
        try:
            return self._interpreter.read(base64.b64decode(data, validate=True))
        except binascii.Error:
            return _REFUSED

    async def _greet(self, wire: ByteStream) -> None:
        self._greeting = True
        try:
            if self._extended:
                await self._greet_extended(wire)
            elif self._expected:
                await self._greet_silent(wire)
        finally:
            self._greeting = False

    async def _greet_silent(self, wire: ByteStream) -> None:
        """Only an answer that has the expected text in it can be told from a read."""
        said = await self._ask(wire, self._command("GET DEVICE.TYPE"))
        self.known_as(
            Identity(make="Cognex", model=_text(said)), expected=self._expected
        )

    async def _greet_extended(self, wire: ByteStream) -> None:
        reply = await self._first_marked(wire)
        model = _text(reply)
        serial, firmware, self._device_name = [
            _text(await self._marked(wire, f"GET {parameter}")) for parameter in _NAMED
        ]
        self.board.put("name", self._device_name)
        self.known_as(
            Identity(make="Cognex", model=model, serial=serial, firmware=firmware),
            expected=self._expected,
        )

    async def _first_marked(self, wire: ByteStream) -> Reply:
        """Switch to extended, and the device's type to prove that it worked."""
        for mode in _EXTENDED:
            await wire.send(self._command(f"SET COM.DMCC-RESPONSE {mode}"))
            self._switching = self._number
            with suppress(TimeoutError):
                reply = await self._marked(wire, "GET DEVICE.TYPE")
                self._switching = 0  # its answer would have come before
                return reply
        raise DeviceFault(
            self.name,
            "gives no extended responses; is it a DataMan, and its DMCC port?",
        )

    async def _probe(self, wire: ByteStream) -> None:
        await self._marked(wire, "GET DEVICE.NAME")

    def _command(self, command: str) -> bytes:
        self._number = next(self._numbers)
        return encode_command(command, self._number)

    async def _marked(self, wire: ByteStream, command: str) -> Reply:
        reply = await self._ask(wire, self._command(command))
        assert isinstance(reply, Reply)
        return reply


def _text(reply: Reply | Unmarked) -> str:
    """What it says, or nothing when it says that it cannot."""
    if isinstance(reply, Reply) and reply.status != Status.DONE:
        return ""
    return reply.data.decode("ascii", "replace").strip().strip('"')


def from_settings(name: str, settings: DataManSettings, around: Around) -> CodeReader:
    """The reader that `settings` describe."""
    return DataMan(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framer=Framer(
            terminators=(END, b"\r", b"\n"),
            max_frame=settings.max_frame,
            gap_s=settings.gap_ms / 1000,
        ),
        interpreter=settings.interpreter(),
        extended=settings.responses == "extended",
        base64_reads=settings.read_data == "base64",
        identity=settings.identity,
        reply_timeout_s=settings.reply_timeout_s,
        probe_every_s=settings.probe_every_s,
    )
