"""Where the code of the next picture is expected, from where the last ones stood."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.vision.decoded import Point
from agent.vision.region import Region

NEW: Final = 0.3  # share of the newest place in the running means
LEAST_READS: Final = 2
MARGIN: Final = 0.25  # of the code's longer side, around it
STRAYS: Final = 2.0  # times the usual distance from the expected place
LARGEST_SHARE: Final = 0.6  # a window of more than this of the picture gains nothing


@dataclass(frozen=True, slots=True)
class _Track:
    reads: int
    x: float
    y: float
    width: float
    height: float
    stray: float


class Following:
    """Keeps the place of a station's code.

    Running means of the centre, of the sides, and of how far codes stray from the
    expected centre; the window is the code's box with a margin that grows with the
    straying. A code that jumps is missed in the window, read in the whole picture, and
    widens the next windows; a code that strays too far has none.
    """

    def __init__(self) -> None:
        self._track: _Track | None = None

    def window(self, width: int, height: int) -> Region | None:
        """The part of a picture of this size to look at first, if any is worth it."""
        track = self._track
        if track is None or track.reads < LEAST_READS:
            return None
        longer = max(track.width, track.height)
        margin = MARGIN * longer + STRAYS * track.stray
        left = max(int(track.x - track.width / 2 - margin), 0)
        top = max(int(track.y - track.height / 2 - margin), 0)
        right = min(int(track.x + track.width / 2 + margin) + 1, width)
        bottom = min(int(track.y + track.height / 2 + margin) + 1, height)
        if right - left < 1 or bottom - top < 1:
            return None
        if (right - left) * (bottom - top) > LARGEST_SHARE * width * height:
            return None
        return Region(x=left, y=top, width=right - left, height=bottom - top)

    def holds_one(self, window: Region) -> bool:
        """Whether a window is too small to hold a second code beside the first."""
        track = self._track
        if track is None:
            return False
        return max(window.width, window.height) < 2 * max(track.width, track.height)

    def saw(self, codes: Iterable[Sequence[Point]]) -> None:
        """The codes of one picture were read there. Several are not followed."""
        found = list(codes)
        if len(found) != 1:
            self._track = None if found else self._track
            return
        xs, ys = zip(*found[0], strict=True)
        x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        old = self._track
        if old is None:
            self._track = _Track(1, x, y, width, height, 0.0)
            return
        stray = max(abs(x - old.x), abs(y - old.y))
        self._track = _Track(
            old.reads + 1,
            old.x + NEW * (x - old.x),
            old.y + NEW * (y - old.y),
            old.width + NEW * (width - old.width),
            old.height + NEW * (height - old.height),
            old.stray + NEW * (stray - old.stray),
        )
