"""Frames of a reader: one frame is one read, never a joined or a cut one."""

import re
from collections.abc import Iterable

_LINE_ENDS = b"\r\n"
_NEVER = re.compile(rb"(?!)")


class Framer:
    """Bytes in any pieces to frames without their start and terminator.

    A frame ends at the first of `terminators` (the longest where two begin at one
    place) and is dropped when empty. With `start`, a frame must begin with it (line
    ends before it are nothing), unless `start_optional`; a second start inside means
    the frame before was cut, and only the last one counts.
    A frame over `max_frame` bytes is discarded up to its end, and so is one with a
    pause over `gap_s` inside (0: any pause will do): its two halves may be of two
    frames. `resync` discards up to the first terminator after each connection, for
    readers that may be joined in the middle of a frame.

    A reader that ends its frames with nothing is framed by silence: no terminator,
    and `flush` when nothing came for a while.

    `broken` counts frames that were cut, overlong or without their start.
    """

    def __init__(
        self,
        *,
        terminators: Iterable[bytes] = (b"\r", b"\n"),
        start: bytes = b"",
        start_optional: bool = False,
        max_frame: int = 1024,
        gap_s: float = 0.5,
        resync: bool = False,
        by_silence: bool = False,
    ) -> None:
        self._start = start
        self._start_optional = start_optional
        self._max_frame = max_frame
        self._gap_s = gap_s
        self._last_s = 0.0
        self._resync = resync
        self.broken = 0
        longest_first = sorted(terminators, key=len, reverse=True)
        if not all(longest_first) or not (longest_first or by_silence):
            raise ValueError("a text reader needs a terminator of at least one byte")
        alternatives = b"|".join(map(re.escape, longest_first))
        self._end = re.compile(alternatives) if longest_first else _NEVER
        self._overlap = len(longest_first[0]) - 1 if longest_first else 0
        self._buffer = bytearray()
        self._skipping = resync

    @property
    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer) or self._skipping

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

    def flush(self) -> list[bytes]:
        """The frame begun ends here, by silence; at most one."""
        frames: list[bytes] = []
        self._take(bytes(self._buffer), frames)
        self._buffer.clear()
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
        self.broken += bool(before.strip(_LINE_ENDS))
        if found or self._start_optional:
            return whole
        return None if whole.strip(_LINE_ENDS) else b""
