"""Draws the picture of an open case seen from above: many caps, each with its code.

A bench camera's view: the case is turned and tilted a little, the light falls off
to one side, every cap stands as it happened to and has its own turn. Some places
are empty, some caps carry no print or one that nobody can read. The truth comes with
the picture.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.cases.layout import Layout, Shifted
from agent.vision.symbology import Symbology
from simulators.cameras.bench_view import a_view, lit, seen
from simulators.cameras.defects import (
    BLANK,
    FAINT,
    OVERPRINTED,
    SMEARED,
    TYPICAL,
    Defects,
)
from simulators.cameras.rendered import PrintedMark, render

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

FLOOR_GREY: Final = 62
CARTON_GREY: Final = 120
BENCH_GREY: Final = 40
CAP_SHARE: Final = 0.92  # of the pitch is a cap wide
HEXAGONAL: Final = np.sqrt(3) / 2  # distance of staggered rows, in pitches
CAP_MARK: Final = replace(TYPICAL, module_px=4.5)
UNREADABLE: Final = (SMEARED, FAINT, OVERPRINTED)


class Content(StrEnum):
    """What is in a place of the case."""

    CODE = "code"
    UNREADABLE = "unreadable"  # a cap whose print nobody can read
    BLANK = "blank"  # a cap without print
    EMPTY = "empty"  # no cap


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case and how it is seen. Counts of special places are drawn at random.

    `turn_deg` and `tilt` (share of the grid's height and width) bound the random view;
    `unevenness` is how much darker the darkest corner is. `mark` is how each code is
    printed. `contents` settles single places, row and column from 1.
    """

    rows: int = 6
    columns: int = 8
    symbology: Symbology = Symbology.QR
    shifted: Shifted = Shifted.NONE
    size: tuple[int, int] = (2448, 2048)
    turn_deg: float = 10.0
    tilt: float = 0.02
    unevenness: float = 0.35
    wobble: float = 0.02
    noise_grey: float = 4.0
    empty: int = 0
    blank: int = 0
    unreadable: int = 0
    contents: dict[tuple[int, int], Content] = field(default_factory=dict)
    mark: Defects = CAP_MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of the case: row and column from 1, `centre` of its cap in pixels."""

    row: int
    column: int
    content: Content
    text: str
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePicture:
    """A picture and what is truly in it, row by row."""

    image: Image
    places: tuple[Place, ...]

    def at(self, *contents: Content) -> dict[tuple[int, int], str]:
        """Texts by row and column of the places with such content."""
        return {
            (place.row, place.column): place.text
            for place in self.places
            if place.content in contents
        }


def draw(case: OpenCase, rng: np.random.Generator) -> CasePicture:
    """The case as `rng` has it. ValueError for more special places than there are."""
    pitch = _pitch(case)
    flat = _flat_centres(case) * pitch
    flat += rng.uniform(-1, 1, flat.shape) * case.wobble * pitch
    reach = (np.abs(_flat_centres(case)).max(axis=0) + 0.5) * pitch
    view = a_view(reach, case.size, rng, turn_deg=case.turn_deg, tilt=case.tilt)
    contents = _contents(case, rng)
    run = int(rng.integers(0, 10_000))
    texts = [_text(case.symbology, 100 * run + n) for n in range(len(contents))]
    picture = _empty_case(case, flat, pitch)
    for centre, content, text in zip(flat, contents, texts, strict=True):
        if content is not Content.EMPTY:
            _stand(picture, centre, _cap(case, rng, content, text, pitch))
    picture = seen(picture, view, BENCH_GREY)
    picture = lit(picture, rng, case.unevenness, case.noise_grey)
    centres = cv2.perspectiveTransform(flat[None], view)[0].tolist()
    numbers = [(r, c) for r in range(case.rows) for c in range(case.columns)]
    return CasePicture(
        image=picture,
        places=tuple(
            Place(row=r + 1, column=c + 1, content=what, text=text, centre=(x, y))
            for (r, c), what, text, (x, y) in zip(
                numbers, contents, texts, centres, strict=True
            )
        ),
    )


def _flat_centres(case: OpenCase) -> Floats:
    """Where the caps stand, in pitches around the middle, row by row."""
    layout = Layout(rows=case.rows, columns=case.columns, shifted=case.shifted)
    y_step = 1.0 if case.shifted is Shifted.NONE else HEXAGONAL
    centres = layout.plan * (1, y_step)
    low, high = centres.min(axis=0), centres.max(axis=0)
    return np.asarray(centres - (low + high) / 2, dtype=np.float64)


def _pitch(case: OpenCase) -> float:
    """The widest pitch at which the case, turned as far as it may be, is in view."""
    flat = _flat_centres(case)
    width, height = flat.max(axis=0) - flat.min(axis=0) + 1.1
    turn = np.radians(case.turn_deg)
    across = width * np.cos(turn) + height * np.sin(turn)
    down = height * np.cos(turn) + width * np.sin(turn)
    room = 1 - 2 * case.tilt
    return float(room * min(case.size[0] / across, case.size[1] / down))


def _contents(case: OpenCase, rng: np.random.Generator) -> list[Content]:
    places = [(r + 1, c + 1) for r in range(case.rows) for c in range(case.columns)]
    free = [place for place in places if place not in case.contents]
    special = (
        [Content.EMPTY] * case.empty
        + [Content.BLANK] * case.blank
        + [Content.UNREADABLE] * case.unreadable
    )
    if len(special) > len(free):
        raise ValueError(f"{len(special)} special places, but only {len(free)} free")
    chosen = rng.permutation(len(free))[: len(special)].tolist()
    drawn = {free[n]: what for n, what in zip(chosen, special, strict=True)}
    return [(case.contents | drawn).get(place, Content.CODE) for place in places]


def _text(symbology: Symbology, number: int) -> str:
    if symbology.is_gs1:
        return f"010690123456789210L2407\x1d21A{number:07d}"
    return f"https://h.cn/x?c=AB12CD34{number:08d}"


def _cap(
    case: OpenCase, rng: np.random.Generator, content: Content, text: str, pitch: float
) -> Image:
    """A square picture of one cap from above, as wide as the cap."""
    defects = case.mark
    if content is Content.UNREADABLE:
        ruin = UNREADABLE[int(rng.integers(0, len(UNREADABLE)))]
        defects = replace(ruin, module_px=case.mark.module_px)
    if content is Content.BLANK:
        defects = BLANK
    defects = replace(
        defects,
        rotation_deg=180,
        shift_px=min(case.mark.shift_px, 0.03 * pitch),
        cap_grey=case.mark.cap_grey,
        noise_grey=0,
    )
    side = round(CAP_SHARE * pitch / 0.96)  # a rendered cap fills 96 % of its picture
    mark = PrintedMark(symbology=case.symbology, text=text)
    return render(mark, rng, defects, (side, side))


def _empty_case(case: OpenCase, flat: Floats, pitch: float) -> Image:
    """Carton walls around a dark floor, the grid's middle in the picture's."""
    width, height = case.size
    picture = np.full((height, width), BENCH_GREY, np.uint8)
    middle = np.array(case.size) / 2
    for reach, grey in ((0.58, CARTON_GREY), (0.53, FLOOR_GREY)):
        low = np.round(flat.min(axis=0) + middle - reach * pitch).astype(int).tolist()
        high = np.round(flat.max(axis=0) + middle + reach * pitch).astype(int).tolist()
        cv2.rectangle(picture, low, high, grey, cv2.FILLED)
    return picture


def _stand(picture: Image, centre: Floats, cap: Image) -> None:
    """Puts the round of a cap into the picture, in place."""
    side = cap.shape[0]
    height, width = picture.shape
    x, y = (
        np.round(centre + np.array((width - side, height - side)) / 2)
        .astype(int)
        .tolist()
    )
    place = picture[y : y + side, x : x + side]
    np.copyto(place, cap[: place.shape[0], : place.shape[1]], where=_round(side))


@lru_cache(maxsize=8)
def _round(side: int) -> NDArray[np.bool_]:
    axis = np.arange(side) - (side - 1) / 2
    return np.asarray(np.hypot(axis[:, None], axis[None, :]) < 0.48 * side)
