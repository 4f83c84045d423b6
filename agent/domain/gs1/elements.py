"""Elements and element strings: what stands in a GS1 symbol behind its FNC1.

An element string is the AIs and values one after the other; FNC1 between them
is transmitted as GS (0x1D). FNC1 in first place is never part of the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.table import AIS, Ai, ai_at

GS = "\x1d"
ELEMENTS_MAX = 64
TEXT_MAX = 8190


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An AI and its value, such as 01 and 06901234567892."""

    ai: str
    value: str


def parse_element_string(text: str) -> tuple[Element, ...]:
    """The elements of a text such as `0106901234567892` `21ABC<GS>` `10L7`.

    One GS after any value is taken. `Gs1Error` for an empty text, an unknown AI,
    a value that does not fit its AI, a separator missing or too many.
    """
    guard_length(text)
    if not text:
        raise Gs1Error("no data")
    elements = []
    at = 0
    while at < len(text):
        ai = ai_at(text, at)
        begin = at + len(ai.code)
        at = _value_end(text, begin, ai)
        elements.append(checked_element(ai, text[begin:at]))
        at += text.startswith(GS, at)
    return guard_count(elements)


def build_element_string(elements: Iterable[Element]) -> str:
    """The canonical text: GS only after values that do not end by themselves.

    `Gs1Error` for elements no symbol may carry.
    """
    return join_elements(
        [checked_element(known_ai(element.ai), element.value) for element in elements]
    )


def join_elements(elements: Iterable[Element]) -> str:
    """As `build_element_string`, for elements that came out of a parser."""
    text = []
    separator = ""
    for element in elements:
        text += [separator, element.ai, element.value]
        separator = "" if AIS[element.ai].ends_itself else GS
    return "".join(text)


def known_ai(code: str) -> Ai:
    """The AI of this code; `Gs1Error` if there is none."""
    try:
        return AIS[code]
    except KeyError:
        raise Gs1Error(f"{code[:8]!a} is no AI") from None


def checked_element(ai: Ai, value: str) -> Element:
    """The element, if its value fits."""
    fault = ai.shape.fault(value)
    if fault:
        raise Gs1Error(f"AI ({ai.code}), {ai.name}: {fault}")
    return Element(ai=ai.code, value=value)


def guard_length(text: str) -> None:
    """Refuse what no symbol can hold, before any work."""
    if len(text) > TEXT_MAX:
        raise Gs1Error(f"text of {len(text)} characters; at most {TEXT_MAX}")


def guard_count(elements: Iterable[Element]) -> tuple[Element, ...]:
    """The elements as a tuple, unless they are too many."""
    found = tuple(elements)
    if len(found) > ELEMENTS_MAX:
        raise Gs1Error(f"{len(found)} elements; at most {ELEMENTS_MAX}")
    return found


def _value_end(text: str, begin: int, ai: Ai) -> int:
    separator = text.find(GS, begin)
    end = len(text) if separator < 0 else separator
    return min(end, begin + ai.shape.most) if ai.ends_itself else end
