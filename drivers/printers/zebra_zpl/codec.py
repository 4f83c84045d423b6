"""ZPL replies to messages, and field data that survives the printer's parser.

Replies have no length and no number: they are frames between STX and ETX, known by
their shape. What stands outside frames is dropped and counted.
"""

import re
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

    `foreign` counts bytes outside frames other than line ends, and broken frames.
    """

    def __init__(self) -> None:
        self._frame: bytearray | None = None
        self.foreign = 0

    def reset(self) -> None:
        """Forget a frame that has only begun."""
        self.foreign += self._frame is not None
        self._frame = None

    def feed(self, data: bytes) -> list[str]:
        """The frames completed by `data`."""
        done: list[str] = []
        for byte in data:
            if byte == STX:
                self.foreign += self._frame is not None
                self._frame = bytearray()
            elif self._frame is None:
                self.foreign += byte not in b"\r\n"
            elif byte == ETX:
                done.append(self._frame.decode("latin-1"))
                self._frame = None
            else:
                self._frame.append(byte)
                if len(self._frame) > MAX_FRAME:
                    self._frame = None
                    self.foreign += 1
        return done


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
