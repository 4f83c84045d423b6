"""Bracket text, as people write element strings: `(01)06901234567892(21)ABC`.

For people only, never what a symbol holds. `\\(` is a bracket within a value.
"""

import re
from collections.abc import Iterable

from agent.domain.gs1.elements import (
    Element,
    build_element_string,
    checked_element,
    guard_count,
    guard_length,
    known_ai,
)
from agent.domain.gs1.errors import Gs1Error

# An AI in brackets, then everything up to the next bracket that is not escaped.
_PAIR = re.compile(r"\(([^)]*)\)((?:\\\(|[^(])*)")


def parse_brackets(text: str) -> tuple[Element, ...]:
    """The elements of bracket text; `Gs1Error` where it is not such a text."""
    guard_length(text)
    elements = []
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            raise Gs1Error(f"an AI in brackets must begin at position {at + 1}")
        ai = known_ai(pair[1])
        elements.append(checked_element(ai, pair[2].replace("\\(", "(")))
        at = pair.end()
    if not elements:
        raise Gs1Error("no data")
    return guard_count(elements)


def build_brackets(elements: Iterable[Element]) -> str:
    """Bracket text of the elements; `Gs1Error` for elements no symbol may carry."""
    elements = tuple(elements)
    build_element_string(elements)
    return "".join(f"({e.ai}){e.value.replace('(', chr(92) + '(')}" for e in elements)
