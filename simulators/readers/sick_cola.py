"""A SICK CLV or Lector: CoLa-A commands, results as plain text on the same wire.

Traps it has: for some time after power-up it hears nothing; results are not framed as
answers are; a variable it does not have is an error and still an answer; closing a gate
that is closed is refused.
"""

from simulators.readers.output import Output
from simulators.readers.talking import PushingReader, Session

_STX, _ETX = b"\x02", b"\x03"
_UNKNOWN_METHOD, _UNKNOWN_VARIABLE, _UNKNOWN_COMMAND = 2, 3, 0xB


class SickReader(PushingReader):
    """`scene` is what an opened gate finds (None: nothing, until the gate closes)."""

    def __init__(
        self,
        output: Output | None = None,
        *,
        framed: bool = False,
        ident: str | None = "7 CLV65x  6 V5.300",
        ready_at_s: float = 0.0,
    ) -> None:
        super().__init__()
        self.is_open = False
        self.jammed = False
        self.ready_at_s = ready_at_s
        self._output = output or Output(no_read="NoRead")
        self._framed = framed
        self._ident = ident

    def session(self) -> "SickSession":
        return SickSession(self)

    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        text = self._output.text(payload, aim, item).encode("utf-8")
        return _STX + text + _ETX if self._framed else text + b"\r\n"

    def carry_out(self, command: str) -> str:
        """The answer to one command."""
        match command.split(" "):
            case ["sRN", "DeviceIdent"] if self._ident is not None:
                return f"sRA DeviceIdent {self._ident}"
            case ["sRN", _]:
                return f"sFA {_UNKNOWN_VARIABLE:X}"
            case ["sMN", "mTCgateon"]:
                opened = not (self.is_open or self.jammed)
                self.is_open = self.is_open or opened
                return f"sAN mTCgateon {opened:d}"
            case ["sMN", "mTCgateoff"]:
                return f"sAN mTCgateoff {self.is_open:d}"
            case ["sMN", _]:
                return f"sFA {_UNKNOWN_METHOD:X}"
            case _:
                return f"sFA {_UNKNOWN_COMMAND:X}"

    def after(self, command: str) -> None:
        """What follows the answer: a result."""
        if not self.is_open:
            return
        if command == "sMN mTCgateon" and self.scene is not None:
            self.is_open = False
            self.read(self.scene)
        elif command == "sMN mTCgateoff":
            self.is_open = False
            self.read(None)


class SickSession(Session):
    """One connection."""

    def __init__(self, reader: SickReader) -> None:
        super().__init__()
        self._reader = reader
        self._buffer = b""

    def feed(self, data: bytes, now_s: float) -> bytes:
        if now_s < self._reader.ready_at_s:
            return b""
        for number in data:
            byte = bytes([number])
            if byte == _STX:
                self._buffer = byte
            elif byte == _ETX and self._buffer.startswith(_STX):
                command = self._buffer[1:].decode("ascii", "replace")
                self._buffer = b""
                answer = self._reader.carry_out(command)
                self.push(_STX + answer.encode("ascii") + _ETX)
                self._reader.after(command)
            elif self._buffer:
                self._buffer += byte
        return b""
