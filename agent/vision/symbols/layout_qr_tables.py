"""Sizes of QR symbols: ISO/IEC 18004 Table 9 and Annex E."""

from typing import Final

LEVELS: Final = "LMQH"


def _row(numbers: str) -> tuple[int, ...]:
    """Versions 1 to 40."""
    return tuple(int(each) for each in numbers.split())


# Error correction codewords of each block.
PARITY: Final = {
    "L": _row(
        "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 "
        "28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "M": _row(
        "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 "
        "26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28"
    ),
    "Q": _row(
        "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 "
        "28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "H": _row(
        "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 "
        "30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
}
# Number of blocks.
BLOCKS: Final = {
    "L": _row(
        "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 "
        "8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25"
    ),
    "M": _row(
        "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 "
        "17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49"
    ),
    "Q": _row(
        "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 "
        "23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68"
    ),
    "H": _row(
        "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 "
        "25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81"
    ),
}
# Codewords kept back against misdecoding (p of `e + 2t <= d - p`), 0 elsewhere.
PROTECTION: Final = {
    (1, "L"): 3,
    (1, "M"): 2,
    (1, "Q"): 1,
    (1, "H"): 1,
    (2, "L"): 2,
    (3, "L"): 1,
}


def alignment_centres(version: int) -> tuple[int, ...]:
    """Rows and columns of alignment pattern centres: the first is the timing pattern's,
    the last 7 from the edge, the rest evenly spaced by an even number from the last."""
    if version == 1:
        return ()
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    last = 4 * version + 10
    return (6, *sorted(last - step * i for i in range(count - 1)))
