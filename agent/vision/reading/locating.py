"""Where in a picture something stands that could be a matrix code.

A matrix code has edges of all directions close together, and most other things (rims,
lettering of a label, bars) have not: the smaller eigenvalue of the structure tensor
(Harris and Stephens, "A combined corner and edge detector", 1988) over a window of a
few modules tells them apart, whatever contrast and rotation. What is uniformly rough,
noise included, is the floor and falls away.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.region import Image, Region
from agent.vision.shrinking import halved, sampled

MANY_PIXELS: Final = 500_000  # what the map is made of at most: half a millisecond
CELL_PX: Final = 4  # of the shrunken picture
TENSOR_CELLS: Final = 5
BODY_CELLS: Final = 7
# Of `_changes`: a cap is at 100, noise of 35 grey levels at 3000, codes far above.
ROUGH: Final = 2000.0
FLOOR: Final = 1.5  # times the median roughness of the picture
SHARE: Final = 0.3  # of a place's peak that still belongs to it
LEAST: Final = 1.0
MARGIN: Final = 0.08
LIMIT: Final = 3
ENOUGH_PIXELS: Final = 10_000  # of a place, to tell light from dark

Reals = NDArray[np.float32]


def places(picture: Image, limit: int = LIMIT) -> list[Region]:
    """Likely places of matrix codes in a grey picture, the roughest first.

    Each holds its code with about a tenth to spare; a place may hold none.
    """
    small, step = halved(picture, MANY_PIXELS)
    cell_px = step * CELL_PX
    if min(small.shape) < 2 * CELL_PX:
        return []
    rough = cv2.blur(_roughness(small), (BODY_CELLS, BODY_CELLS))
    found: list[Region] = []
    while len(found) < limit:
        _, peak, _, at = cv2.minMaxLoc(rough)
        if peak < LEAST:
            break
        body = (rough > peak * SHARE).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=4)
        label = int(labels[at[1], at[0]])
        x, y, width, height = (int(number) for number in stats[label][:4])
        found.append(
            _with_margin(
                x * cell_px, y * cell_px, width * cell_px, height * cell_px, picture
            )
        )
        # With its slopes: what the averaging spread around a body is no other body.
        top, left = max(y - BODY_CELLS, 0), max(x - BODY_CELLS, 0)
        rough[top : y + height + BODY_CELLS, left : x + width + BODY_CELLS] = 0
    return found


def is_light_on_dark(place: Image) -> bool:
    """Whether what stands in a place is lighter than the ground around it.

    True of 98 in 100 drawn prints of any contrast, bent, blurred or noisy.
    """
    step = max(int(np.sqrt(place.size / ENOUGH_PIXELS)), 1)
    place = place[::step, ::step]
    rows, columns = place.shape
    edge = max(min(rows, columns) // 12, 1)
    top, bottom, left, right = (
        place[:edge],
        place[-edge:],
        place[:, :edge],
        place[:, -edge:],
    )
    ground = np.median(
        np.concatenate([side.ravel() for side in (top, bottom, left, right)])
    )
    inside = place[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    return bool(inside.size) and float(inside.mean()) > float(ground)


def is_rough(picture: Image) -> bool:
    """Whether most of a picture is as rough as a code: there decoders take longest.

    A wallpaper of finder patterns took zbar 120 ms at 0.1 megapixels.
    """
    small, _ = halved(picture, MANY_PIXELS)
    if min(small.shape) < 2 * CELL_PX:
        return False
    return float(np.median(_changes(small))) > ROUGH


def _roughness(picture: Image) -> Reals:
    """The square root of the changes above the floor."""
    changes = _changes(picture)
    floor = FLOOR * float(np.median(changes))
    return np.asarray(np.sqrt(np.maximum(changes - floor, 0)), dtype=np.float32)


def _changes(picture: Image) -> Reals:
    """How much the grey changes in the direction where it changes least, by cells."""
    across = sampled(cv2.Sobel(picture, cv2.CV_16S, 1, 0))
    down = sampled(cv2.Sobel(picture, cv2.CV_16S, 0, 1))
    columns, rows = picture.shape[1] // CELL_PX, picture.shape[0] // CELL_PX
    xx, yy, xy = (
        _pooled(cv2.multiply(one, other), max(columns, 1), max(rows, 1))
        for one, other in ((across, across), (down, down), (across, down))
    )
    return np.asarray((xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2))


def _pooled(product: cv2.typing.MatLike, columns: int, rows: int) -> Reals:
    cells = cv2.resize(product, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (TENSOR_CELLS, TENSOR_CELLS)), dtype=np.float32)


def _with_margin(x: int, y: int, width: int, height: int, picture: Image) -> Region:
    rows, columns = picture.shape
    margin = int(MARGIN * max(width, height)) + CELL_PX
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + width + margin, columns), min(y + height + margin, rows)
    return Region(x=left, y=top, width=right - left, height=bottom - top)
