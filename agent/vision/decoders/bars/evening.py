"""Takes the bend out of a profile by where its characters were found.

Seen on a bottle or aslant, modules are narrower at one end than at the other. A chain
of characters found in spite of that shows how; along a smooth curve through their
places the profile is spread evenly, and its characters fit far better.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np

from agent.vision.decoders.bars.align import PER_MODULE, Chain, best_chain
from agent.vision.decoders.bars.alphabet import Alphabet, Reals

Said = TypeVar("Said")

DEGREE: Final = 3  # of the curve: one side may be bent more than the other
LEAST_WEIGHT: Final = 0.05
NARROWEST: Final = 0.4  # times as many samples as they should be: no print is so bent
HOPEFUL: Final = 0.7  # below it characters were not found where they stand
EVEN_FIT, EVEN_WORST, EVEN_MARGIN = 0.85, 0.75, 0.06  # nothing is to be won above all


def chains(
    row: Reals,
    slots: Sequence[Alphabet],
    spare: int,
    is_hopeless: Callable[[Chain], bool] = lambda _: False,
) -> list[Chain]:
    """The chain found in a row, then that of the row evened where that may help.

    `row`: the modules of all slots at `PER_MODULE` samples each, `spare` more either
    side.
    """
    found = []
    for _ in range(2):
        chain = best_chain(row, slots)
        if chain is None:
            break
        found.append(chain)
        if chain.fit < HOPEFUL or is_hopeless(chain) or _is_even(chain):
            break
        evened = _evened(row, chain, slots, spare)
        if evened is None:
            break
        row = evened
    return found


def agreed(
    found: Sequence[Chain], said: Callable[[Chain], Said | None]
) -> tuple[float, Chain | None, Said | None]:
    """The best fit there is, and the chain and text of those that say anything: none
    where they differ.
    """
    fit = max((chain.fit for chain in found), default=0.0)
    texts = [(chain, text) for chain in found if (text := said(chain)) is not None]
    if not texts or any(text != texts[0][1] for _, text in texts):
        return fit, None, None
    return fit, *max(texts, key=lambda each: each[0].fit)


def _is_even(chain: Chain) -> bool:
    return (
        chain.fit >= EVEN_FIT
        and chain.worst >= EVEN_WORST
        and chain.margin >= EVEN_MARGIN
    )


def _evened(
    row: Reals, chain: Chain, slots: Sequence[Alphabet], spare: int
) -> Reals | None:
    """The row with its characters where they should be; None if that is no curve."""
    last = chain.slots[-1]
    borders = np.array([*(slot.start for slot in chain.slots), last.start + last.width])
    even = np.cumsum([0, *(each.modules for each in slots)]) * PER_MODULE
    fits = np.array([float(slot.scores.max()) for slot in chain.slots])
    weights = np.minimum(np.append(fits, fits[-1]), np.append(fits[0], fits))
    whole = float(even[-1])
    curve = np.polynomial.polynomial.polyfit(
        even / whole * 2 - 1, borders, DEGREE, w=np.maximum(weights, LEAST_WEIGHT) ** 2
    )
    wanted = (np.arange(-spare, whole + spare) + 0.5) / whole * 2 - 1
    at = np.polynomial.polynomial.polyval(wanted, curve) - 0.5
    if float(np.diff(at).min()) < NARROWEST:
        return None
    return np.asarray(np.interp(at, np.arange(len(row)), row), np.float32)
