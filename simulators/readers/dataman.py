r"""A Cognex DataMan: silent by default, and dumb about what it does not understand.

Traps it has: in silent mode wrong commands vanish, a GET is answered by bare text that
looks like a read; which value switches to extended differs by firmware; some firmware
sends no command id back; a live view in the setup tool blocks triggers; it serves one
client at a time.
"""

import re
from typing import Literal

from drivers.transports.base import ByteStream
from simulators.readers.output import Output
from simulators.readers.talking import PushingReader, Session

_COMMAND = re.compile(rb"\|\|(?:0?(?::(\d*))?)>(.*)", re.DOTALL)
_SILENT = 0
_DONE, _INVALID, _BAD_PARAMETER, _STATE = 0, 101, 102, 104


class DataManReader(PushingReader):
    """`scene` is what a triggered look finds (None: nothing legible)."""

    def __init__(
        self,
        output: Output | None = None,
        *,
        extended: tuple[int, ...] = (1, 2),
        ids: Literal["returned", "left out", "colons"] = "returned",
        marks_reads: bool = True,
        banner: bytes = b"",
    ) -> None:
        super().__init__()
        self.mode = _SILENT
        self.live_view = False
        self.triggers = 0
        self.facts = {
            b"DEVICE.TYPE": "DM475V",
            b"DEVICE.NAME": "DM475-7F2A10",
            b"DEVICE.SERIAL-NUMBER": "1A2131XN000123",
            b"DEVICE.FIRMWARE-VER": "6.1.16_sr4",
        }
        self.banner = banner
        self._output = output or Output()
        self._extended = extended
        self._ids = ids
        self._marks_reads = marks_reads

    def session(self) -> "DataManSession":
        return DataManSession(self)

    async def serve(self, stream: ByteStream) -> None:
        if self.connected:
            return  # one client at a time: the next is turned away
        if self.banner:
            await stream.send(self.banner)
        await super().serve(stream)

    def power_cycle(self) -> None:
        """What was not saved is gone, the response mode with it."""
        self.mode = _SILENT

    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        text = self._output.text(payload, aim, item).encode("utf-8")
        if self.mode != _SILENT and self._marks_reads:
            return b"||[1]" + text + b"\r\n"
        return text + b"\r\n"

    def carry_out(self, line: bytes) -> bytes:
        """The answer to one line; bare or nothing while silent."""
        match = _COMMAND.fullmatch(line)
        if match is None:
            return b""
        number, command = match.groups()
        words = command.split()
        status, text = self._do([words[0].upper() if words else b"", *words[1:]])
        if self.mode == _SILENT:
            return text + b"\r\n" if text else b""
        return self._header(number or b"") + b"[%d]" % status + text + b"\r\n"

    def _header(self, number: bytes) -> bytes:
        if self._ids == "colons":
            return b"||:::2"
        if self._ids == "left out" or not number:
            return b"||"
        return b"||0:" + number

    def _do(self, words: list[bytes]) -> tuple[int, bytes]:
        match words:
            case [b"GET", name] if name.upper() in self.facts:
                return _DONE, self.facts[name.upper()].encode("ascii")
            case [b"SET", name, value] if name.upper() == b"COM.DMCC-RESPONSE":
                return self._set_mode(value)
            case [b"TRIGGER", value] if value.upper() == b"ON":
                return self._trigger()
            case [b"TRIGGER", value] if value.upper() == b"OFF":
                return _DONE, b""
            case _:
                return _INVALID, b""

    def _set_mode(self, value: bytes) -> tuple[int, bytes]:
        if value not in {b"%d" % mode for mode in (_SILENT, *self._extended)}:
            return _BAD_PARAMETER, b""
        self.mode = int(value)
        return _DONE, b""

    def _trigger(self) -> tuple[int, bytes]:
        if self.live_view:
            return _STATE, b""
        self.triggers += 1
        self.read(self.scene, item=self.triggers)
        return _DONE, b""


class DataManSession(Session):
    """One connection: lines in, lines out."""

    def __init__(self, reader: DataManReader) -> None:
        super().__init__()
        self._reader = reader
        self._buffer = b""

    def feed(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        return b"".join(map(self._reader.carry_out, lines))
