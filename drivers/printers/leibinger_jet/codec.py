r"""JET3 text protocol: lines of `^0`, kind, two letters, body, CR.

With `!LN` set at the printer each line carries its length (five digits after `^0`,
counting from the kind to the CR); such lines are checked and taken as well.
"""

import re
from collections.abc import Iterable

from drivers.base import PrintRecord
from drivers.printers.leibinger_jet.messages import (
    Counters,
    FifoStatus,
    Frame,
    JobField,
    RunStatus,
    Version,
)

# The longest line seen is a job description of about 170 characters; a version or
# error list may reach 1,300. Past this it is not the protocol.
MAX_FRAME = 4096

# Upper bits of the error number are flags (two public drivers agree).
ERROR_BITS = (1 << 25) - 1

_LINE = re.compile(r"\^0(\d{5})?([?=!*])([A-Z][A-Z0-9])(.*)", re.DOTALL)
_FORBIDDEN = re.compile(r"[\t\r\n]")
_FIRMWARE = re.compile(r"V\d+\.\d+\.\d+\S*")
# Length, placeholder in parentheses, field number; more values follow.
_JOB_FIELD = re.compile(r"EXTTXT *\[ *(\d{1,9}) +\(.*?\) +(\d{1,9})\b.*")
# The last line of a job, as `?JB` gets it.
JOB_END = "ENDLJSCRIPT"


class FrameParser:
    """Bytes in any pieces to frames. Counts what it could not take as `foreign`."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = False
        self.foreign = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by `data`."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\r")
        self._buffer = bytearray(rest)
        frames = [frame for line in lines if (frame := self._frame(line)) is not None]
        if len(self._buffer) > MAX_FRAME:
            self._buffer.clear()
            self._skipping = True
        return frames

    def _frame(self, line: bytes | bytearray) -> Frame | None:
        if self._skipping or len(line) > MAX_FRAME:
            self._skipping = False
            self.foreign += 1
            return None
        text = line.decode("latin-1").lstrip("\n")
        match = _LINE.fullmatch(text)
        if match is None or not _length_fits(match):
            self.foreign += bool(text)
            return None
        _, kind, code, body = match.groups()
        return Frame(kind=kind, code=code, body=body)


def _length_fits(match: re.Match[str]) -> bool:
    length = match[1]
    return length is None or int(length) == match.end() - match.start(2) + len("\r")


def encode_query(code: str) -> bytes:
    """`?XX`."""
    return b"^0?" + code.encode("ascii") + b"\r"


def encode_action(code: str) -> bytes:
    """`!XX`."""
    return b"^0!" + code.encode("ascii") + b"\r"


def encode_reply(code: str, *fields: int | str) -> bytes:
    """`=XX` with its fields (the printer's side)."""
    return f"^0={code}{chr(9).join(map(str, fields))}\r".encode("latin-1")


def encode_records(records: Iterable[PrintRecord]) -> bytes:
    """`=MR` lines, one a record. `ValueError` names a text that cannot be sent."""
    return b"".join(
        b"^0=MR%d\t%s\r" % (record.number, escape(record.text)) for record in records
    )


def escape(text: str) -> bytes:
    r"""Data with `^` and `\` escaped. `ValueError` for TAB, CR, LF and non Latin-1."""
    if found := _FORBIDDEN.search(text):
        raise ValueError(f"{text!r} has {found[0]!r} at position {found.start()}")
    try:
        return text.replace("\\", "\\\\").replace("^", "\\^").encode("latin-1")
    except UnicodeEncodeError as error:
        bad = text[error.start]
        raise ValueError(f"{text!r} has {bad!r}, which is not in Latin-1") from None


def unescape(body: str) -> str:
    """The data an escaped body stands for (the printer's side)."""
    return re.sub(r"\\(.)", r"\1", body)


def decode_run_status(frame: Frame) -> RunStatus:
    """`=RS`. `ValueError` when it is not five numbers or more."""
    nozzle, machine, error, cover, speed = _numbers(frame, 5)
    return RunStatus(
        nozzle=nozzle,
        machine=machine,
        error=error & ERROR_BITS,
        cover_open=cover != 0,
        speed=speed,
    )


def decode_fifo_status(frame: Frame) -> FifoStatus:
    """`=SM`. `ValueError` when it is not six numbers or more."""
    depth, entries, last, stop_at, finished, print_gos = _numbers(frame, 6)
    return FifoStatus(
        depth=depth,
        entries=entries,
        last_started=last,
        stop_at=stop_at,
        finished=finished != 0,
        print_gos=print_gos,
    )


def encode_select(job: str) -> bytes:
    r"""`=JL`: load a job by its path, whose backslashes are no escapes.

    `ValueError` for a path the protocol cannot carry.
    """
    if not job or not job.isascii() or not job.isprintable() or "^" in job:
        raise ValueError(f"{job!r} cannot be the path of a job")
    return f"^0=JL{job}\r".encode("ascii")


def encode_counter_reset() -> bytes:
    """`=CC`: the product counter to 0; the total stays."""
    return b"^0=CC0\t0\t0\r"


def decode_counters(frame: Frame) -> Counters:
    """`=CC`. `ValueError` when it is not three numbers or more."""
    product, stop_after, total = _numbers(frame, 3)
    return Counters(product=product, stop_after=stop_after, total=total)


def decode_version(frame: Frame) -> Version:
    """`=VS`: of many fields, the firmware (V75.0.11.2), then model and serial number.

    The last field that looks like a firmware is the machine's; those before it are
    of its parts. Where none does, the whole is taken for the firmware.
    """
    fields = [field.strip() for field in frame.fields]
    at = max((n for n, f in enumerate(fields) if _FIRMWARE.fullmatch(f)), default=None)
    if at is None:
        return Version(model="", firmware=" ".join(fields), serial="")
    model, serial = [*fields[at + 1 :], "", ""][:2]
    return Version(model=model, firmware=fields[at], serial=serial)


def job_line(frame: Frame) -> str | None:
    """A line of a job description (kind `*`); None for any other frame."""
    return frame.code + frame.body if frame.kind == "*" else None


def decode_job_field(line: str) -> JobField | None:
    """The EXTERN TEXT in a line of a job description; None for another line."""
    match = _JOB_FIELD.match(line)
    return JobField(length=int(match[1]), number=int(match[2])) if match else None


def _numbers(frame: Frame, count: int) -> tuple[int, ...]:
    fields = frame.fields[:count]
    if len(fields) < count or not all(re.fullmatch(r"\d{1,10}", f) for f in fields):
        raise ValueError(f"={frame.code} wants {count} numbers, got {frame.body!r}")
    return tuple(map(int, fields))
