"""How high the bars stand, and how they lean, at the left and the right of a symbol."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from agent.vision.grading.linear.find import Found
from agent.vision.grading.linear.frame import Floats, look
from agent.vision.grading.linear.reading import Flags, Reals
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable

# Bars are looked for so far above and below, in lengths of the symbol.
_REACH: Final = 0.6
# A row belongs to the bars if it changes along like the row beside it, or like the
# row that was decoded; text under the bars does neither.
_LIKE_NEXT: Final = 0.75
_LIKE_DECODED: Final = 0.5
_LEAST_STRENGTH: Final = 0.25
# A scratch across all bars may be so high, in X, and still not be their end.
_SCRATCH_X: Final = 8
# Lines steeper than this against the bars' normal are an error, not a perspective.
_STEEPEST: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The bars at one place `s`: from `top` to `bottom` (t), leaning `lean` along s
    for every pixel down."""

    s: float
    top: float
    bottom: float
    lean: float


def sides(picture: Image, found: Found) -> tuple[Side, Side]:
    """The left and the right third of the symbol. Raises NotGradable: no height."""
    step_s, step_t = found.x_px / 2, found.x_px
    length = found.end - found.start
    s = np.arange(found.start - found.x_px, found.end + found.x_px, step_s)
    reach = np.arange(step_t, _REACH * length + step_t, step_t)
    t = found.t + np.concatenate([-reach[::-1], [0.0], reach])
    grey = look(picture, *found.frame.places(s, t[:, None]))
    third = len(s) // 3
    left, right = (
        _side(grey[:, each], s[each], t, found)
        for each in (slice(0, third), slice(len(s) - third, len(s)))
    )
    if (
        abs((left.top - right.top) / (left.s - right.s)) > _STEEPEST
        or abs((left.bottom - right.bottom) / (left.s - right.s)) > _STEEPEST
    ):
        top, bottom = max(left.top, right.top), min(left.bottom, right.bottom)
        left = Side(s=left.s, top=top, bottom=bottom, lean=left.lean)
        right = Side(s=right.s, top=top, bottom=bottom, lean=right.lean)
    if min(left.bottom - left.top, right.bottom - right.top) < max(found.x_px, 2):
        raise NotGradable(
            f"the bars are less than {max(found.x_px, 2):.0f} pixels high where the "
            "code was read: show more of their height"
        )
    return left, right


def _side(grey: Floats, s: Reals, t: Reals, found: Found) -> Side:
    along = grey[:, 1:] - grey[:, :-1]
    first, last = _rows_of_bars(along, len(t) // 2, found.x_px / (t[1] - t[0]))
    # Nothing changes along a bar: across * ds + down * dt = 0.
    rows = slice(first, last + 1)
    across = (along[rows][1:] + along[rows][:-1]) / 2
    down = grey[rows][1:] - grey[rows][:-1]
    down = (down[:, 1:] + down[:, :-1]) / 2
    lean = -float((across * down).sum()) / max(float((across * across).sum()), 1e-9)
    return Side(
        s=float(s.mean()),
        top=float(t[first]),
        bottom=float(t[last]),
        lean=lean * float((s[1] - s[0]) / (t[1] - t[0])),
    )


def _rows_of_bars(along: Floats, middle: int, x_rows: float) -> tuple[int, int]:
    """First and last of the rows around `middle` that show the bars."""
    own = np.einsum("ij,ij->i", along, along)
    near = slice(max(middle - 1, 0), middle + 2)
    decoded = along[near].mean(axis=0)
    strength = float(decoded @ decoded)
    like_decoded = along @ decoded / np.sqrt(np.maximum(own * strength, 1e-9))
    lag = max(1, round(x_rows))
    beside = np.einsum("ij,ij->i", along[lag:], along[:-lag])
    beside /= np.sqrt(np.maximum(own[lag:] * own[:-lag], 1e-9))
    is_strong = own > _LEAST_STRENGTH * strength
    is_bars = _joined(is_strong & (like_decoded > _LIKE_DECODED), x_rows * _SCRATCH_X)
    is_like = beside > _LIKE_NEXT
    below = is_bars | (is_strong & np.append(np.ones(lag, np.bool_), is_like))
    above = is_bars | (is_strong & np.append(is_like, np.ones(lag, np.bool_)))
    stop_below = np.flatnonzero(~below[middle + 1 :])
    stop_above = np.flatnonzero(~above[:middle])
    last = middle + int(stop_below[0]) if len(stop_below) else len(own) - 1
    first = int(stop_above[-1]) + 1 if len(stop_above) else 0
    return first, last


def _joined(flags: Flags, gap_rows: float) -> Flags:
    """True also in gaps of fewer rows than that."""
    kernel = np.ones((2 * int(gap_rows / 2) + 1, 1), np.uint8)
    column = np.pad(
        flags.astype(np.uint8)[:, None], ((len(kernel), len(kernel)), (0, 0))
    )
    closed = cv2.morphologyEx(column, cv2.MORPH_CLOSE, kernel)
    return np.asarray(closed[len(kernel) : -len(kernel), 0] > 0)
