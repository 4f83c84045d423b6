"""Zipher text: `CMD|p1|p2|` and CR out; lines ended by any run of CR and LF in."""

import re

from drivers.printers.videojet_zipher.messages import Fault, Message, PrinterReport

# A list of faults may be long; past this it is not the protocol.
MAX_LINE = 8192

_LINE = re.compile(r"([A-Z]{3})(?:\|(.*))?", re.DOTALL)
_FORBIDDEN = re.compile(r"[|\r\n]")
_NUMBER = re.compile(r"\d{1,10}")


class LineParser:
    """Bytes in any pieces to messages. Counts what it could not take as `foreign`."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = False
        self.foreign = 0

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`."""
        self._buffer += data
        *lines, rest = re.split(rb"[\r\n]", self._buffer)
        self._buffer = bytearray(rest)
        found = [m for line in lines if (m := self._message(line)) is not None]
        if len(self._buffer) > MAX_LINE:
            self._buffer.clear()
            self._skipping = True
        return found

    def _message(self, line: bytes | bytearray) -> Message | None:
        if self._skipping or len(line) > MAX_LINE:
            self._skipping = False
            self.foreign += 1
            return None
        match = _LINE.fullmatch(line.decode("latin-1"))
        if match is None:
            self.foreign += bool(line)
            return None
        keyword, rest = match.groups()
        fields = rest.removesuffix("|").split("|") if rest else ()
        return Message(keyword=keyword, fields=tuple(fields))


def encode(keyword: str, *parameters: int | str) -> bytes:
    """A command. `ValueError` names a parameter that cannot be sent.

    The CR before it ends whatever half a command may have reached the printer.
    """
    checked = [check_value(str(parameter)) for parameter in parameters]
    body = "".join(f"{parameter}|" for parameter in checked)
    return f"\r{keyword}{'|' if body else ''}{body}\r".encode("ascii")


def encode_record(index: int, text: str) -> bytes:
    """`SID`: one record with its own number."""
    return encode("SID", index, text)


def check_value(text: str) -> str:
    """`text`. `ValueError` for a bar, CR, LF and whatever is not ASCII."""
    if found := _FORBIDDEN.search(text):
        raise ValueError(f"{text!r} has {found[0]!r} at position {found.start()}")
    if not text.isascii():
        bad = next(c for c in text if not c.isascii())
        raise ValueError(f"{text!r} has {bad!r}, which is not in ASCII")
    return text


def decode_report(message: Message) -> PrinterReport:
    """The answer to `GST`. `ValueError` when it is not that."""
    if len(message.fields) != 5:
        raise ValueError(f"STS wants 5 values, got {message.fields}")
    state, error, job, batch, total = message.fields
    return PrinterReport(
        state=_number(message, state),
        error=_number(message, error),
        job=job,
        batch=_number(message, batch),
        total=_number(message, total),
    )


def decode_number(message: Message) -> int:
    """The single number of `SRC`, `SLR`, `SNI`. `ValueError` when it is none."""
    if len(message.fields) != 1:
        raise ValueError(f"{message.keyword} wants 1 number, got {message.fields}")
    return _number(message, message.fields[0])


def decode_faults(message: Message) -> list[Fault]:
    """The entries of `FLT` or `WRN`. `ValueError` when their count is not true."""
    count, *rest = message.fields or ("",)
    if _number(message, count) * 3 != len(rest):
        raise ValueError(f"{message.keyword} says {count} entries: {rest}")
    return [
        Fault(number=number, clearable=clearable != "0", text=text)
        for number, clearable, text in zip(
            rest[::3], rest[1::3], rest[2::3], strict=True
        )
    ]


def _number(message: Message, field: str) -> int:
    if not _NUMBER.fullmatch(field):
        raise ValueError(f"{message.keyword} has {field!r} where a number belongs")
    return int(field)
