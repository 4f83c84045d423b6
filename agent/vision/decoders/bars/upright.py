"""Bars that lean or wind each in its own way, made upright row by row.

A wrinkled bag, the neck of a bottle or a wide lens bends the bars of one print
differently along its length, and averaging along a bent bar mixes it with its
neighbours. How far the bars of one row stand beside those of the next is found all
along the row, as smooth as paper bends; the middle row stays as it is.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.decoders.bars.strip import Reals, Strip

GROUP_ROWS: Final = 3  # moved as one
REACH: Final = 4  # samples a group may stand beside the next
WINDOW_SHARE: Final = (
    0.12  # of the length that is compared at a place: some ten modules
)
LEAST_WINDOW: Final = 15
MATCH: Final = 0.3  # correlation that means something
LIKE_SHARE: Final = 0.7  # of what good rows agree with the mean: less is no row of bars
GOOD: Final = 0.75  # quantile
LEAST_ROWS: Final = 6


def upright(seen: Strip) -> Strip:
    """The rows that show bars, these upright, each where it is in the middle row."""
    groups = len(seen.rows) // GROUP_ROWS
    if groups < 2:
        return seen
    rows = _moved(seen.rows, _places(seen.rows, groups))
    return Strip(rows[_shows_bars(rows)], seen.quad, seen.per_px)


def _places(rows: Reals, groups: int) -> Reals:
    """Where in each row what stands in the middle row is to be found."""
    parts = np.array_split(np.arange(len(rows)), groups)
    means = np.stack([rows[part].mean(axis=0) for part in parts])
    beside = _beside(np.diff(means, axis=1, append=means[:, -1:]))
    own = np.arange(rows.shape[1], dtype=np.float32)
    found = np.tile(own, (groups, 1))
    middle = groups // 2
    for group in range(middle, groups - 1):
        at = found[group]
        found[group + 1] = at + np.interp(at, own, beside[group])
    for group in reversed(range(middle)):
        at = start = found[group + 1]
        for _ in range(2):  # the way back, to within a hundredth of a sample
            at = start - np.interp(at, own, beside[group])
        found[group] = at
    return _between(found, [float(part.mean()) for part in parts], len(rows))


def _between(found: Reals, centres: list[float], count: int) -> Reals:
    """The same for every row, from that of the groups."""
    at = np.clip(np.interp(np.arange(count), centres, np.arange(len(centres))), 0, None)
    below = np.minimum(at.astype(int), len(centres) - 2)
    share = (at - below).astype(np.float32)[:, None]
    return np.asarray(found[below] * (1 - share) + found[below + 1] * share, np.float32)


def _beside(slopes: Reals) -> Reals:
    """By how much the bars of each group stand to the left of the next one's."""
    count = slopes.shape[1]
    width = max(int(WINDOW_SHARE * count), LEAST_WINDOW) | 1
    one, other = slopes[:-1], np.pad(slopes[1:], ((0, 0), (REACH, REACH)))
    energy = _mean(one * one, width)
    fits = np.stack(
        [
            _mean(one * next_, width)
            / np.sqrt(energy * _mean(next_ * next_, width) + 1e-3)
            for next_ in (other[:, at : at + count] for at in range(2 * REACH + 1))
        ]
    )
    best = np.clip(fits.argmax(axis=0), 1, 2 * REACH - 1)
    before, match, after = (
        np.take_along_axis(fits, (best + by)[None], axis=0)[0] for by in (-1, 0, 1)
    )
    bend = np.minimum(before - 2 * match + after, -1e-3)
    shift = best - REACH + np.clip(0.5 * (before - after) / bend, -1, 1)
    weight = np.maximum(match - MATCH, 0) ** 2 * energy
    weight += 1e-6 * float(energy.mean()) + 1e-9
    return _mean(shift * weight, width) / _mean(weight, width)


def _mean(values: NDArray[np.floating], width: int) -> Reals:
    whole = np.asarray(values, np.float32)
    blurred = cv2.blur(whole, (width, 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def _moved(rows: Reals, places: Reals) -> Reals:
    own = np.arange(len(rows), dtype=np.float32)[:, None]
    down = np.repeat(own, rows.shape[1], axis=1)
    moved = cv2.remap(
        rows, places, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def _shows_bars(rows: Reals) -> NDArray[np.bool_]:
    """Not the digits below, nor what else stands above and below the bars."""
    slopes = cv2.blur(np.diff(rows, axis=1), (1, GROUP_ROWS))
    every = np.ones(len(rows), np.bool_)
    chosen = every
    lengths = np.sqrt((slopes**2).sum(axis=1)) + 1e-6
    for _ in range(2):
        mean = slopes[chosen].mean(axis=0)
        likeness = slopes @ mean / lengths
        chosen = likeness >= LIKE_SHARE * np.quantile(likeness, GOOD)
    return chosen if chosen.sum() >= LEAST_ROWS else every
