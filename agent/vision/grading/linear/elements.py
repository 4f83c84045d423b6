"""Bars and spaces of a profile: how wide, how light (ISO/IEC 15416)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.grading.linear.edges import placed
from agent.vision.grading.linear.find import crossings
from agent.vision.grading.linear.profiles import Scans
from agent.vision.grading.linear.reading import Numbers, Reals

# How far, in X, the outer edges may stand from where the other scans have them.
_NEAR_X: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """One profile taken apart.

    `profile`: reflectance from quiet zone to quiet zone, `r_max` and `r_min` its
    extremes. `bounds`: the samples of it
    at which its quiet zone, bars, spaces and other quiet zone begin, and where the last
    ends; empty where no bars stand out. `levels`: of each of these the lightest
    (spaces) or darkest (bars) reflectance. `widths` of bars and spaces, in samples;
    `inked`: the same by the ink that is there, whatever the aperture makes of narrow
    elements.
    `quiet`: what is measured of either quiet zone over what is needed, at most 1; None
    where the picture ends first.
    """

    profile: Reals
    r_max: float
    r_min: float
    bounds: Numbers
    levels: Reals
    widths: Reals
    inked: Reals
    quiet: tuple[float | None, float | None]

    @property
    def contrast(self) -> float:
        """SC = Rmax - Rmin."""
        return self.r_max - self.r_min


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Samples `first` to before `last` of a scan are its profile; its global threshold
    is crossed at `edges`, of which `outer` are the ends of the symbol."""

    first: int
    last: int
    profile: Reals
    edges: Reals
    outer: tuple[int, int] | None


def elements_of(
    scans: Scans, row: int, quiet: tuple[float, float], count: int | None
) -> Elements:
    """Takes scan `row` apart at its global threshold (Rmax + Rmin) / 2.

    `quiet`: widths of the quiet zones that belong to the profile, in X. `count`: how
    many elements the symbol should have; it decides between outer edges that are near.
    """
    ends = (float(scans.start[row]), float(scans.end[row]))
    cut = _cut(scans, row, ends, quiet, count)
    if cut.outer is not None:
        # Again from the symbol's own edges: what is in the quiet zones decides on Rmax.
        start, end = (float(cut.edges[each]) for each in cut.outer)
        cut = _cut(scans, row, (start, end), quiet, count)
    if cut.outer is None:
        return Elements(
            profile=cut.profile,
            r_max=float(cut.profile.max()),
            r_min=float(cut.profile.min()),
            bounds=np.empty(0, dtype=np.int64),
            levels=np.empty(0),
            widths=np.empty(0),
            inked=np.empty(0),
            quiet=(None, None),
        )
    return _elements(scans, row, quiet, cut, cut.outer)


def _cut(
    scans: Scans,
    row: int,
    ends: tuple[float, float],
    quiet: tuple[float, float],
    count: int | None,
) -> _Cut:
    x = scans.x_samples
    first, last = _seen(scans, row, ends[0] - quiet[0] * x, ends[1] + quiet[1] * x)
    profile = scans.reflectance[row, first:last]
    threshold = (profile.max() + profile.min()) / 2
    edges, is_fall_first = crossings(profile - threshold)
    edges += first
    outer = _outer(edges, is_fall_first, ends, count, _NEAR_X * x)
    return _Cut(first=first, last=last, profile=profile, edges=edges, outer=outer)


def _elements(
    scans: Scans,
    row: int,
    quiet: tuple[float, float],
    cut: _Cut,
    outer: tuple[int, int],
) -> Elements:
    x, reflectance = scans.x_samples, scans.reflectance[row]
    rough = cut.edges[outer[0] : outer[1] + 1]
    before = cut.edges[outer[0] - 1] if outer[0] > 0 else None
    after = cut.edges[outer[1] + 1] if outer[1] + 1 < len(cut.edges) else None
    inner = np.ceil(rough).astype(np.int64)
    begin = cut.first if before is None else int(np.ceil(before))
    stop = cut.last if after is None else max(int(np.ceil(after)), int(inner[-1]) + 1)
    bounds = np.concatenate([[begin], inner, [stop]])
    levels = _levels(reflectance[:stop], bounds[:-1])
    edges, inked = placed(reflectance, rough, levels, scans.aperture_x * x, x)
    start, end = float(rough[0]), float(rough[-1])
    return Elements(
        profile=cut.profile,
        r_max=float(cut.profile.max()),
        r_min=float(cut.profile.min()),
        bounds=bounds - cut.first,
        levels=levels,
        widths=edges[1:] - edges[:-1],
        inked=inked[1:] - inked[:-1],
        quiet=(
            _zone(start, before, cut.first, quiet[0] * x),
            _zone(-end, None if after is None else -after, 1 - cut.last, quiet[1] * x),
        ),
    )


def _seen(scans: Scans, row: int, first: float, last: float) -> tuple[int, int]:
    """The samples between two places that are in the picture."""
    inside = np.flatnonzero(scans.seen[row])
    return (
        max(int(np.floor(first)), int(inside[0])),
        min(int(np.ceil(last)), int(inside[-1])) + 1,
    )


def _outer(
    edges: Reals,
    is_fall_first: bool,
    ends: tuple[float, float],
    count: int | None,
    near: float,
) -> tuple[int, int] | None:
    """Numbers of the edges where the first bar begins and the last one ends."""
    falls, rises = (0, 1) if is_fall_first else (1, 0)
    starts = falls + 2 * (abs(edges[falls::2] - ends[0]) <= near).nonzero()[0]
    stops = rises + 2 * (abs(edges[rises::2] - ends[1]) <= near).nonzero()[0]
    pairs = [
        (
            stop - start != count,
            abs(edges[start] - ends[0]) + abs(edges[stop] - ends[1]),
            start,
            stop,
        )
        for start in starts.tolist()
        for stop in stops.tolist()
        if stop > start
    ]
    return min(pairs)[2:] if pairs else None


def _levels(reflectance: Reals, starts: Numbers) -> Reals:
    """Lightest of the spaces (first, third, …), darkest of the bars between them."""
    levels = np.maximum.reduceat(reflectance, starts)
    levels[1::2] = np.minimum.reduceat(reflectance, starts)[1::2]
    return np.asarray(levels)


def _zone(outer: float, other: float | None, limit: float, need: float) -> float | None:
    """How much of a quiet zone is free: up to the `other` edge, or to the profile's
    `limit`, which only the picture's end puts before the `need`."""
    if other is not None:
        return min(1.0, (outer - other) / need)
    return 1.0 if outer - limit >= need - 1 else None
