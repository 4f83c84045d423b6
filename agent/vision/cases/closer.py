"""A closer look at every place that misses its code, with what time is left."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, hypot
from typing import Final

import cv2
import numpy as np

from agent.vision.cases.appearance import Place
from agent.vision.cases.helpers import together
from agent.vision.cases.looks import add_new, centre_of
from agent.vision.cases.result import PlaceState
from agent.vision.decoded import Decoded
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image
from agent.vision.symbology import Symbology

REACH: Final = 0.62  # of the distance to the next place: a code is whole in it
NEAR: Final = 0.45  # a code whose middle is farther off is a neighbour's
# The whole picture has been looked at upright. A decoder samples a turned grid along
# other pixels: of 256 drawn codes that the look at the whole picture missed, a look at
# the place turned by 30 degrees read 238 in 4 ms, one without a turn 199.
TURNS_DEG: Final = (30.0, 60.0, 15.0)
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
        turns = TURNS_DEG if glance_ms is None else TURNS_DEG[:1]
        end_ms = self._left_ms() - budget_ms
        was_cut = False
        for number, turn_deg in enumerate(turns, 1):
            left_ms = self._left_ms() - end_ms
            part_ms = left_ms if number == len(turns) else left_ms / 2
            view = _View(suspect.place, turn_deg)
            result = self._vision(max(LEAST_MS / 2, part_ms)).read(view.of(picture))
            found = [view.back(code) for code in result.codes]
            here = [code for code in found if _is_at(code, suspect.place)]
            if here:
                return here, False
            was_cut = result.timed_out
        return [], was_cut and glance_ms is None

    def _vision(self, budget_ms: float) -> CodeVision:
        return CodeVision(
            self._symbologies, budget_ms=budget_ms, module_px=self._module_px
        )

    def _share_ms(self, weight: float) -> float:
        """This place's part of the time all workers have left."""
        with self._lock:
            share = min(1.0, weight * self._workers / max(self._open_weight, weight))
            self._open_weight -= weight
        return self._left_ms() * share


class _View:
    """A place with its surroundings, turned about its middle."""

    def __init__(self, place: Place, turn_deg: float) -> None:
        self._side = max(1, ceil(2 * REACH * place.pitch))
        turn = cv2.getRotationMatrix2D((place.x, place.y), turn_deg, 1)
        self._matrix = np.array(turn, dtype=np.float64)
        self._matrix[:, 2] += self._side / 2 - np.array((place.x, place.y))

    def of(self, picture: Image) -> Image:
        """What of the picture it shows; its edge goes on where the picture ends."""
        seen = cv2.warpAffine(
            picture,
            self._matrix,
            (self._side, self._side),
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(seen, dtype=np.uint8)

    def back(self, code: Decoded) -> Decoded:
        """A code of the view with its corners in the picture."""
        to_picture = cv2.invertAffineTransform(self._matrix)
        corners = np.array(code.corners) @ to_picture[:, :2].T + to_picture[:, 2]
        a, b, c, d = (tuple(corner) for corner in corners.tolist())
        return replace(code, corners=(a, b, c, d))


def _is_at(code: Decoded, place: Place) -> bool:
    x, y = centre_of(code)
    return hypot(x - place.x, y - place.y) <= NEAR * place.pitch
