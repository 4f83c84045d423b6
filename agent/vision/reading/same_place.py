"""Whether two readings are of one symbol."""

from collections.abc import Sequence
from typing import Final

from agent.vision.decoded import Corners, Decoded, Point

HIGHER: Final = 0.15  # of its length by which a bar code's place is taken higher


def same_place(one: Decoded, other: Decoded) -> bool:
    """Whether two readings cover each other.

    A matrix code's corners are its own: of two at one place, the middle of one lies in
    the other. A bar code's are those of the lines that were read, so any touch counts;
    bars inside a matrix code are its modules.
    """
    if not _boxes_touch(one.corners, other.corners):
        return False
    if one.symbology.is_linear and other.symbology.is_linear:
        return _meet(_grown(one.corners), _grown(other.corners))
    return (
        not other.symbology.is_linear and _holds(other.corners, _middle(one.corners))
    ) or (not one.symbology.is_linear and _holds(one.corners, _middle(other.corners)))


def _boxes_touch(one: Corners, other: Corners) -> bool:
    (left, top, right, bottom), (x1, y1, x2, y2) = _box(one), _box(other)
    near = HIGHER * max(right - left, bottom - top, x2 - x1, y2 - y1)
    return (
        left <= x2 + near
        and x1 <= right + near
        and top <= y2 + near
        and y1 <= bottom + near
    )


def _box(corners: Corners) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _middle(corners: Corners) -> Point:
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


def _grown(corners: Corners) -> list[Point]:
    """Higher along the bars: the same bars may have been read in other rows."""
    top_left, top_right, bottom_right, bottom_left = corners
    x = (top_right[0] - top_left[0] + bottom_right[0] - bottom_left[0]) / 2
    y = (top_right[1] - top_left[1] + bottom_right[1] - bottom_left[1]) / 2
    down = (bottom_left[0] - top_left[0]) * -y + (bottom_left[1] - top_left[1]) * x
    by = HIGHER if down >= 0 else -HIGHER
    away = (-y * by, x * by)
    return [
        *((at[0] - away[0], at[1] - away[1]) for at in (top_left, top_right)),
        *((at[0] + away[0], at[1] + away[1]) for at in (bottom_right, bottom_left)),
    ]


def _holds(corners: Corners, at: Point) -> bool:
    """Whether a convex quadrilateral, turned either way round, holds a point."""
    turns = [_turn(start, end, at) for start, end in _sides(corners)]
    return all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns)


def _meet(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two convex quadrilaterals touch: no side of either parts them."""
    for start, end in (*_sides(one), *_sides(other)):
        a = [_turn(start, end, at) for at in one]
        b = [_turn(start, end, at) for at in other]
        if max(a) < min(b) or max(b) < min(a):
            return False
    return True


def _sides(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(corners, (*corners[1:], corners[0]), strict=True))


def _turn(start: Point, end: Point, at: Point) -> float:
    """Signed area: which side of a line a point is on, and how far."""
    return (end[0] - start[0]) * (at[1] - start[1]) - (end[1] - start[1]) * (
        at[0] - start[0]
    )
