"""Check digits and check characters of GS1 keys."""

# Value of a character for the check pair is its place in this row (GS1 set 82).
_VALUES = {
    character: value
    for value, character in enumerate(
        "!\"%&'()*+,-./0123456789:;<=>?"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    )
}
_PAIR_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# The first thirty primes, from the right.
_WEIGHTS = tuple(n for n in range(2, 114) if all(n % d for d in range(2, n)))
PAIR_PAYLOAD_MAX = len(_WEIGHTS)


def check_digit(payload: str) -> str:
    """The modulo-10 digit to put after `payload` (digits only)."""
    return str(-_weighted_sum(payload + "0") % 10)


def has_check_digit(digits: str) -> bool:
    """Whether the last of `digits` (ASCII digits, one at least) is right."""
    return _weighted_sum(digits) % 10 == 0


def _weighted_sum(digits: str) -> int:
    """Weights 1, 3, 1, 3 … from the right."""
    raw = digits.encode("ascii")
    ones, threes = raw[-1::-2], raw[-2::-2]
    return sum(ones) + 3 * sum(threes) - ord("0") * (len(ones) + 3 * len(threes))


def check_pair(payload: str) -> str:
    """The two characters (modulo 1021) to put after a GMN or device identifier.

    `ValueError` for a character outside set 82 or a payload over 30 characters.
    """
    if len(payload) > PAIR_PAYLOAD_MAX:
        raise ValueError(f"payload of {len(payload)} characters; at most 30")
    try:
        values = [_VALUES[character] for character in reversed(payload)]
    except KeyError as error:
        raise ValueError(f"character {error} has no value for a check pair") from None
    total = sum(v * w for v, w in zip(values, _WEIGHTS, strict=False)) % 1021
    return _PAIR_CHARACTERS[total >> 5] + _PAIR_CHARACTERS[total & 31]
