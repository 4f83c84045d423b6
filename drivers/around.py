"""What a driver is given from outside."""

import random
from dataclasses import dataclass

from drivers.transports.base import Dialer


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Who opens the wires, and where chance comes from.

    `rng` draws the jitter of reconnections and the agent's boot id.
    """

    dialer: Dialer
    rng: random.Random
