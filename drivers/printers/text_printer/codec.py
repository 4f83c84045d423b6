"""A table's frames and patterns: messages to bytes and back. Pure."""

import re
from collections.abc import Mapping

from drivers.printers.text_printer.messages import Answer, Unasked, Verdict
from drivers.printers.text_printer.table import PLACEHOLDER, Frame, Step, Table

# Past this without an end it is not the protocol.
MAX_FRAME = 4096


def checksum(kind: str, body: bytes) -> bytes:
    """Two hex digits over `body`; nothing for kind `none`."""
    value = 0
    for byte in body:
        value = value ^ byte if kind == "xor8" else (value + byte) & 0xFF
    return b"" if kind == "none" else b"%02X" % value


class FrameParser:
    """Bytes in any pieces to messages. Counts what it could not take as `foreign`."""

    def __init__(self, frame: Frame, encoding: str) -> None:
        self._start = frame.start.encode(encoding)
        self._end = frame.end.encode(encoding)
        self._tokens = tuple(token.encode(encoding) for token in frame.tokens)
        self._checksum = frame.checksum
        self._encoding = encoding
        self._buffer = bytearray()
        self._skipping = False
        self.foreign = 0

    def feed(self, data: bytes) -> list[str]:
        """The messages completed by `data`."""
        self._buffer += data
        found: list[str] = []
        while (piece := self._take()) is not None:
            if (message := self._message(piece)) is not None:
                found.append(message)
        if len(self._buffer) > MAX_FRAME:
            self._buffer.clear()
            self._skipping = True
        return found

    def _take(self) -> bytes | None:
        """The next token or piece up to an end."""
        for token in self._tokens:
            if not self._skipping and self._buffer.startswith(token):
                del self._buffer[: len(token)]
                return token
        at = self._buffer.find(self._end)
        if at < 0:
            return None
        piece = bytes(self._buffer[: at + len(self._end)])
        del self._buffer[: len(piece)]
        return piece

    def _message(self, piece: bytes) -> str | None:
        if piece in self._tokens and not piece.endswith(self._end):
            return piece.decode(self._encoding)
        skipping, self._skipping = self._skipping, False
        body = None if skipping else self._body(piece.removesuffix(self._end))
        if body is None:
            self.foreign += 1
            return None
        return body or None

    def _body(self, piece: bytes) -> str | None:
        """The text in a frame; empty between two ends, None when it is none."""
        if len(piece) > MAX_FRAME:
            return None
        if not self._start:
            piece = piece.strip(b"\r\n")
            if not piece:
                return ""
        before, start, body = (
            piece.rpartition(self._start) if self._start else (b"", b"", piece)
        )
        if self._start and not start:
            return None
        self.foreign += bool(before.strip(b"\r\n"))
        if self._checksum != "none":
            body, told = body[:-2], body[-2:]
            if told.upper() != checksum(self._checksum, body):
                return None
        try:
            return body.decode(self._encoding)
        except UnicodeDecodeError:
            return None


class Dialect:
    """What is said to a printer, and what its messages mean, by its table."""

    def __init__(self, table: Table, parameters: Mapping[str, str]) -> None:
        self.table = table
        self._values = {**table.parameters, **parameters}

    def parser(self) -> FrameParser:
        """A parser for what the printer says."""
        table = self.table
        return FrameParser(table.answers or table.frame, table.encoding)

    def encode(self, step: Step, **filled: str) -> bytes:
        """The bytes of a step. `ValueError` when a value cannot be encoded."""
        values = {**self._values, **filled}
        body = PLACEHOLDER.sub(lambda m: _filled(m, values), step.send)
        try:
            data = body.encode(self.table.encoding)
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{body!r} has {body[error.start]!r}, which is not in "
                f"{self.table.encoding}"
            ) from None
        if not step.framed:
            return data
        frame = self.table.frame
        start, end = (t.encode(self.table.encoding) for t in (frame.start, frame.end))
        return start + data + checksum(frame.checksum, data) + end

    def escaped(self, text: str) -> str:
        """A code as it is sent. `ValueError` says why it cannot be.

        A control character other than GS is sent only if the table escapes it.
        """
        rules, frame = self.table.text, self.table.frame
        if len(text) > rules.longest:
            raise ValueError(
                f"{text!r} has {len(text)} characters of {rules.longest} at most"
            )
        forbidden = (rules.forbidden + frame.start + frame.end).translate(
            {ord(key): None for key in rules.escapes}
        )
        for at, character in enumerate(text):
            is_control = (character < " " or character == "\x7f") and not (
                character == "\x1d" or character in rules.escapes
            )
            if is_control or character in forbidden:
                raise ValueError(f"{text!r} has {character!r} at position {at}")
        sent = text.translate({ord(k): v for k, v in rules.escapes.items()})
        try:
            sent.encode(self.table.encoding)
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{text!r} has {sent[error.start]!r}, which is not in "
                f"{self.table.encoding}"
            ) from None
        return sent

    def unescaped(self, text: str) -> str:
        """What an escaped text stands for."""
        back = {value: key for key, value in self.table.text.escapes.items()}
        if not back:
            return text
        longest_first = sorted(map(re.escape, back), key=len, reverse=True)
        return re.sub("|".join(longest_first), lambda m: back[m[0]], text)

    def answer(self, step: Step, message: str) -> Answer | None:
        """What `message` says to `step`; None when it is no answer to it."""
        for verdict, pattern in (
            (Verdict.OK, step.ok),
            (Verdict.BUSY, step.busy),
            (Verdict.ERROR, step.error),
        ):
            match = re.search(pattern, message) if pattern else None
            if match is not None:
                groups = {k: v for k, v in match.groupdict().items() if v is not None}
                return Answer(verdict=verdict, message=message, groups=groups)
        return None

    def unasked(self, message: str) -> tuple[Unasked, str] | None:
        """What a message nobody asked for says, with its error number."""
        events = self.table.events
        for kind, pattern in (
            (Unasked.PRINTED, events.printed),
            (Unasked.FAULT, events.fault),
            (Unasked.IGNORED, events.ignore),
        ):
            match = re.search(pattern, message) if pattern else None
            if match is not None:
                return kind, match.groupdict().get("error") or ""
        return None

    def matches(self, pattern: str, told: str) -> bool:
        """Whether a pattern of the table is found in `told`."""
        return re.search(pattern, told) is not None

    def error_text(self, number: str) -> str:
        """An error number with what the table knows of it."""
        meaning = self.table.errors.get(number, "")
        return f"{number} {meaning}".strip()


def _filled(match: re.Match[str], values: Mapping[str, str]) -> str:
    if match["name"] is None:
        return match[0][0]
    value = values[match["name"]]
    if match["end"] is not None or match["first"] is not None:
        first, end = (
            int(part) if part else None for part in match.group("first", "end")
        )
        value = value[first:end]
    return value.zfill(int(match["width"])) if match["width"] else value
