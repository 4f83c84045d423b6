"""The part of the picture around the text, as ink, and where a line bends in it."""

from dataclasses import dataclass

import cv2
import numpy as np

from agent.vision.checks.printed_text.pose import Pose, Reals
from agent.vision.checks.printed_text.shapes import PX, Floats
from agent.vision.region import Image

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Ink (0 to 255, larger is more) around the text, with its pose in this crop."""

    ink: Floats
    pose: Pose


def sample(seen: Seen, columns: Reals, rows: Reals) -> Floats:
    """Ink at places in dots of the pose; both of shape (rows, columns)."""
    pose = seen.pose
    x = pose.origin[0] + columns * pose.across[0] + rows * pose.down[0] - 0.5
    y = pose.origin[1] + columns * pose.across[1] + rows * pose.down[1] - 0.5
    found = cv2.remap(
        seen.ink,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found, dtype=np.float32)


def crop(image: Image, pose: Pose, columns: Span, rows: Span, *, light: bool) -> Seen:
    """The part of a grey picture where those dots lie, as ink.

    A picture of many pixels a dot is made smaller: the comparison takes three.
    """
    ends = np.array([(c, r) for c in columns for r in rows])
    px = pose.origin + ends[:, :1] * pose.across + ends[:, 1:] * pose.down
    low = np.maximum(np.floor(px.min(axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(px.max(axis=0)).astype(int) + 2, image.shape[::-1])
    part = image[low[1] : high[1], low[0] : high[0]]
    if part.size == 0:
        raise ValueError("the place of the text lies outside the picture")
    moved = Pose(origin=pose.origin - low, across=pose.across, down=pose.down)
    shrink = max(1.0, pose.step_px / (PX + 1))
    if shrink > 1.25:
        size = (
            max(1, round(part.shape[1] / shrink)),
            max(1, round(part.shape[0] / shrink)),
        )
        factor = np.array(size) / part.shape[::-1]
        part = np.asarray(
            cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8
        )
        moved = Pose(
            origin=moved.origin * factor,
            across=moved.across * factor,
            down=moved.down * factor,
        )
    ink = part.astype(np.float32)
    return Seen(ink=ink if light else 255 - ink, pose=moved)


def smoothed(seen: Seen, dots: float) -> Seen:
    """The same seen less sharply: blurred by that many dots (one deviation)."""
    sigma = dots * seen.pose.step_px
    return Seen(
        ink=np.asarray(cv2.GaussianBlur(seen.ink, (0, 0), sigma)), pose=seen.pose
    )
