"""A capture without the codes in it, its structure kept.

Replaced, each letter by a letter and each digit by a digit, the same text always by the
same: every text the line sent to a printer or got from a reader (of 4 or more
characters), wherever it stands, whole in one frame or over several; and in frames every
other run of 8 or more letters and digits (in frames that are JSON, and in results and
messages: only runs with a digit in them). Kept: everything else, that is controls and
punctuation, lengths, short runs, numbers of the protocol, times and settings.
"""

import hashlib
import hmac
import json
import re
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from agent.api.capture_models import CallLine, EntryLine, FrameLine, OutcomeLine

SHORTEST_TEXT = 4
LONG_RUN = 8
_GS = "\x1d"
_CLASSES = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_RUN = rb"[A-Za-z0-9]{%d,}" % LONG_RUN
_WIDE_RUN = rb"(?:\x00[A-Za-z0-9]){%d,}" % LONG_RUN
_WIDEST_RUN = rb"(?:\x00{3}[A-Za-z0-9]){%d,}" % LONG_RUN
_MIXED_RUN = rf"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{{LONG_RUN},}}"


class Redactor:
    """Replaces texts under `key`: another key, other replacements."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def redacted(self, lines: Sequence[EntryLine]) -> list[EntryLine]:
        """The same lines without the texts."""
        texts = sorted(set(_texts(lines)), key=lambda text: (-len(text), text))
        known = [part for text in texts for part in _encoded(text)]
        frames = _frames_pattern(known)
        plain = _compiled([re.escape(text) for text in texts], _MIXED_RUN)
        replaced = self._replaced(lines, frames, known)
        return [
            replaced.get(position, None) or self._spoken(line, plain)
            for position, line in enumerate(lines)
        ]

    def _replaced(
        self, lines: Sequence[EntryLine], pattern: re.Pattern[bytes], known: list[bytes]
    ) -> dict[int, EntryLine]:
        """Frames by position; each direction of a connection is one text."""
        flows: dict[tuple[int, str], list[tuple[int, FrameLine]]] = defaultdict(list)
        for position, line in enumerate(lines):
            if isinstance(line, FrameLine):
                flows[line.wire, line.direction].append((position, line))
        done: dict[int, EntryLine] = {}
        for flow in flows.values():
            pieces = [bytes.fromhex(line.hex) for _, line in flow]
            is_json = all(map(_is_json, pieces))
            used = _json_pattern(known) if is_json else pattern
            whole = used.sub(self._bytes_for, b"".join(pieces))
            start = 0
            for (position, line), piece in zip(flow, pieces, strict=True):
                part = whole[start : start + len(piece)]
                start += len(piece)
                done[position] = line.model_copy(update={"hex": part.hex()})
        return done

    def _spoken(self, line: EntryLine, pattern: re.Pattern[str]) -> EntryLine:
        match line:
            case CallLine():
                told = tuple(self._value(each, pattern) for each in line.arguments)
                return line.model_copy(update={"arguments": told})
            case OutcomeLine():
                return line.model_copy(
                    update={
                        "result": self._value(line.result, pattern),
                        "message": pattern.sub(self._text_for, line.message),
                    }
                )
        return line

    def _value(self, value: JsonValue, pattern: re.Pattern[str]) -> JsonValue:
        if isinstance(value, str):
            return pattern.sub(self._text_for, value)
        if isinstance(value, list):
            return [self._value(each, pattern) for each in value]
        if isinstance(value, dict):
            return {k: self._value(each, pattern) for k, each in value.items()}
        return value

    def _text_for(self, match: re.Match[str]) -> str:
        return self.replacement(match[0])

    def _bytes_for(self, match: re.Match[bytes]) -> bytes:
        """In whatever encoding it stands there: one character a byte, NULs kept."""
        found = match[0]
        characters = found.replace(b"\x00", b"").decode("latin-1")
        fresh = iter(self.replacement(characters).encode("latin-1"))
        return bytes(byte if byte == 0 else next(fresh) for byte in found)

    def replacement(self, text: str) -> str:
        """A text of the same shape, always the same one."""
        stream = self._stream(text.encode())
        return "".join(_like(char, next(stream)) for char in text)

    def _stream(self, text: bytes) -> Iterator[int]:
        block = 0
        while True:
            salt = block.to_bytes(4, "big")
            yield from hmac.new(self._key, salt + text, hashlib.sha256).digest()
            block += 1


def _like(char: str, draw: int) -> str:
    for kind in _CLASSES:
        if char in kind:
            return kind[draw % len(kind)]
    return char


def _texts(lines: Iterable[EntryLine]) -> Iterator[str]:
    """What went to printers and came from readers, GS parting a text into several."""
    for line in lines:
        match line:
            case CallLine(name="queue" | "print_label"):
                found = _strings(list(line.arguments))
            case OutcomeLine() if isinstance(line.result, dict):
                found = _strings(line.result.get("text"))
            case _:
                continue
        for text in found:
            yield from (p for p in text.split(_GS) if len(p) >= SHORTEST_TEXT)


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key != "template":
                yield from _strings(each)


def _encoded(text: str) -> Iterator[bytes]:
    """A text as protocols carry it: bytes, or two or four bytes a character."""
    yield text.encode("utf-8")
    yield text.encode("utf-32-be")
    yield text.encode("utf-16-be")
    yield text.encode("utf-16-le")


def _frames_pattern(known: list[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join([*map(re.escape, known), _WIDEST_RUN, _WIDE_RUN, _RUN]))


def _json_pattern(known: list[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join([*map(re.escape, known), _MIXED_RUN.encode()]))


def _compiled(known: list[str], run: str) -> re.Pattern[str]:
    return re.compile("|".join([*known, run]))


def _is_json(data: bytes) -> bool:
    if not data.startswith(b"{"):
        return False
    try:
        json.loads(data)
    except ValueError:
        return False
    return True
