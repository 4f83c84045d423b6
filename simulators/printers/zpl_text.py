"""ZPL II as a printer reads it: commands out of a stream, and what bar codes say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

GS: Final = "\x1d"
MAX_FORMAT: Final = 256 * 1024

# `~` commands act at once: they have no end mark, so their length must be known.
_IMMEDIATE: Final = {b"HQ": 4}
_IMMEDIATE_LENGTH: Final = 2
_SGD: Final = re.compile(
    rb'\s*! U1 (getvar|setvar|do) "([^"]*)"(?: "([^"]*)")?\s*?\r?\n'
)


@dataclass(frozen=True, slots=True)
class Command:
    """`^XA`: code `^XA`; parameters are what follows up to the next command."""

    code: str
    body: bytes


class CommandStream:
    """Cuts a byte stream into commands as early as each is complete."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Command]:
        """The commands completed by `data`."""
        self._buffer += data
        while (command := self._next()) is not None:
            yield command
        if len(self._buffer) > MAX_FORMAT:
            self._buffer = b""

    def _next(self) -> Command | None:
        sgd = _SGD.match(self._buffer)
        if sgd is not None:
            self._buffer = self._buffer[sgd.end() :]
            body = sgd[2] + (b"" if sgd[3] is None else b"=" + sgd[3])
            return Command(f"! {sgd[1].decode()}", body)
        start = _first(self._buffer, 0)
        if start < 0 or len(self._buffer) < start + 3:
            return None
        code = self._buffer[start + 1 : start + 3].upper()
        if self._buffer[start] == ord("~"):
            return self._immediate(start, code)
        stands_alone = code in (b"XA", b"XZ")
        end = start + 3 if stands_alone else _first(self._buffer, start + 3)
        if end < 0:
            return None
        body = self._buffer[start + 3 : end]
        self._buffer = self._buffer[end:]
        return Command(f"^{code.decode('latin-1')}", body)

    def _immediate(self, start: int, code: bytes) -> Command | None:
        end = start + 1 + _IMMEDIATE.get(code, _IMMEDIATE_LENGTH)
        if len(self._buffer) < end:
            return None
        whole = self._buffer[start + 1 : end].upper()
        # What it interrupts stays in the buffer.
        self._buffer = self._buffer[:start] + self._buffer[end:]
        return Command(f"~{whole.decode('latin-1')}", b"")


def _first(data: bytes, start: int) -> int:
    """Where the next `^` or `~` stands from `start` on; -1 when there is none."""
    places = [p for p in (data.find(b"^", start), data.find(b"~", start)) if p >= 0]
    return min(places, default=-1)


def unhex(data: bytes, indicator: int) -> bytes:
    """`^FH`: the indicator and two hexadecimal digits stand for a byte."""
    pattern = re.escape(bytes([indicator])) + rb"([0-9A-Fa-f]{2})"
    return re.sub(pattern, lambda match: bytes.fromhex(match[1].decode()), data)


def code128(data: str, mode: str) -> tuple[str, str]:
    """Text and symbology identifier of a `^BC` with this field data."""
    if mode == "D":
        elements = data.replace("(", "\x00").replace(")", "").replace(" ", "")
        return elements.lstrip("\x00").replace("\x00", GS), "]C1"
    invocations = {
        ">0": ">",
        "><": "^",
        ">=": "~",
        ">8": GS,
        **dict.fromkeys((">5", ">6", ">7", ">9", ">:", ">;"), ""),
    }
    text = re.sub(r">[05-9:;<=]", lambda match: invocations[match[0]], data)
    return (text[1:], "]C1") if text.startswith(GS) else (text, "]C0")


def data_matrix(data: str, escape: str) -> tuple[str, str]:
    """Text and symbology identifier of a `^BX` with this escape character."""

    def meaning(match: re.Match[str]) -> str:
        what = match[1]
        if what == "1":
            return GS
        if what == escape:
            return escape
        return chr(int(what[1:]))

    mark = re.escape(escape)
    text = re.sub(rf"{mark}(1|{mark}|d\d{{3}})", meaning, data)
    return (text[1:], "]d2") if text.startswith(GS) else (text, "]d1")


def qr(data: str) -> tuple[str, str]:
    """Text and symbology identifier of a `^BQ`: its data begins like `QA,`.

    `>8` first is FNC1, as Link-OS 6.6 and later take it.
    """
    level, _, text = data.partition(",")
    if not re.fullmatch(r"[HQML][AM]?", level):
        return data, "]Q1"
    return (text[2:], "]Q3") if text.startswith(">8") else (text, "]Q1")


def ean13(data: str) -> tuple[str, str]:
    """Text and symbology identifier of a `^BE`: 12 digits, and the check digit.

    More digits lose their end, fewer get zeros before them.
    """
    digits = data[:12].zfill(12)
    weighted = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits))
    return f"{digits}{-weighted % 10}", "]E0"


def interleaved(data: str) -> tuple[str, str]:
    """Text and symbology identifier of a `^B2`: an odd number gets a zero before."""
    return ("0" + data if len(data) % 2 else data), "]I0"
