"""How the camera sees the flat plan of a case: a perspective, fitted to found codes."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from agent.vision.cases.layout import Layout, Reals
from agent.vision.decoded import Corners

# Spread of a code around its place, and of what a bench camera's view may be, for the
# weight of the found against the likely: a code is printed and stands within a tenth
# of a place; a view that shows one side of the case 8 % shorter than the other is
# already far from upright; neighbouring places are known within 10 %.
PLACE_SPREAD: Final = 0.06
TILT_SPREAD: Final = 0.04
STEP_SPREAD: Final = 0.10

STEPS: Final[Reals] = np.array([(0, 0), (1, 0), (0, 1)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class View:
    """From plan (places, x to the right and y down) to pixels, and back."""

    matrix: Reals

    def to_pixels(self, plan: Reals) -> Reals:
        """Shape (n, 2) to (n, 2)."""
        return _projected(self.matrix, plan)

    def to_plan(self, pixels: Reals) -> Reals:
        """Shape (n, 2) to (n, 2)."""
        back: Reals = np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        return _projected(back, pixels)

    def steps(self, plan: Reals) -> tuple[Reals, Reals]:
        """One place to the right and one down at `plan` (2,), in pixels."""
        three: Reals = np.asarray(plan + STEPS, dtype=np.float64)
        at, right, below = self.to_pixels(three)
        return right - at, below - at

    def outline(self, layout: Layout) -> Corners:
        """Corners of the rows and columns, half a place outside the outer middles."""
        a, b, c, d = (tuple(p) for p in self.to_pixels(_outline(layout)).tolist())
        return a, b, c, d

    def moved(self, scale: tuple[int, int], offset: Reals) -> "View":
        """The same view of another plan: new = old * scale + offset."""
        old_of_new = np.diag([1 / scale[0], 1 / scale[1], 1.0])
        old_of_new[:2, 2] = -offset / scale
        return View(self.matrix @ old_of_new)


def of_outline(corners: Corners, layout: Layout) -> View:
    """The view that shows a case's `View.outline` there; ValueError if none does."""
    plan = _outline(layout).astype(np.float32)
    pixels = np.array(corners, np.float32)
    right, down = pixels[1] - pixels[0], pixels[3] - pixels[0]
    if right[0] * down[1] - right[1] * down[0] < 1 or not cv2.isContourConvex(pixels):
        raise ValueError(
            f"corners {corners}: four are needed, clockwise from the top left, around "
            "the case"
        )
    return View(np.asarray(cv2.getPerspectiveTransform(plan, pixels), np.float64))


def _outline(layout: Layout) -> Reals:
    plan = layout.plan
    left, top = plan.min(axis=0) - 0.5
    right, bottom = plan.max(axis=0) + 0.5
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def affine(origin: Reals, right: Reals, down: Reals) -> View:
    """The view whose steps are the same everywhere."""
    return View(np.array([*np.column_stack([right, down, origin]), (0, 0, 1)]))


def fitted(plan: Reals, pixels: Reals, start: View, reach: float) -> View:
    """The view that explains `pixels` (n, 2) of `plan` (n, 2) best.

    Linear least squares of the perspective, held toward `start`'s steps and toward no
    perspective by what is likely, so that few codes, or codes on one line, do not bend
    the rest of the case. `reach` is half the case's longer side, in places.
    """
    middle = plan.mean(axis=0)
    right, down = start.steps(middle)
    pitch = float(np.sqrt(np.hypot(*right) * np.hypot(*down)))
    centre = pixels.mean(axis=0)
    x, y = ((plan - middle) / reach).T
    u, v = ((pixels - centre) / pitch).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    system = np.concatenate(
        [
            np.column_stack([x, y, one, zero, zero, zero, -u * x, -u * y]),
            np.column_stack([zero, zero, zero, x, y, one, -v * x, -v * y]),
        ]
    )
    likely = np.zeros(8)
    likely[[0, 3]], likely[[1, 4]] = right * reach / pitch, down * reach / pitch
    weight = np.zeros(8)
    weight[[0, 1, 3, 4]] = PLACE_SPREAD / (STEP_SPREAD * reach)
    weight[[6, 7]] = PLACE_SPREAD / TILT_SPREAD
    held = weight > 0
    system = np.concatenate([system, np.diag(weight)[held]])
    target = np.concatenate([u, v, (weight * likely)[held]])
    found = np.linalg.lstsq(system, target, rcond=None)[0]
    to_unit = np.diag([1 / reach, 1 / reach, 1.0])
    to_unit[:2, 2] = -middle / reach
    to_pixels = np.array([[pitch, 0, centre[0]], [0, pitch, centre[1]], [0, 0, 1]])
    return View(to_pixels @ np.append(found, 1).reshape(3, 3) @ to_unit)


def _projected(matrix: Reals, points: Reals) -> Reals:
    x, y, w = matrix @ np.column_stack([points, np.ones(len(points))]).T
    return np.asarray(np.column_stack([x / w, y / w]), dtype=np.float64)
