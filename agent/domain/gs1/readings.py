"""Any way a code is written down, parsed the same way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.domain.gs1 import keys
from agent.domain.gs1.associations import Rules, check_together
from agent.domain.gs1.brackets import parse_brackets
from agent.domain.gs1.digital_link import parse_digital_link
from agent.domain.gs1.elements import (
    GS,
    Element,
    join_elements,
    parse_element_string,
)
from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.scans import parse_scan
from agent.domain.gs1.table import AIS


class Kind(StrEnum):
    """How a code is written."""

    SCAN = "scan"
    ELEMENT = "element"
    BRACKETED = "bracketed"
    LINK = "dl_uri"
    GTIN = "key:gtin"
    SSCC = "key:sscc"
    GLN = "key:gln"
    MARK = "cz_mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A good code: its elements and the key it is known by (None: plain text)."""

    kind: Kind
    elements: tuple[Element, ...]
    key: str | None


def detect(text: str) -> Kind:
    """How `text` is written, by its front.

    Digits as long as a key are that key if the check digit is right, unless they
    also are an element string of dates or currencies, which is the rarer accident.
    With a wrong check digit they are an element string if they parse as one.
    A GLN looks like a GTIN, a national mark like an element string: these kinds
    cannot be detected.
    """
    if text.startswith("]"):
        return Kind.SCAN
    if text.startswith("("):
        return Kind.BRACKETED
    if text[:8].lower().startswith(("http://", "https://")):
        return Kind.LINK
    kind = _key_kind(text.strip(" \t"))
    return kind if kind and _is_rather_key(text, kind) else Kind.ELEMENT


def read_code(text: str, kind: Kind, rules: Rules) -> Reading:
    """Parse `text` as `kind`; `Gs1Error` says what is wrong under `rules`."""
    reading = _READERS[kind](text)
    check_together(reading.elements, rules)
    return reading


def _key_kind(text: str) -> Kind | None:
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) in keys.GTIN_LENGTHS:
        return Kind.GTIN
    return Kind.SSCC if len(text) == keys.SSCC_LENGTH else None


def _is_rather_key(text: str, kind: Kind) -> bool:
    elements = _try(text, Kind.ELEMENT)
    if elements is None:
        return True
    if all(AIS[element.ai].shape.telling for element in elements.elements):
        return False
    return _try(text, kind) is not None


def _try(text: str, kind: Kind) -> Reading | None:
    try:
        return read_code(text, kind, Rules.SYNTAX)
    except Gs1Error:
        return None


def _read_scan(text: str) -> Reading:
    scan = parse_scan(text)
    key = scan.gtin
    if scan.link:
        key = scan.link.canonical()
    elif scan.elements and not key:
        key = join_elements(scan.elements)
    return Reading(kind=Kind.SCAN, elements=scan.elements, key=key)


def _read_link(text: str) -> Reading:
    link = parse_digital_link(text)
    return Reading(kind=Kind.LINK, elements=link.elements, key=link.canonical())


def _read_brackets(text: str) -> Reading:
    """Bracket text; `|` leads on to a composite component."""
    linear, mark, composite = text.partition("|")
    elements = parse_brackets(linear) + (parse_brackets(composite) if mark else ())
    key = join_elements(elements)
    return Reading(kind=Kind.BRACKETED, elements=elements, key=key)


def _element_reader(kind: Kind) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        """An element string; `|` and FNC1 lead on to a composite component."""
        linear, mark, composite = text.partition("|" + GS)
        elements = parse_element_string(linear)
        elements += parse_element_string(composite) if mark else ()
        key = join_elements(elements)
        return Reading(kind=kind, elements=elements, key=key)

    return read


def _key_reader(kind: Kind, parse: Callable[[str], str]) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        return Reading(kind=kind, elements=(), key=parse(text.strip(" \t")))

    return read


_READERS: Mapping[Kind, Callable[[str], Reading]] = {
    Kind.SCAN: _read_scan,
    Kind.ELEMENT: _element_reader(Kind.ELEMENT),
    Kind.BRACKETED: _read_brackets,
    Kind.LINK: _read_link,
    Kind.GTIN: _key_reader(Kind.GTIN, keys.gtin),
    Kind.SSCC: _key_reader(Kind.SSCC, keys.sscc),
    Kind.GLN: _key_reader(Kind.GLN, keys.gln),
    Kind.MARK: _element_reader(Kind.MARK),
}
