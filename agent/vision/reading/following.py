"""Where the code of the next picture is expected, from where the last ones stood."""

from collections.abc import Collection
from typing import Final, NamedTuple

from agent.vision.decoded import Corners, Point
from agent.vision.region import Region

NEW: Final = 0.3  # share of the newest place in the running means
LEAST_READS: Final = 2
MARGIN: Final = 0.25  # of the code's longer side, around it
STRAYS: Final = 2.0  # times the usual distance from the expected place
LARGEST_SHARE: Final = 0.6  # a window of more than this of the picture gains nothing


class _Track(NamedTuple):
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

    def holds_one(self, place: Region) -> bool:
        """Whether a window, or a small picture, has no room for a second code."""
        track = self._track
        if track is None or track.reads < LEAST_READS:
            return False
        return max(place.width, place.height) < 2 * max(track.width, track.height)

    def saw(self, codes: Collection[Corners], origin: Point = (0.0, 0.0)) -> None:
        """The codes of one picture that began at `origin` were read there.

        Several are not followed.
        """
        if len(codes) > 1:
            self._track = None
        elif codes:
            (corners,) = codes
            self._track = self._joined(corners, origin)

    def _joined(self, corners: Corners, origin: Point) -> _Track:
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = corners
        left, right = min(x1, x2, x3, x4), max(x1, x2, x3, x4)
        top, bottom = min(y1, y2, y3, y4), max(y1, y2, y3, y4)
        x, y = (left + right) / 2 - origin[0], (top + bottom) / 2 - origin[1]
        width, height = right - left, bottom - top
        old = self._track
        if old is None:
            return _Track(1, x, y, width, height, 0.0)
        stray = max(abs(x - old.x), abs(y - old.y))
        return _Track(
            old.reads + 1,
            old.x + NEW * (x - old.x),
            old.y + NEW * (y - old.y),
            old.width + NEW * (width - old.width),
            old.height + NEW * (height - old.height),
            old.stray + NEW * (stray - old.stray),
        )
