"""Which characters a Hitachi ink-jet printer has, on its serial port and over Modbus.

After the code tables of the RX Technical Manual rev. D, p. 5-34, and of the RX2, p.
5-38. The Modbus manual (TUP-I, 5.6 (5)) takes its codes from there.
"""

from collections.abc import Mapping
from typing import Final

# Marked unusable among the standard characters.
MISSING: Final = frozenset("`{|}~")
# Codes of ASCII that stand for another character there.
PRINTED_AS: Final[Mapping[str, str]] = {"@": "■", "\\": "¥", "^": "×"}


def check_characters(text: str) -> None:
    """`ValueError` names the first character that the printer would not print."""
    for at, character in enumerate(text):
        if why := _objection(character):
            raise ValueError(f"{text!r} has {character!r} at position {at}: {why}")


def _objection(character: str) -> str:
    if character == "\x1d":
        return "GS cannot be sent"
    if not " " <= character <= "~":
        return "only 20h to 7Eh"
    if character in MISSING:
        return "the printer has no such character"
    if character in PRINTED_AS:
        return f"the printer prints {PRINTED_AS[character]} for it"
    return ""
