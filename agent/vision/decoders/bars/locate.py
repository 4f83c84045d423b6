"""Finds what looks like a bar code: a field whose edges all run one way.

By the structure tensor of blocks of pixels: bars are blocks of strong edges of one
direction, next to each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.region import Image
from agent.vision.shrinking import halved, sampled

Reals = NDArray[np.float32]
Flags = NDArray[np.bool_]

BLOCK_PX: Final = 8
MANY_PIXELS: Final = 900 * 900  # above it half the size is looked at
SMOOTH_BLOCKS: Final = 3
COHERENT: Final = 0.5  # 1: all edges of a block run one way; 0: every way alike
CLEAR: Final = 0.12  # share of the strong blocks' energy below which is ground
DIRECTIONS: Final = 24
ALIKE: Final = 0.6  # cosine of twice the angle between edges of one field
GAP_BLOCKS: Final = 5
LEAST_BLOCKS: Final = 6
LEAST_SHARE: Final = 0.15  # of the strongest field's edges: less is lettering


@dataclass(frozen=True, slots=True)
class Field:
    """A turned rectangle around bars.

    `centre`; `length` across the bars, `height` along them, in pixels; `angle` of the
    reading direction against the x axis in radians, -pi/2 to pi/2.
    """

    centre: tuple[float, float]
    length: float
    height: float
    angle: float


@dataclass(frozen=True, slots=True)
class _Edges:
    """Blocks of a picture: cosine and sine part of twice the direction, strength."""

    even: Reals
    odd: Reals
    strength: Reals
    clear: Flags
    block_px: int


def fields(image: Image, limit: int) -> Iterator[Field]:
    """The likeliest places of bar codes in a grey picture, strongest first."""
    if image.size == 0:
        return
    edges = _edges(image)
    left = np.where(edges.clear, edges.strength, 0)
    strongest = 0.0
    for _ in range(limit):
        if not left.any():
            return
        alike = _alike(edges, left)
        part = _strongest(np.where(alike, left, 0))
        part &= alike
        strength = float(left[part].sum())
        strongest = max(strongest, strength)
        left = np.where(part, 0, left)
        if strength < LEAST_SHARE * strongest:
            return
        if int(part.sum()) >= LEAST_BLOCKS:
            yield _field(edges, part)


def _edges(image: Image) -> _Edges:
    """Of the picture at a half, a quarter … of its size, few enough pixels."""
    image, factor = halved(image, MANY_PIXELS)
    below, right = (max(BLOCK_PX - side, 0) for side in image.shape)
    if below or right:
        image = np.asarray(
            cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        )
    rows, columns = (side // BLOCK_PX for side in image.shape)
    whole = image[: rows * BLOCK_PX, : columns * BLOCK_PX]
    dx = sampled(cv2.Scharr(whole, cv2.CV_16S, 1, 0))
    dy = sampled(cv2.Scharr(whole, cv2.CV_16S, 0, 1))
    xx, yy, xy = (
        _pooled(cv2.multiply(one, other), columns, rows)
        for one, other in ((dx, dx), (dy, dy), (dx, dy))
    )
    energy, cosine, sine = xx + yy, xx - yy, 2 * xy
    strength = np.hypot(cosine, sine)
    clear = energy > CLEAR * float(np.percentile(energy, 98))
    clear &= strength > COHERENT * energy
    return _Edges(cosine, sine, strength, clear, BLOCK_PX * factor)


def _pooled(product: cv2.typing.MatLike, columns: int, rows: int) -> Reals:
    blocks = cv2.resize(product, (columns, rows), interpolation=cv2.INTER_AREA)
    smooth = cv2.blur(blocks, (SMOOTH_BLOCKS, SMOOTH_BLOCKS))
    return np.asarray(smooth, np.float32)


def _alike(edges: _Edges, left: Reals) -> Flags:
    """Blocks whose edges run the way most of them do."""
    doubled = np.arctan2(edges.odd, edges.even)
    bins = np.floor((doubled / (2 * np.pi) + 0.5) * DIRECTIONS).astype(int)
    counts = np.bincount(bins.ravel() % DIRECTIONS, left.ravel(), DIRECTIONS)
    counts = counts + np.roll(counts, 1) + np.roll(counts, -1)
    peak = ((counts.argmax() + 0.5) / DIRECTIONS - 0.5) * 2 * np.pi
    return np.asarray((left > 0) & (np.cos(doubled - peak) > ALIKE))


def _strongest(strength: Reals) -> Flags:
    """The patch of blocks, small gaps closed, that holds most."""
    kernel = np.ones((GAP_BLOCKS, GAP_BLOCKS), np.uint8)
    marked = (strength > 0).astype(np.uint8)
    closed = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, kernel)
    count, labels = cv2.connectedComponents(closed, connectivity=8)
    sums = np.bincount(labels.ravel(), strength.ravel(), count)
    sums[0] = -1
    return np.asarray(labels == sums.argmax())


def _field(edges: _Edges, part: Flags) -> Field:
    even, odd = edges.even[part].sum(), edges.odd[part].sum()
    angle = 0.5 * float(np.arctan2(odd, even))
    ys, xs = ((at + 0.5) * edges.block_px for at in np.nonzero(part))
    cos, sin = np.cos(angle), np.sin(angle)
    left, right = np.percentile(xs * cos + ys * sin, (0.5, 99.5))
    low, high = np.percentile(ys * cos - xs * sin, (4, 96))
    across, along = (left + right) / 2, (low + high) / 2
    return Field(
        centre=(
            float(across * cos - along * sin),
            float(across * sin + along * cos),
        ),
        length=float(right - left + edges.block_px),
        height=float(high - low + edges.block_px),
        angle=angle,
    )
