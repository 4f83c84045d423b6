"""Reference decode of Interleaved 2 of 5 from element widths (ISO/IEC 16390).

GS1 General Specifications, section on ITF-14: an element is wide if it is wider than
7/64 of its pair of symbol characters, which is half-way between narrow and wide for
any ratio from 2 to 3. Five bars are one digit, the five spaces between the next.
"""

from typing import Final

import numpy as np

from agent.vision.grading.linear.reading import Flags, Reading, Reals

# A digit is the sum of the weights of its two wide elements; 4 and 7 make 0.
_WEIGHTS: Final = np.array([1, 2, 4, 7, 0])
_ZERO: Final = 11
_WIDE: Final = 2
_START: Final = 4
_STOP: Final = np.array([True, False, False])


def elements(digits: int) -> int:
    """How many bars and spaces a symbol of so many digits has."""
    return _START + 5 * digits + len(_STOP)


def read(widths: Reals) -> Reading | None:
    """Decodes bars and spaces, first bar to last bar; None where the symbol is wrong.

    Decodability of a pair, for symbologies of two widths (ISO/IEC 15416): the lesser
    of (RT - e) / (RT - Z) and (E - RT) / (N Z - RT), e the widest narrow and E the
    narrowest wide element of the pair, Z and N Z the averages over the symbol, RT the
    threshold of the reference decode algorithm.
    """
    data = widths[_START : -len(_STOP)]
    if len(data) == 0 or len(data) % 10:
        return None
    pairs = data.reshape(-1, 5, 2)
    threshold = pairs.sum(axis=(1, 2), keepdims=True) * (7 / 64)
    is_wide = pairs > threshold
    if not (is_wide.sum(axis=1) == _WIDE).all():
        return None
    ends = np.append(
        widths[:_START] > threshold[0], widths[-len(_STOP) :] > threshold[-1]
    )
    if ends[:_START].any() or (ends[_START:] != _STOP).any():
        return None
    narrow, wide = float(pairs[~is_wide].mean()), float(pairs[is_wide].mean())
    left = np.where(
        is_wide,
        (pairs - threshold) / (wide - threshold),
        (threshold - pairs) / (threshold - narrow),
    )
    flags = np.concatenate([ends[:_START], is_wide.ravel(), ends[_START:]])
    return Reading(
        payload=_digits(is_wide),
        decodability=float(np.clip(left.min(), 0, 1)),
        ideal=np.where(flags, wide / narrow, 1.0),
    )


def _digits(is_wide: Flags) -> bytes:
    """ASCII digits of pairs of shape (pairs, 5, 2), bars before spaces."""
    sums = np.tensordot(is_wide.astype(np.int64), _WEIGHTS, axes=([1], [0]))
    return (np.where(sums == _ZERO, 0, sums) + ord("0")).astype(np.uint8).tobytes()
