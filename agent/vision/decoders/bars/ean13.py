"""EAN-13 out of a profile (ISO/IEC 15420)."""

from collections.abc import Sequence
from typing import Final

from agent.vision.decoders.bars.align import PER_MODULE, Chain
from agent.vision.decoders.bars.alphabet import alphabet
from agent.vision.decoders.bars.evening import agreed, chains
from agent.vision.decoders.bars.strip import Reals, resampled
from agent.vision.decoders.bars.text import Text, placed
from agent.vision.symbols.bar_patterns import EAN_A, EAN_SETS

AIM: Final = "]E0"
MODULES: Final = 95
SPARE: Final = 7 * PER_MODULE  # samples either side: the smaller of the quiet zones

GUARD: Final = alphabet(["111"], begins_dark=True, dark_before=False, dark_after=False)
CENTRE: Final = alphabet(
    ["11111"], begins_dark=False, dark_before=True, dark_after=True
)
LEFT: Final = alphabet(
    [*EAN_A, *(each[::-1] for each in EAN_A)],
    begins_dark=False,
    dark_before=True,
    dark_after=False,
)
RIGHT: Final = alphabet(EAN_A, begins_dark=True, dark_before=False, dark_after=True)
HALF: Final = 6  # digits either side of the centre
MOST_OF_SET_B: Final = 3
SLOTS: Final = (GUARD, *[LEFT] * HALF, CENTRE, *[RIGHT] * HALF, GUARD)


def read(profile: Reals, first: float, last: float) -> tuple[float, Text | None]:
    """What stands between two places of a profile, read from left to right.

    How well characters fit, and the text: None unless the best fitting digits have a
    valid parity and the right check digit. Both check, neither corrects.
    """
    samples = MODULES * PER_MODULE
    row = resampled(profile, first, last, samples, SPARE)
    found = chains(row, SLOTS, SPARE, _is_turned)
    fit, chain, said = agreed(found, _said)
    if chain is None or said is None:
        return fit, None
    begin, end = placed(found[0], first, last, samples, SPARE)
    return fit, Text(
        payload=said.encode(),
        aim=AIM,
        fit=chain.fit,
        margin=chain.margin,
        worst=chain.worst,
        first=begin,
        last=end,
        modules=MODULES,
    )


def _is_turned(chain: Chain) -> bool:
    """Seen from the other side: the right half's digits then look like set B."""
    of_set_b = sum(slot.best >= 10 for slot in chain.slots[1 : 1 + HALF])
    return of_set_b > MOST_OF_SET_B


def _said(chain: Chain) -> str | None:
    best = [slot.best for slot in chain.slots]
    return digits(best[1 : 1 + HALF], best[-1 - HALF : -1])


def digits(left: Sequence[int], right: Sequence[int]) -> str | None:
    """All thirteen from the characters of either half; None where the check fails."""
    sets = "".join("AB"[each // 10] for each in left)
    if sets not in EAN_SETS:
        return None
    values = [EAN_SETS.index(sets), *(each % 10 for each in left), *right]
    weighted = sum(values[::2]) + 3 * sum(values[1::2])
    return "".join(map(str, values)) if weighted % 10 == 0 else None
