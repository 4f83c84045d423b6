"""Code 128 and GS1-128 out of a profile (ISO/IEC 15417)."""

from typing import Final

import numpy as np

from agent.vision.decoders.bars.align import PER_MODULE, USUAL, Chain
from agent.vision.decoders.bars.alphabet import Alphabet, alphabet
from agent.vision.decoders.bars.evening import agreed, chains
from agent.vision.decoders.bars.strip import Reals, resampled
from agent.vision.decoders.bars.text import Text, placed
from agent.vision.symbols.bar_patterns import CODE_128, CODE_128_STOP
from agent.vision.symbols.code_128_text import START_A, text_of

SPARE: Final = 8 * PER_MODULE  # samples either side
LEAST: Final = 4  # symbol characters: start, one of data, check, stop
MOST: Final = 40
ENDS_FIT: Final = 0.45  # mean correlation of start and stop below which there are none
HOPEFUL: Final = (
    0.8  # fit below which it is another number, or seen from the other side
)
SHIFTS: Final = np.arange(-3, 4) / PER_MODULE  # modules an end may be off

CHARACTER: Final = alphabet(
    CODE_128[:START_A], begins_dark=True, dark_before=False, dark_after=True
)
START: Final = alphabet(
    CODE_128[START_A:], begins_dark=True, dark_before=False, dark_after=True
)
STOP: Final = alphabet(
    [CODE_128_STOP], begins_dark=True, dark_before=False, dark_after=False
)


def lengths(
    profile: Reals, first: float, last: float, narrowest: float
) -> list[tuple[float, int]]:
    """How many symbol characters may stand between two places, likeliest first.

    Every number gives another width of module; where start and stop fit best with it,
    it is the number. `narrowest`: samples of the profile that a module has at least.
    Each with the mean correlation of start and stop.
    """
    numbers = np.arange(LEAST, MOST + 1)
    modules = np.asarray((last - first) / (11 * numbers + 2), np.float32)
    likely = modules >= narrowest
    numbers, modules = numbers[likely], modules[likely]
    if numbers.size == 0:
        return []
    fits = _fit(profile, first, modules, START, 0) + _fit(
        profile, last, modules, STOP, 1
    )
    ranked = sorted(zip(fits / 2, numbers, strict=True), reverse=True)
    return [(float(fit), int(number)) for fit, number in ranked if fit >= ENDS_FIT]


def _fit(
    profile: Reals, place: float, modules: Reals, of: Alphabet, before: int
) -> Reals:
    """Best correlation at one end for each width of module; `before`: 1 ends there."""
    count = (of.modules + 2) * PER_MODULE
    grid = (np.arange(count) + 0.5) / PER_MODULE - 1 - before * of.modules
    at = place + modules[:, None, None] * (grid + SHIFTS[:, None])
    seen = np.interp(at, np.arange(len(profile)), profile)
    seen -= seen.mean(axis=-1, keepdims=True)
    seen /= np.linalg.norm(seen, axis=-1, keepdims=True) + 1e-3
    fits = seen @ of.templates(count, USUAL).T
    return np.asarray(fits.max(axis=(1, 2)), np.float32)


def read(
    profile: Reals, first: float, last: float, number: int
) -> tuple[float, Text | None]:
    """What `number` characters between two places say, read from left to right.

    How well characters fit, and the text: None unless the best fitting ones have the
    right check character.
    """
    modules = 11 * number + 2
    samples = modules * PER_MODULE
    row = resampled(profile, first, last, samples, SPARE)
    slots = (START, *[CHARACTER] * (number - 2), STOP)
    found = chains(row, slots, SPARE, lambda each: each.fit < HOPEFUL)
    fit, chain, said = agreed(found, lambda each: text_of(_values(each)))
    if chain is None or said is None:
        return fit, None
    payload, aim = said
    begin, end = placed(found[0], first, last, samples, SPARE)
    return fit, Text(
        payload=payload,
        aim=aim,
        fit=chain.fit,
        margin=chain.margin,
        worst=chain.worst,
        first=begin,
        last=end,
        modules=modules,
    )


def _values(chain: Chain) -> list[int]:
    start, *rest = (slot.best for slot in chain.slots[:-1])
    return [START_A + start, *rest]
