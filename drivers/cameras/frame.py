"""A picture and the item it shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One grey picture, shape (rows, columns).

    `item` is the number the PLC handed the camera with the trigger; `captured_at_s`
    is when the agent first saw the picture, on its monotonic clock. `second`: the item
    a moment later under a shorter exposure, against glare; None if there is none.
    """

    item: int
    image: NDArray[np.uint8]
    captured_at_s: float
    second: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFrame:
    """A picture of `item` arrived and cannot be used: no read, never a guess."""

    item: int
    reason: str
