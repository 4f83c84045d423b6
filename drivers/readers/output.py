"""What a reader's frame says, by the output format it is set to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

GS = "\x1d"
_AIM = re.compile(r"(\][A-Za-z][0-9A-Za-z])(.*)", re.DOTALL)


class Kind(StrEnum):
    """What a frame turned out to be."""

    READ = "read"
    NO_READ = "no_read"
    IGNORED = "ignored"
    HEARTBEAT = "heartbeat"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A frame understood. `text` is None unless it is a read."""

    kind: Kind
    text: str | None = None
    aim: str | None = None
    item: int | None = None


_REFUSED = Reading(kind=Kind.REFUSED)


class Interpreter:
    """Frames to readings, by the reader's output format.

    `pattern`, where given, must match the whole frame; its group `code` is the
    payload and its group `item` the trigger number. An empty `no_read` is for readers
    that send none. A frame that does not decode or match, or that lacks its AIM
    identifier where `require_aim`, is refused: it is evidence of trouble, never a code.
    `separator` is what the reader sends in place of GS.
    """

    def __init__(
        self,
        *,
        no_read: str = "",
        encoding: str = "utf-8",
        pattern: str = "",
        split_aim: bool = True,
        require_aim: bool = False,
        ignore: Iterable[str] = (),
        heartbeat: str = "",
        separator: str = "",
    ) -> None:
        self._no_read = no_read
        self._encoding = encoding
        self._pattern = re.compile(pattern, re.DOTALL) if pattern else None
        self._split_aim = split_aim
        self._require_aim = require_aim
        self._ignore = frozenset(ignore)
        self._heartbeat = heartbeat
        self._separator = separator

    def read(self, frame: bytes) -> Reading:
        """What `frame` says."""
        try:
            text = frame.decode(self._encoding)
        except UnicodeDecodeError:
            return _REFUSED
        return self.understand(text)

    def understand(self, text: str) -> Reading:
        """What a frame of this text says."""
        if self._separator:
            text = text.replace(self._separator, GS)
        if self._heartbeat and text == self._heartbeat:
            return Reading(kind=Kind.HEARTBEAT)
        if text in self._ignore:
            return Reading(kind=Kind.IGNORED)
        return self._matched(text) if self._pattern else self._reading(text, "")

    def _matched(self, text: str) -> Reading:
        match = self._pattern.fullmatch(text) if self._pattern else None
        if match is None:
            return _REFUSED
        groups = match.groupdict(default="")
        return self._reading(groups.get("code", ""), groups.get("item", ""))

    def _reading(self, code: str, item: str) -> Reading:
        if item and not (item.isascii() and item.isdigit()):
            return _REFUSED
        number = int(item) if item else None
        if self._no_read and code == self._no_read:
            return Reading(kind=Kind.NO_READ, item=number)
        aim = None
        if self._split_aim and (match := _AIM.fullmatch(code)):
            aim, code = match.groups()
        if not code or (self._require_aim and aim is None):
            return _REFUSED
        return Reading(kind=Kind.READ, text=code, aim=aim, item=number)
