"""Frames of a text reader: one frame is one read, never a joined or a cut one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_AIM = re.compile(r"(\][A-Za-z][0-9A-Za-z])(.*)", re.DOTALL)


class Framer:
    """Bytes in any pieces to frames without their start and terminator.

    A frame ends at the first of `terminators` (the longest where two begin at one
    place) and is dropped when empty. With `start`, a frame must begin with it; a
    second start inside means the frame before was cut, and only the last one counts.
    A frame over `max_frame` bytes is discarded up to its end, and so is one with a
    pause over `gap_s` inside (0: any pause will do): its two halves may be of two
    frames. `resync` discards up to the first terminator after each connection, for
    readers that may be joined in the middle of a frame.

    `broken` counts frames that were cut, overlong or without their start.
    """

    def __init__(
        self,
        *,
        terminators: Iterable[bytes] = (b"\r", b"\n"),
        start: bytes = b"",
        max_frame: int = 1024,
        gap_s: float = 0.5,
        resync: bool = False,
    ) -> None:
        self._start = start
        self._max_frame = max_frame
        self._gap_s = gap_s
        self._last_s = 0.0
        self._resync = resync
        self.broken = 0
        longest_first = sorted(terminators, key=len, reverse=True)
        if not longest_first or not all(longest_first):
            raise ValueError("a text reader needs a terminator of at least one byte")
        self._end = re.compile(b"|".join(map(re.escape, longest_first)))
        self._overlap = len(longest_first[0]) - 1
        self._buffer = bytearray()
        self._skipping = resync

    def restart(self) -> None:
        """A new connection begins: what was half received never gets its end."""
        self.broken += bool(self._buffer) and not self._skipping
        self._buffer.clear()
        self._skipping = self._resync

    def feed(self, data: bytes, *, at_s: float) -> list[bytes]:
        """The frames completed by `data`, received at `at_s`."""
        if self._buffer and 0 < self._gap_s < at_s - self._last_s:
            self._give_up()
        self._last_s = at_s
        searched = max(0, len(self._buffer) - self._overlap)
        self._buffer += data
        frames: list[bytes] = []
        begin = 0
        for match in self._end.finditer(self._buffer, searched):
            self._take(bytes(self._buffer[begin : match.start()]), frames)
            begin = match.end()
        del self._buffer[:begin]
        if len(self._buffer) > self._max_frame + len(self._start) + self._overlap:
            self._give_up()
        return frames

    def _give_up(self) -> None:
        """Discard the frame begun, up to its end."""
        self.broken += not self._skipping
        self._skipping = True
        # Keep what may be the beginning of the terminator.
        del self._buffer[: len(self._buffer) - self._overlap]

    def _take(self, frame: bytes, frames: list[bytes]) -> None:
        if self._skipping:
            self._skipping = False
            return
        whole = self._without_start(frame)
        if whole is None or len(whole) > self._max_frame:
            self.broken += 1
        elif whole:
            frames.append(whole)

    def _without_start(self, frame: bytes) -> bytes | None:
        if not self._start or not frame:
            return frame
        before, found, whole = frame.rpartition(self._start)
        self.broken += bool(before)
        return whole if found else None


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
    payload and its group `item` the trigger number. A frame that does not decode or
    match is refused: it is evidence of trouble, never a code.
    """

    def __init__(
        self,
        *,
        no_read: str,
        encoding: str = "utf-8",
        pattern: str = "",
        split_aim: bool = True,
        ignore: Iterable[str] = (),
        heartbeat: str = "",
    ) -> None:
        self._no_read = no_read
        self._encoding = encoding
        self._pattern = re.compile(pattern, re.DOTALL) if pattern else None
        self._split_aim = split_aim
        self._ignore = frozenset(ignore)
        self._heartbeat = heartbeat

    def read(self, frame: bytes) -> Reading:
        """What `frame` says."""
        try:
            text = frame.decode(self._encoding)
        except UnicodeDecodeError:
            return _REFUSED
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
        if code == self._no_read:
            return Reading(kind=Kind.NO_READ, item=number)
        aim = None
        if self._split_aim and (match := _AIM.fullmatch(code)):
            aim, code = match.groups()
        if not code:
            return _REFUSED
        return Reading(kind=Kind.READ, text=code, aim=aim, item=number)
