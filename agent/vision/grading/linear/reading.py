"""What a reference decode algorithm makes of a row of element widths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A symbol decoded from its element widths, first bar to last bar.

    `payload`: the data without start, stop and symbol check characters; FNC1 in first
    position left out, GS (0x1D) elsewhere. `decodability`: of the worst symbol
    character, 0 (on a decision threshold) to 1 (as specified). `ideal`: how wide each
    element should be, in X.
    """

    payload: bytes
    decodability: float
    ideal: Reals

    @property
    def modules(self) -> float:
        """Width of the symbol in X, without quiet zones."""
        return float(self.ideal.sum())


def similar_edges(measured: Reals) -> tuple[Numbers, Reals]:
    """Edge to similar edge distances in whole modules, and how much is left of each.

    `measured` is in modules of its own character. The reference thresholds stand
    half-way between whole modules, so 1 is left at a whole module and 0 at a threshold:
    V1 = K / (S / 2n) of ISO/IEC 15416 for (n, k) symbologies.
    """
    whole = np.rint(measured)
    return whole.astype(np.int64), 1 - 2 * np.abs(measured - whole)
