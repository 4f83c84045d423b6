"""The round of a cap around a code, from steps of brightness on rays."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.checks.outline import Outline
from agent.vision.decoded import Decoded
from agent.vision.region import Image

Reals = NDArray[np.float64]

RAYS: Final = 96
ON_RAY: Final = 3  # steps of brightness kept a ray; print and glare are among them
LEAST_STEP: Final = 2.0  # grey levels a pixel, below which it is no edge
TRIALS: Final = 150  # with a round on half of the steps all fail once in 10^8
ON_ROUND: Final = 0.015  # of the radius; how far a step may be off the round
LEAST_RAYS: Final = 0.55  # of the rays must meet the round
BESIDE_CODE: Final = 1.05  # the round begins outside the code's own corners
BORDER_PX: Final = 4  # the picture's own end is no edge


def cap_around(image: Image, code: Decoded) -> Outline | None:
    """The round the code stands in; None: not seen.

    Rounds with one middle (a cap and its rim) give the same middle.
    """
    corners = np.array(code.corners, dtype=np.float64)
    centre = corners.mean(axis=0)
    least = BESIDE_CODE * float(np.hypot(*(corners - centre).T).max())
    if least <= 1 or not _is_inside(centre, image):
        return None
    steps = _steps(image, centre, int(least))
    rounds = [_round(_edges(sign * steps, centre), centre, least) for sign in (1, -1)]
    count, best = max(rounds, key=lambda each: each[0])
    if count < LEAST_RAYS * RAYS:
        return None
    return Outline(centre=(float(best[0]), float(best[1])), turn_deg=None)


def _is_inside(point: Reals, image: Image) -> bool:
    height, width = image.shape
    return bool(0 <= point[0] < width and 0 <= point[1] < height)


def _directions() -> Reals:
    angles = 2 * np.pi * np.arange(RAYS) / RAYS
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _steps(image: Image, centre: Reals, least: int) -> NDArray[np.float32]:
    """Change of brightness outward: a row a ray, a column a pixel of radius."""
    height, width = image.shape
    ends = _ray_ends(centre, width, height)
    reach = int(ends.max()) + 2
    middle = (float(centre[0]), float(centre[1]))
    flags = cv2.WARP_POLAR_LINEAR | cv2.INTER_LINEAR
    polar = cv2.warpPolar(image, (reach, RAYS), middle, reach, flags)
    smooth = cv2.GaussianBlur(polar.astype(np.float32), (9, 1), 2)
    steps = np.zeros((RAYS, reach), np.float32)
    steps[:, 1:-1] = (smooth[:, 2:] - smooth[:, :-2]) / 2
    radius = np.arange(reach)
    steps[(radius < least) | (radius > ends[:, None] - BORDER_PX)] = 0
    return steps


def _ray_ends(centre: Reals, width: int, height: int) -> Reals:
    """How far each ray runs until the picture ends."""
    along = _directions()
    limits = np.where(along > 0, np.array([width - 1, height - 1]) - centre, -centre)
    runs = limits / np.where(np.abs(along) > 1e-9, along, np.inf)
    runs[np.abs(along) <= 1e-9] = np.inf
    return np.asarray(runs.min(axis=1), dtype=np.float64)


def _edges(steps: NDArray[np.float32], centre: Reals) -> Reals:
    """The strongest peaks of every ray as points: (rays, on a ray, 2), NaN for none."""
    around = cv2.dilate(steps, np.ones((1, 5), np.uint8))
    peaks = np.where((steps >= around) & (steps >= LEAST_STEP), steps, 0)
    order = np.argpartition(-peaks, ON_RAY, axis=1)[:, :ON_RAY]
    radius = np.where(np.take_along_axis(peaks, order, axis=1) > 0, order, np.nan)
    points = centre + radius[:, :, None] * _directions()[:, None]
    return np.asarray(points, dtype=np.float64)


def _round(edges: Reals, centre: Reals, least: float) -> tuple[int, Reals]:
    """How many rays meet the round that most meet, and its x, y, radius."""
    points = edges[np.isfinite(edges[:, :, 0])]
    if len(points) < LEAST_RAYS * RAYS:
        return 0, np.zeros(3)
    rng = np.random.default_rng(RAYS)  # the same picture, the same answer
    rounds = _through(points[rng.integers(0, len(points), (TRIALS, 3))])
    off = np.hypot(*(rounds[:, :2] - centre).T)
    most = np.hypot(*(points - centre).T).max()
    radius = rounds[:, 2]
    rounds = rounds[(off < radius) & (radius > least / 2) & (radius <= most)]
    if len(rounds) == 0:
        return 0, np.zeros(3)
    counts = _near(edges, rounds).any(axis=2).sum(axis=1)
    best = rounds[counts.argmax()]
    for _ in range(3):
        best = _fitted(edges[_near(edges, best[None])[0]])
    return int(_near(edges, best[None])[0].any(axis=1).sum()), best


def _near(edges: Reals, rounds: Reals) -> NDArray[np.bool_]:
    """Which edges lie on which rounds: (rounds, rays, on a ray)."""
    x, y, radius = rounds.T[:, :, None, None]
    off = np.abs(np.hypot(edges[None, :, :, 0] - x, edges[None, :, :, 1] - y) - radius)
    return np.asarray(off <= np.maximum(1.5, ON_ROUND * radius))


def _through(threes: Reals) -> Reals:
    """The rounds through three points each, (n, 3, 2) to (n, 3); none for lines."""
    a, b, c = threes.transpose(1, 0, 2)
    u, v = b - a, c - a
    cross = 2 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    good = np.abs(cross) > 1e-6
    u, v, a, cross = u[good], v[good], a[good], cross[good]
    uu, vv = (u**2).sum(axis=1), (v**2).sum(axis=1)
    x = (v[:, 1] * uu - u[:, 1] * vv) / cross
    y = (u[:, 0] * vv - v[:, 0] * uu) / cross
    return np.column_stack([a[:, 0] + x, a[:, 1] + y, np.hypot(x, y)])


def _fitted(points: Reals) -> Reals:
    """Least squares of x² + y² = 2 a x + 2 b y + c: middle (a, b), radius."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    a, b, c = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    return np.array([a, b, np.sqrt(max(0.0, c + a * a + b * b))])
