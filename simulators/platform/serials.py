"""Unit codes and shipping container codes, made up from a seed."""

import random
from collections.abc import Iterator

from biip.checksums import gs1_standard_check_digit

# No vowels (no words) and no letters that look like digits on a bottle.
_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZ"
SERIAL_LENGTH = 10


def serials(rng: random.Random) -> Iterator[str]:
    """Serials without end; about 3e14 different ones."""
    while True:
        yield "".join(rng.choices(_ALPHABET, k=SERIAL_LENGTH))


def sscc(company_prefix: str, number: int) -> str:
    """The 18 digits of a shipping container code, extension digit 0.

    `ValueError` when the numbers of a company prefix are used up.
    """
    room = 16 - len(company_prefix)
    if number >= 10**room:
        raise ValueError(f"company prefix {company_prefix} has no number {number}")
    payload = f"0{company_prefix}{number:0{room}d}"
    return payload + str(gs1_standard_check_digit(payload))
