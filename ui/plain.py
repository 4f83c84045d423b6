"""Text from outside, made fit for a screen: seen, short, and never interpreted."""

import unicodedata

# Longest text from outside on one screen line.
LIMIT_CHARS = 160
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})


def plain(text: str, limit_chars: int = LIMIT_CHARS) -> str:
    """`text` with every control or invisible character made visible, and cut.

    Controls become their pictures (GS is ␝), others their number (‹202E›). A
    combining mark stays, but no more than two on one letter.
    """
    cut = text[:limit_chars]
    shown: list[str] = []
    marks = 0
    for char in cut:
        marks = marks + 1 if unicodedata.category(char) in _MARKS else 0
        if marks <= 2:
            shown.append(_visible(char))
    return "".join(shown) + ("…" if len(text) > limit_chars else "")


def _visible(char: str) -> str:
    number = ord(char)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "␡"
    if unicodedata.category(char) in _UNSEEN:
        return f"‹{number:04X}›"
    return char
