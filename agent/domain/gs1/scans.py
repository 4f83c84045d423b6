"""What a reader sends: an AIM symbology identifier, then the data of the symbol."""

import re
from dataclasses import dataclass

from agent.domain.gs1 import keys
from agent.domain.gs1.digital_link import SCHEMES, DigitalLink, parse_digital_link
from agent.domain.gs1.elements import Element, guard_length, parse_element_string
from agent.domain.gs1.errors import Gs1Error

# Symbols that begin with FNC1 and so hold an element string; ]d5 and ]Q4 hold an
# ECI as well, with which `parse_scan` does not deal.
FNC1_FIRST = frozenset({"]C1", "]d2", "]d5", "]e0", "]J1", "]Q3", "]Q4"})
_ELEMENTS = frozenset({"]C1", "]d2", "]e0", "]J1", "]Q3"})
_PLAIN = frozenset({"]d1", "]J0", "]Q1"})
_RETAIL_LENGTHS = {"]E0": 13, "]E4": 8}
_COMPOSITE = "|]e0"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A read symbol; at most one of `gtin` and `link` is there.

    Neither and no elements: plain text, which GS1 has no say in.
    """

    aim: str
    elements: tuple[Element, ...] = ()
    gtin: str | None = None
    link: DigitalLink | None = None


def split_aim(read: str) -> tuple[str | None, str]:
    """The AIM identifier with its `]`, or None, and the data behind it."""
    if _AIM.match(read):
        return read[:3], read[3:]
    return None, read


def parse_scan(read: str) -> Scan:
    """Parse a read; `Gs1Error` if a GS1 symbol holds what it must not.

    Symbols GS1 does not use, ITF-14 among them, are refused: their identifier
    does not say that a GS1 key is inside.
    """
    guard_length(read)
    aim, data = split_aim(read)
    if aim is None:
        raise Gs1Error("no symbology identifier such as ]d2 in front")
    if aim in _RETAIL_LENGTHS:
        return _retail(aim, data)
    if aim in _ELEMENTS:
        return Scan(aim=aim, elements=parse_element_string(data))
    if aim not in _PLAIN:
        raise Gs1Error(f"symbology identifier {aim} promises no GS1 data")
    if not data.startswith(SCHEMES):
        return Scan(aim=aim)
    link = parse_digital_link(data)
    return Scan(aim=aim, elements=link.elements, link=link)


def _retail(aim: str, data: str) -> Scan:
    """EAN/UPC; a composite component may follow as a message of its own."""
    primary, mark, composite = data.partition(_COMPOSITE)
    if len(primary) != _RETAIL_LENGTHS[aim]:
        raise Gs1Error(f"{aim} takes {_RETAIL_LENGTHS[aim]} digits, has {len(primary)}")
    elements = parse_element_string(composite) if mark else ()
    return Scan(aim=aim, gtin=keys.gtin(primary), elements=elements)
