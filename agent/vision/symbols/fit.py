"""Smooth fields fitted to the offsets of edges: perspective, bend, growth."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from agent.vision.symbols.edges import Edges
from agent.vision.symbols.symbol import Reals

# Degree of the smooth field: one period of a wave along a side to 1 % of its height.
DEGREE: Final = 5
_ROUNDS: Final = 3
_LEAST_SPREAD: Final = 0.02  # modules; below it nothing is an outlier


@dataclass(frozen=True, slots=True)
class Field:
    """Offsets along one axis: `share` of each function of `basis`; growth away from
    corners; per edge what growth and corners add to it, and its weight (0: not found,
    or an outlier)."""

    share: Reals
    growth: float
    added: Reals
    weight: Reals


def fit_perspective(
    edges: tuple[Edges, Edges], rows: int, columns: int, stiffness: float
) -> Reals:
    """The 3 x 3 map of module coordinates that explains the offsets best.

    `stiffness` keeps what few edges do not tell near no movement at all.
    """
    found = [each.found for each in edges]
    size = sum(int(each.sum()) for each in found)
    design = np.zeros((size, 10))
    offset = np.concatenate([e.offset[f] for e, f in zip(edges, found, strict=True)])
    start = 0
    for axis, (each, use) in enumerate(zip(edges, found, strict=True)):
        u, v = 2 * each.x[use] / columns - 1, 2 * each.y[use] / rows - 1
        rows_of = slice(start, start + len(u))
        own = u if axis == 0 else v
        design[rows_of, 3 * axis : 3 * axis + 3] = np.stack((np.ones_like(u), u, v), 1)
        design[rows_of, 6:8] = np.stack((own * u, own * v), axis=1)
        # A perspective moves x by columns/2 what it moves y by rows/2.
        design[rows_of, 6:8] *= (columns if axis == 0 else rows) / (rows + columns)
        design[rows_of, 8 + axis] = each.sign[use] / 2
        start += len(u)
    ridge = stiffness * np.array([0, 1, 1, 0, 1, 1, 3, 3, 1, 1.0])
    share, _ = _robust(design, offset, ridge)
    return _map(share, rows, columns)


def _map(share: Reals, rows: int, columns: int) -> Reals:
    """The shares as a map: coordinates to -1..1, moved, and back."""
    half = np.diag((columns / 2, rows / 2, 1.0))
    half[:2, 2] = columns / 2, rows / 2
    scale = (rows + columns) / 2
    x, y = share[0:3] * 2 / columns, share[3:6] * 2 / rows
    tilt = share[6:8] / scale
    moved = np.array(
        [
            (1 + x[1], x[2], x[0]),
            (y[1], 1 + y[2], y[0]),
            (-tilt[0], -tilt[1], 1.0),
        ]
    )
    return np.asarray(half @ moved @ np.linalg.inv(half), np.float64)


def fit_field(edges: Edges, rows: int, columns: int, degree: int) -> Field:
    """A smooth field of offsets along one axis, what growth and corners do apart."""
    use = edges.found
    terms = basis(rows, columns, degree, is_along_x=edges.is_along_x)
    sides = edges.sign[:, None] * np.column_stack((np.ones(len(use)), edges.cornered))
    design = np.hstack((terms[edges.line, edges.place], sides))[use]
    ridge = np.full(design.shape[1], 0.05)
    ridge[0] = 0
    share, weight = _robust(design, edges.offset[use], ridge)
    count = terms.shape[-1]
    whole = np.zeros(len(use))
    whole[use] = weight
    added = np.einsum("es,s->e", sides, share[count:])
    return Field(share[:count], 2 * float(share[count]), added, whole)


@lru_cache(maxsize=16)
def basis(rows: int, columns: int, degree: int, *, is_along_x: bool) -> Reals:
    """Chebyshev products up to `degree` at every boundary: (lines, places, terms)."""
    lines, places = (rows, columns) if is_along_x else (columns, rows)
    across = (np.arange(lines) + 0.5) * 2 / lines - 1
    along = np.arange(places + 1) * 2 / places - 1
    one = np.polynomial.chebyshev.chebvander(across, degree)
    two = np.polynomial.chebyshev.chebvander(along, degree)
    degrees = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    products = [np.outer(one[:, i], two[:, j]) for i, j in degrees]
    terms = np.asarray(np.stack(products, axis=-1), np.float64)
    terms.flags.writeable = False
    return terms


def average(values: Reals) -> float:
    """Mean without what lies far outside the rest."""
    away = np.abs(values - middle(values))
    return float(values[away <= 4 * max(middle(away), _LEAST_SPREAD)].mean())


def square(design: Reals) -> Reals:
    """Its transpose times itself. OpenCV stays in this thread, where NumPy would wake
    all cores for every such product."""
    return np.asarray(cv2.mulTransposed(design, aTa=True), np.float64)


def middle(values: Reals) -> float:
    """The median, of an even number of values the upper one of the two; 0 of none."""
    half = len(values) // 2
    return float(np.partition(values, half)[half]) if len(values) else 0.0


def _robust(design: Reals, offset: Reals, ridge: Reals) -> tuple[Reals, Reals]:
    """Weighted least squares; what lies far outside the rest loses its weight (Tukey's
    biweight, its width from the median of the residuals)."""
    weight = np.ones(len(offset))
    share = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        heavy = square(design * np.sqrt(weight)[:, None])
        goal = np.einsum("ij,i->j", design, weight * offset)
        share = np.linalg.solve(heavy + np.diag(ridge + 1e-9), goal)
        rest = offset - np.einsum("ij,j->i", design, share)
        width = 6 * max(middle(np.abs(rest)), _LEAST_SPREAD)
        weight = np.clip(1 - (rest / width) ** 2, 0, None) ** 2
    return share, weight
