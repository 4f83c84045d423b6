"""The check digit of GS1 keys (GS1 General Specifications, 7.9)."""


def is_mod10(digits: bytes) -> bool:
    """Weights 1, 3, 1, 3 … from the right, sum divisible by 10."""
    if not digits.isdigit():
        return False
    weighted = (
        (digit - ord("0")) * (3 if index % 2 else 1)
        for index, digit in enumerate(reversed(digits))
    )
    return sum(weighted) % 10 == 0
