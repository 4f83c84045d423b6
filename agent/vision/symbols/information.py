"""Format and version information of QR symbols: ISO/IEC 18004 clauses 7.9, 7.10."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.layout_qr import MASKS, format_places, version_places
from agent.vision.symbols.symbol import Flags

FORMAT_MASK: Final = 0x5412
_FORMAT_GENERATOR: Final = 0x537  # (15, 5)
_VERSION_GENERATOR: Final = 0x1F25  # (18, 6)
_LEVELS: Final = "MLHQ"  # by their two bits


@dataclass(frozen=True, slots=True)
class Information:
    """The nearest valid word to what is printed, and wrong bits of each copy."""

    value: int
    bits: Flags
    errors: tuple[int, ...]

    @property
    def level(self) -> str:
        """Error correction level; format information only."""
        return _LEVELS[self.value >> 3]

    @property
    def mask(self) -> int:
        """Mask pattern; format information only."""
        return self.value % MASKS


def format_information(dark: Flags, level: str | None) -> Information:
    """Of a sampled matrix; `level` keeps to that level where it is known."""
    words = _words(5, _FORMAT_GENERATOR, FORMAT_MASK)
    allowed = np.arange(len(words))
    if level is not None:
        allowed = allowed[allowed >> 3 == _LEVELS.index(level)]
    return _nearest(dark, format_places(len(dark)), words, allowed)


def version_information(dark: Flags, version: int) -> Information | None:
    """Of a sampled matrix whose version is known; None below version 7."""
    if version < 7:
        return None
    words = _words(6, _VERSION_GENERATOR, 0)
    return _nearest(dark, version_places(len(dark)), words, np.array([version]))


def _nearest(
    dark: Flags,
    copies: tuple[NDArray[np.intp], ...],
    words: Flags,
    allowed: NDArray[np.intp],
) -> Information:
    read = np.stack([dark[copy[:, 0], copy[:, 1]] for copy in copies])
    wrong = (read[:, None, :] != words[allowed][None]).sum(axis=2)
    # The better copy decides, the other one where two words come out alike.
    best = int(np.lexsort((wrong.sum(axis=0), wrong.min(axis=0)))[0])
    value = int(allowed[best])
    return Information(value, words[value], tuple(int(each) for each in wrong[:, best]))


@lru_cache(maxsize=4)
def _words(data_bits: int, generator: int, turned: int) -> Flags:
    """All valid words, bit 0 first, shape (2 ** data_bits, bits)."""
    check_bits = generator.bit_length() - 1
    words = np.zeros((1 << data_bits, data_bits + check_bits), np.bool_)
    for value, word in enumerate(words):
        rest = value << check_bits
        for bit in range(data_bits - 1, -1, -1):
            if rest >> (bit + check_bits) & 1:
                rest ^= generator << bit
        whole = (value << check_bits | rest) ^ turned
        word[:] = [whole >> i & 1 for i in range(len(word))]
    return words
