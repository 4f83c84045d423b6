"""One look at bar codes, as the cascade is handed it."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.vision.decoded import Decoded


@dataclass(frozen=True, slots=True)
class LinearLook:
    """One look at a picture. `kind` and `pixels` foretell its time as a budget does."""

    name: str
    kind: str
    pixels: float
    read: Callable[[], list[Decoded]]
