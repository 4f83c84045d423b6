"""A Keyence SR: answers as it was asked, and only says what it is set to say.

Traps it has: a reply is framed as its command was; one LF after a command is nothing;
ESC empties the receive buffer, and 10 s between characters do too; by default LON and
LOFF are not answered, nor their refusal; LOFF after a read is refused and cannot stop a
look begun at the IN terminal; counters begin again after 65535; with the setup tool
connected every command is refused.
"""

import re

from simulators.readers.output import Output
from simulators.readers.talking import PushingReader, Session

_STX, _ETX, _CR, _LF, _ESC = b"\x02", b"\x03", b"\r", b"\n", b"\x1b"
_WRAP = 65536
_PATIENCE_S = 10.0
_BANKS = 16
_UNKNOWN, _PARAMETER_1, _STATE, _SETUP_TOOL = 0, 2, 20, 23


class KeyenceReader(PushingReader):
    """`scene` is what a look finds (None: nothing legible, it looks on until LOFF)."""

    def __init__(
        self,
        output: Output | None = None,
        *,
        framed: bool = False,
        replies: bool = False,
        identity: str = "SR-X300,1.73,7.244",
    ) -> None:
        super().__init__()
        self.setup_tool = False
        self.identity = identity
        self.ok = self.ng = self.errors = self.stable = self.triggers = 0
        self.looking = False
        self.at_terminal = False
        self._output = output or Output(no_read="ERROR")
        self._framed = framed
        self._replies = replies

    def session(self) -> "KeyenceSession":
        return KeyenceSession(self)

    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        return self.framed(self._output.text(payload, aim, item), stx=self._framed)

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool:
        self.triggers += not self.looking
        self.ok += payload is not None
        self.errors += payload is None
        self.looking = self.at_terminal = False
        return super().read(payload, aim=aim, item=item)

    def terminal_on(self) -> None:
        """The photo-eye at the IN terminal: it looks until `read`."""
        self.looking = self.at_terminal = True
        self.triggers += 1

    @staticmethod
    def framed(text: str, *, stx: bool) -> bytes:
        """Text with header and terminator."""
        body = text.encode("utf-8")
        return _STX + body + _ETX if stx else body + _CR

    def carry_out(self, command: str) -> str:
        """The reply to one command; empty for none."""
        name = re.sub(r"\d+$", "", command)
        if self.setup_tool:
            return f"ER,{name},{_SETUP_TOOL:02}"
        match name:
            case "LON":
                return self._timing("LON", self._start(command[3:]))
            case "LOFF":
                return self._timing("LOFF", self._stop())
            case "KEYENCE":
                return f"OK,KEYENCE,{self.identity}"
            case "NUM":
                counts = (self.ok, self.ng, self.errors, self.stable, self.triggers)
                return ",".join(["OK,NUM", *(str(n % _WRAP) for n in counts)])
            case _:
                return f"ER,{command},{_UNKNOWN:02}"

    def _timing(self, name: str, error: int | None) -> str:
        if not self._replies:
            return ""
        return f"OK,{name}" if error is None else f"ER,{name},{error:02}"

    def _start(self, bank: str) -> int | None:
        if bank and not 1 <= int(bank) <= _BANKS:
            return _PARAMETER_1
        if self.looking:
            return _STATE
        self.looking = True
        self.triggers += 1
        return None

    def _stop(self) -> int | None:
        if not self.looking or self.at_terminal:
            return _STATE
        return None

    def after(self, command: str) -> None:
        """What follows the reply to a command: a look ends."""
        if not self.looking or self.at_terminal or self.setup_tool:
            return
        if command.startswith("LON") and self.scene is not None:
            self.read(self.scene)
        elif command == "LOFF":
            self.read(None)


class KeyenceSession(Session):
    """One connection."""

    def __init__(self, reader: KeyenceReader) -> None:
        super().__init__()
        self._reader = reader
        self._buffer = b""
        self._after_command = False
        self._last_s = 0.0

    def feed(self, data: bytes, now_s: float) -> bytes:
        if now_s - self._last_s > _PATIENCE_S:
            self._buffer = b""
        self._last_s = now_s
        said = b""
        for number in data:
            said += self._hear(bytes([number]))
        return said

    def _hear(self, byte: bytes) -> bytes:
        after_command, self._after_command = self._after_command, False
        framed = self._buffer.startswith(_STX)
        if byte == _ESC:
            self._buffer = b""
        elif byte == _STX:
            self._buffer = _STX
        elif byte == (_ETX if framed else _CR):
            command, self._buffer = self._buffer.removeprefix(_STX), b""
            self._after_command = True
            return self._carry_out(command.decode("ascii", "replace"), stx=framed)
        elif not (byte == _LF and after_command):
            self._buffer += byte
        return b""

    def _carry_out(self, command: str, *, stx: bool) -> bytes:
        reply = self._reader.carry_out(command)
        if reply:
            self.push(self._reader.framed(reply, stx=stx))
        self._reader.after(command)
        return b""
