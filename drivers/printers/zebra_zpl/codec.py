"""ZPL replies to messages, and field data that survives the printer's parser.

Replies have no length and no number: they are frames between STX and ETX, known by
their shape. Values of variables and alerts stand outside frames.
"""

import re
from collections import deque
from collections.abc import Sequence

from drivers.printers.zebra_zpl.messages import (
    ErrorStatus,
    HostStatus,
    Identity,
    PrinterError,
    PrinterWarning,
)

STX = 0x02
ETX = 0x03
# The longest frame asked for is ~HQES with about 150 bytes.
MAX_FRAME = 2048
# Of texts nobody takes, the newest are kept.
MAX_TEXTS = 64

_ERRORS: tuple[tuple[int, int, PrinterError], ...] = (
    (1, 1, PrinterError.MEDIA_OUT),
    (1, 2, PrinterError.RIBBON_OUT),
    (1, 4, PrinterError.HEAD_OPEN),
    (1, 8, PrinterError.CUTTER_FAULT),
    (2, 1, PrinterError.HEAD_OVER_TEMPERATURE),
    (2, 2, PrinterError.MOTOR_OVER_TEMPERATURE),
    (2, 4, PrinterError.BAD_HEAD_ELEMENT),
    (2, 8, PrinterError.HEAD_DETECTION),
    (3, 1, PrinterError.BAD_FIRMWARE),
    (3, 2, PrinterError.THERMISTOR_OPEN),
    (4, 1, PrinterError.RETRACT_JAM),
    (4, 2, PrinterError.PRESENTER_STOPPED),
    (4, 4, PrinterError.PAPER_FEED),
    (4, 8, PrinterError.CLEAR_PATH_FAILED),
    (5, 1, PrinterError.PAUSED),
    (5, 2, PrinterError.RETRACT_TIMEOUT),
    (5, 4, PrinterError.BLACK_MARK_CALIBRATE),
    (5, 8, PrinterError.BLACK_MARK_NOT_FOUND),
)
_WARNINGS: tuple[tuple[int, int, PrinterWarning], ...] = (
    (1, 1, PrinterWarning.CALIBRATE_MEDIA),
    (1, 2, PrinterWarning.CLEAN_HEAD),
    (1, 4, PrinterWarning.REPLACE_HEAD),
    (1, 8, PrinterWarning.PAPER_NEAR_END),
)

_STATUS_LENGTHS = (12, 11, 2)
STATUS_PARTS = len(_STATUS_LENGTHS)
_HQES = re.compile(
    r"ERRORS:\s+[01]\s+([0-9A-F]{8})\s+([0-9A-F]{8})\s+"
    r"WARNINGS:\s+[01]\s+([0-9A-F]{8})\s+([0-9A-F]{8})",
    re.IGNORECASE,
)
_IDENTITY = re.compile(r"([^,]+),(V[^,]+),(\d+),(\d+)KB(?:,.*)?")


class FrameParser:
    """Bytes in any pieces to the texts between STX and ETX.

    Whole texts outside frames, a line or a value in quotes, are kept for `texts`.
    `foreign` counts bytes of texts that were cut short, and broken frames.
    """

    def __init__(self) -> None:
        self._frame: bytearray | None = None
        self._text = bytearray()
        self._texts: deque[str] = deque(maxlen=MAX_TEXTS)
        self.foreign = 0

    def reset(self) -> None:
        """Forget what has only begun."""
        self.foreign += self._frame is not None
        self._frame = None
        self._drop_text()

    def feed(self, data: bytes) -> list[str]:
        """The frames completed by `data`."""
        done: list[str] = []
        for byte in data:
            if byte == STX:
                self.foreign += self._frame is not None
                self._drop_text()
                self._frame = bytearray()
            elif self._frame is None:
                self._outside(byte)
            elif byte == ETX:
                done.append(self._frame.decode("latin-1"))
                self._frame = None
            else:
                self._frame.append(byte)
                if len(self._frame) > MAX_FRAME:
                    self._frame = None
                    self.foreign += 1
        return done

    def texts(self) -> list[str]:
        """The texts completed outside frames since the last call."""
        texts = list(self._texts)
        self._texts.clear()
        return texts

    def _outside(self, byte: int) -> None:
        is_quoted = self._text[:1] == b'"'
        if byte in b"\r\n" and not is_quoted:
            self._keep_text()
            return
        self._text.append(byte)
        if is_quoted and byte == ord('"'):
            self._keep_text()
        elif len(self._text) > MAX_FRAME:
            self._drop_text()

    def _keep_text(self) -> None:
        if self._text:
            # Alerts come in the language of the printer's panel.
            self._texts.append(self._text.decode("utf-8", errors="replace"))
            self._text.clear()

    def _drop_text(self) -> None:
        self.foreign += len(self._text)
        self._text.clear()


