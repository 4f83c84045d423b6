"""Where the bar code begins and ends along a line across its bars."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from agent.vision.grading.linear.frame import Floats, Frame, look
from agent.vision.grading.linear.reading import Flags, Reading, Reals
from agent.vision.grading.linear.symbologies import Rules, agrees
from agent.vision.region import Image

# Where to try a line, in halves of the height that the decoder's corners tell.
_HEIGHTS: Final = (0.0, 0.35, -0.35, 0.7, -0.7)
# Rows averaged: at two the direction of the bars matters little, and noise is halved.
_ROWS_PX: Final = np.arange(-2.0, 3.0)
# Of the line's whole contrast, what an edge must have.
_LEAST_STEP: Final = 0.1
_LEAST_GREY: Final = 2.0
# Modules this narrow are hardly read: the decoder's corners are not the symbol's.
_LEAST_PX: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The symbol on one line of `frame`: from `start` to `end` (s) at height `t`.

    `is_inverted`: light bars on a dark ground. `elements`: how many bars and spaces,
    None where no line could be decoded and the decoder's corners had to do.
    """

    frame: Frame
    start: float
    end: float
    t: float
    x_px: float
    is_inverted: bool = False
    elements: int | None = None


def find(
    picture: Image, frame: Frame, corners: Reals, rules: Rules, payload: bytes
) -> Found:
    """The first line of several that the reference decoder reads as `payload`."""
    rows, columns = picture.shape
    picture_s = frame.inside(
        np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]])
    )[:, 0]
    least, most = float(picture_s.min()), float(picture_s.max())
    places = frame.inside(corners)
    first = float(np.clip(places[:, 0].min(), least, most))
    last = float(np.clip(places[:, 0].max(), least, most))
    half_height = min(float(np.ptp(places[:, 1])), last - first) / 2
    heights = [each * half_height for each in _HEIGHTS]
    x_px = (last - first) / rules.modules(len(payload))
    margin = 0.1 * (last - first) + 12 * x_px + 1
    s = np.arange(first - margin, last + margin, np.clip(x_px / 5, 0.2, 4))
    found = _first(picture, frame, s, heights, rules=rules, payload=payload)
    if found is None and x_px < _LEAST_PX:
        # zbar may tell a small part of a symbol only.
        s = np.arange(least, most, _LEAST_PX / 5)
        found = _first(picture, frame, s, heights, rules=rules, payload=payload)
    return found or Found(frame=frame, start=first, end=last, t=0.0, x_px=x_px)


def _first(
    picture: Image,
    frame: Frame,
    s: Reals,
    heights: list[float],
    *,
    rules: Rules,
    payload: bytes,
) -> Found | None:
    for t in heights:
        line = look(picture, *frame.places(s, (t + _ROWS_PX)[:, None])).mean(axis=0)
        for is_inverted in (False, True):
            edges = s[0] + (s[1] - s[0]) * _edges(-line if is_inverted else line)
            for start, end, is_turned, reading in _symbols(edges, rules, payload):
                return Found(
                    frame=frame.turned() if is_turned else frame,
                    start=-end if is_turned else start,
                    end=-start if is_turned else end,
                    t=-t if is_turned else t,
                    x_px=(end - start) / reading.modules,
                    is_inverted=is_inverted,
                    elements=len(reading.ideal),
                )
    return None


def _edges(line: Floats) -> Reals:
    """Edges of bars, into the dark first: half-way in height between the lightest of
    one element and the darkest of the next, to a fraction of a sample.

    Unlike the global threshold of the standard this finds bars in uneven light, and
    narrow ones that blur keeps from full contrast.
    """
    values = line.tolist()
    least = max(_LEAST_STEP * float(np.ptp(line)), _LEAST_GREY)
    turns = _turns(line, values, least)
    edges = []
    for before, after in pairwise(turns):
        middle = (values[before] + values[after]) / 2
        is_beyond = line[before : after + 1] > middle
        if values[after] < middle:
            is_beyond = ~is_beyond
        at = before + int(is_beyond.argmax())
        step = values[at] - values[at - 1]
        edges.append(at - (values[at] - middle) / step)
    is_fall_first = len(turns) > 1 and values[turns[0]] > values[turns[1]]
    return np.array(edges if is_fall_first else edges[1:], dtype=np.float64)


def _turns(line: Floats, values: list[float], least: float) -> list[int]:
    """Lightest and darkest places in turn, each at least that much from the next;
    `values` are those of `line`."""
    rises = line[1:] > line[:-1]
    peaks = np.flatnonzero(rises[1:] != rises[:-1]) + 1
    turns = [0]
    for at in [*peaks.tolist(), len(values) - 1]:
        last = turns[-1]
        if len(turns) > 1:
            is_rise = values[last] > values[turns[-2]]
            if (values[at] > values[last]) == is_rise:
                turns[-1] = at
                continue
        if abs(values[at] - values[last]) >= least:
            turns.append(at)
    return turns


def crossings(above: Reals) -> tuple[Reals, bool]:
    """Where values change sign, to a fraction of a sample, and whether they fall
    below zero at the first of these places."""
    is_light: Flags = above >= 0
    at = np.flatnonzero(is_light[1:] != is_light[:-1])
    return at + above[at] / (above[at] - above[at + 1]), bool(is_light[0])


def _symbols(
    edges: Reals, rules: Rules, payload: bytes
) -> Iterator[tuple[float, float, bool, Reading]]:
    """Runs of elements that decode to `payload`, in either direction: where they begin
    and end, and whether they read backwards."""
    for is_turned in (False, True):
        # Backwards the falls must come first again: the last edge is a rise then.
        ordered = edges[: len(edges) // 2 * 2]
        widths = np.diff(-ordered[::-1] if is_turned else ordered)
        for bar in range(0, len(widths), 2):
            length = rules.length(widths[bar:], len(payload))
            if length is None or bar + length > len(widths):
                continue
            reading = rules.read(widths[bar : bar + length])
            if reading is None or not agrees(reading, payload):
                continue
            if is_turned:
                last = len(ordered) - 1 - bar
                yield float(ordered[last - length]), float(ordered[last]), True, reading
            else:
                yield float(ordered[bar]), float(ordered[bar + length]), False, reading
