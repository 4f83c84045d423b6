"""A closer look at every place that misses its code, with what time is left."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, hypot
from typing import Final

from agent.vision.cases.appearance import Place
from agent.vision.cases.helpers import together
from agent.vision.cases.looks import add_new, centre_of
from agent.vision.cases.result import PlaceState
from agent.vision.decoded import Decoded, moved
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image
from agent.vision.symbology import Symbology

REACH: Final = 0.62  # of the distance to the next place: a code is whole in it
NEAR: Final = 0.45  # a code whose middle is farther off is a neighbour's
LEAST_MS: Final = 3.0  # with less nothing comes of it
# Time goes first and most to where there is something to read.
WEIGHTS: Final = {
    PlaceState.UNREAD: 4.0,
    PlaceState.MISSING: 3.0,
    PlaceState.BLANK: 1.0,
    PlaceState.EMPTY: 1.0,
}
# Where nothing is to be seen a few looks are enough: that is not out of time.
GLANCE_MS: Final = {PlaceState.BLANK: 8.0, PlaceState.EMPTY: 4.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A place to look at, and what it looks like."""

    place: Place
    state: PlaceState


class Closer:
    """The single-code cascade on each place in turn, in several threads."""

    def __init__(
        self,
        symbologies: frozenset[Symbology],
        module_px: float | None,
        *,
        pool: ThreadPoolExecutor | None,
        workers: int,
        left_ms: Callable[[], float],
    ) -> None:
        self._symbologies = symbologies
        self._module_px = module_px
        self._pool = pool
        self._workers = workers
        self._left_ms = left_ms
        self._lock = threading.Lock()
        self._open_weight = 0.0

    def read(
        self, picture: Image, suspects: Sequence[Suspect]
    ) -> tuple[list[Decoded], bool]:
        """Codes found, and whether the time ended before all was tried."""
        ordered = sorted(suspects, key=lambda each: -WEIGHTS[each.state])
        self._open_weight = sum(WEIGHTS[each.state] for each in ordered)
        tasks = [partial(self._read_one, picture, each) for each in ordered]
        found: list[Decoded] = []
        timed_out = False
        for codes, was_cut in together(self._pool, tasks):
            add_new(found, codes)
            timed_out |= was_cut
        return found, timed_out

    def _read_one(self, picture: Image, suspect: Suspect) -> tuple[list[Decoded], bool]:
        glance_ms = GLANCE_MS.get(suspect.state)
        share_ms = self._share_ms(WEIGHTS[suspect.state])
        if share_ms < LEAST_MS:
            return [], glance_ms is None
        budget_ms = share_ms if glance_ms is None else min(share_ms, glance_ms)
        crop, x, y = _around(picture, suspect.place)
        vision = CodeVision(
            self._symbologies, budget_ms=budget_ms, module_px=self._module_px
        )
        result = vision.read(crop)
        here = [moved(code, 1, x, y) for code in result.codes]
        was_cut = result.timed_out and glance_ms is None
        return [c for c in here if _is_at(c, suspect.place)], was_cut

    def _share_ms(self, weight: float) -> float:
        """This place's part of the time all workers have left."""
        with self._lock:
            share = min(1.0, weight * self._workers / max(self._open_weight, weight))
            self._open_weight -= weight
        return self._left_ms() * share


def _around(picture: Image, place: Place) -> tuple[Image, int, int]:
    """The place with its surroundings, and where its corner is."""
    reach = REACH * place.pitch
    x, y = max(0, floor(place.x - reach)), max(0, floor(place.y - reach))
    right, bottom = max(0, ceil(place.x + reach)), max(0, ceil(place.y + reach))
    return picture[y:bottom, x:right], x, y


def _is_at(code: Decoded, place: Place) -> bool:
    x, y = centre_of(code)
    return hypot(x - place.x, y - place.y) <= NEAR * place.pitch