def is_status_part(frame: str, part: int) -> bool:
    """Whether `frame` has the shape of string `part` (0, 1 or 2) of `~HS`."""
    fields = frame.split(",")
    return len(fields) == _STATUS_LENGTHS[part] and all(f.isdigit() for f in fields)


def decode_host_status(frames: Sequence[str]) -> HostStatus:
    """The three strings of one `~HS`. `ValueError` when one has another shape."""
    if len(frames) != STATUS_PARTS:
        raise ValueError(f"~HS is three strings, got {len(frames)}")
    for part, frame in enumerate(frames):
        if not is_status_part(frame, part):
            raise ValueError(f"string {part + 1} of ~HS is {frame!r}")
    first, second = (frame.split(",") for frame in frames[:2])
    return HostStatus(
        paper_out=first[1] != "0",
        paused=first[2] != "0",
        formats_waiting=int(first[4]),
        buffer_full=first[5] != "0",
        partial_format=first[7] != "0",
        ram_lost=first[9] != "0",
        under_temperature=first[10] != "0",
        over_temperature=first[11] != "0",
        head_open=second[2] != "0",
        ribbon_out=second[3] != "0",
        label_waiting=second[7] != "0",
        labels_remaining=int(second[8]),
    )


def decode_error_status(frame: str) -> ErrorStatus:
    """`~HQES`. The groups are hexadecimal; the last digit is nibble 1."""
    match = _HQES.search(frame)
    if match is None:
        raise ValueError(f"~HQES is {frame!r}")
    errors, warnings = int(match[1] + match[2], 16), int(match[3] + match[4], 16)
    return ErrorStatus(
        errors=tuple(e for nibble, bit, e in _ERRORS if _has(errors, nibble, bit)),
        warnings=tuple(
            w for nibble, bit, w in _WARNINGS if _has(warnings, nibble, bit)
        ),
    )


def _has(flags: int, nibble: int, bit: int) -> bool:
    return (flags >> (nibble - 1) * 4) & bit != 0


def decode_identity(frame: str) -> Identity:
    """`~HI`."""
    match = _IDENTITY.fullmatch(frame.strip())
    if match is None:
        raise ValueError(f"~HI is {frame!r}")
    return Identity(
        model=match[1],
        firmware=match[2],
        dots_per_mm=int(match[3]),
        memory_kb=int(match[4]),
    )


def decode_serial_number(frame: str) -> str:
    """`~HQSN`: a headline, then the number. `ValueError` when it has another shape."""
    match = re.fullmatch(r"\s*SERIAL NUMBER\s+(\S+)\s*", frame)
    if match is None:
        raise ValueError(f"~HQSN is {frame!r}")
    return match[1]


def encode_get(name: str) -> bytes:
    """Set-Get-Do: ask for a variable. `ValueError` for a name that is none."""
    return f'! U1 getvar "{_variable(name)}"\r\n'.encode()


def encode_set(name: str, value: str) -> bytes:
    """Set-Get-Do: set a variable. It is not answered."""
    if not value.isprintable() or '"' in value:
        raise ValueError(f"{value!r} cannot be the value of a variable")
    return f'! U1 setvar "{_variable(name)}" "{value}"\r\n'.encode()


def _variable(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_.]+", name):
        raise ValueError(f"{name!r} is no variable: small letters, digits, dots")
    return name


def decode_value(text: str) -> str | None:
    """The value in a Set-Get-Do answer, which is in quotes; None: no such variable.

    `ValueError` for a text that is no answer.
    """
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError(f"a variable's value comes in quotes, got {text!r}")
    return None if text == '"?"' else text[1:-1]


def field_data(data: str) -> str:
    """`^FD…^FS` for `data`, with `^FH` and hexadecimal bytes where it needs them.

    Text is UTF-8 (`^CI28`). Hexadecimal is undone before a bar code's own escapes.
    """
    raw = data.encode("utf-8")
    if all(0x20 <= byte < 0x7F and byte not in b"^~" for byte in raw):
        return f"^FD{data}^FS"
    return f"^FH^FD{''.join(map(_hex, raw))}^FS"


def _hex(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"^~_"
    return chr(byte) if plain else f"_{byte:02X}"
