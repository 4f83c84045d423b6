"""Where each module really stands, and how much too wide dark elements are."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from agent.vision.symbols.edges import Edges
from agent.vision.symbols.fit import DEGREE, basis, fit_field, middle, square
from agent.vision.symbols.grid import Grid, centres
from agent.vision.symbols.symbol import Reals

# What the smooth field leaves is averaged over neighbouring edges, more of them on the
# same line of the grid than across (deviations in modules).
_ALONG_LINE: Final = 1.5
_ACROSS_LINES: Final = 0.7
_KERNEL: Final = 9
_FEW: Final = 0.3  # kernel weight below which there is nothing to average
_TRUST: Final = 2.0  # deviations of noise that count as nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Measured offsets of module centres from a straight grid, in modules.

    `shift_x`, `shift_y`: shape (rows, columns). `growth`: along x and y, as single
    modules tell it (see `growth`).
    """

    shift_x: Reals
    shift_y: Reals
    growth: tuple[float, float] = (0.0, 0.0)


def measure_mesh(
    edges: tuple[Edges, Edges], rows: int, columns: int, degree: int = DEGREE
) -> Mesh:
    """From edges along x and along y."""
    across, growth_x = _boundaries(edges[0], rows, columns, degree)
    down, growth_y = _boundaries(edges[1], rows, columns, degree)
    return Mesh(
        shift_x=(across[:, :-1] + across[:, 1:]) / 2,
        shift_y=((down[:, :-1] + down[:, 1:]) / 2).T,
        growth=(growth_x, growth_y),
    )


def _boundaries(
    edges: Edges, rows: int, columns: int, degree: int
) -> tuple[Reals, float]:
    """Offset of every boundary of every line, and growth.

    The smooth field, and on it what is left of it locally beyond what noise would make.
    """
    field = fit_field(edges, rows, columns, degree)
    terms = basis(rows, columns, degree, is_along_x=edges.is_along_x)
    smooth = np.einsum("lpt,t->lp", terms, field.share)
    rest = np.zeros(smooth.shape)
    weight = np.zeros(smooth.shape)
    at = (edges.line, edges.place)
    left = edges.offset - smooth[at] - field.added
    rest[at] = np.where(field.weight > 0, left, 0.0) * field.weight
    weight[at] = field.weight
    local, noise_share = _averaged(rest, weight)
    kept = left[field.weight > 0]
    noise = 1.48 * middle(np.abs(kept)) if len(kept) else 0.0
    limit = (_TRUST * noise * noise_share) ** 2
    power = local**2
    return smooth + local * power / (power + limit + 1e-12), field.growth


def _averaged(value: Reals, weight: Reals) -> tuple[Reals, Reals]:
    """Local weighted mean, and the share of single noise that is left in it."""
    across = cv2.getGaussianKernel(_KERNEL, _ALONG_LINE)
    along = cv2.getGaussianKernel(_KERNEL, _ACROSS_LINES)

    def spread(array: Reals, power: int) -> Reals:
        return np.asarray(
            cv2.sepFilter2D(
                array,
                cv2.CV_64F,
                along**power,
                across**power,
                borderType=cv2.BORDER_CONSTANT,
            )
        )

    total = spread(weight, 1)
    usable = np.maximum(total, _FEW * float(across.max() * along.max()))
    mean = spread(value, 1) / usable
    return mean, np.sqrt(spread(weight**2, 2)) / usable


def points_of(grid: Grid, mesh: Mesh) -> Reals:
    """Measured module centres in pixels, (rows, columns, 2)."""
    x, y = centres(grid.rows, grid.columns)
    return np.stack(grid.in_picture(x + mesh.shift_x, y + mesh.shift_y), axis=-1)


def straightened(grid: Grid, mesh: Mesh) -> Grid:
    """The straight grid, seen at whatever angle, that is nearest to the mesh."""
    x, y = centres(grid.rows, grid.columns)
    target = np.stack((x + mesh.shift_x, y + mesh.shift_y), axis=-1).reshape(-1, 2)
    source = np.stack((x, y), axis=-1).reshape(-1, 2)
    return grid.moved(_homography(source, target))


def _homography(source: Reals, target: Reals) -> Reals:
    """Least squares of the distances, by two rounds of the linear form."""
    middle, scale = source.mean(axis=0), float(np.ptp(source)) / 2
    s, t = (source - middle) / scale, (target - middle) / scale
    depth = np.ones(len(s))
    one, none = np.ones(len(s)), np.zeros(len(s))
    for _ in range(2):
        x = np.stack((s[:, 0], s[:, 1], one, none, none, none), axis=1)
        y = np.roll(x, 3, axis=1)
        top = np.hstack((x, -s * t[:, :1]))
        low = np.hstack((y, -s * t[:, 1:]))
        design = np.vstack((top / depth[:, None], low / depth[:, None]))
        goal = np.concatenate((t[:, 0] / depth, t[:, 1] / depth))
        h = np.linalg.solve(square(design), np.einsum("ij,i->j", design, goal))
        depth = s[:, 0] * h[6] + s[:, 1] * h[7] + 1
    matrix = np.append(h, 1.0).reshape(3, 3)
    back = np.diag((scale, scale, 1.0))
    back[:2, 2] = middle
    return np.asarray(back @ matrix @ np.linalg.inv(back), np.float64)


def pitch_px(grid: Grid) -> tuple[float, float]:
    """Mean distance of neighbouring modules along x and along y of the symbol."""
    points = np.stack(grid.in_picture(*centres(grid.rows, grid.columns)), axis=-1)
    across = np.linalg.norm(np.diff(points, axis=1), axis=-1).mean()
    down = np.linalg.norm(np.diff(points, axis=0), axis=-1).mean()
    return float(across), float(down)
