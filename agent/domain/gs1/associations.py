"""Which AIs must, and which must not, stand on one item."""

from collections.abc import Sequence
from enum import StrEnum

from agent.domain.gs1.elements import Element
from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.table import AIS

_SIGNATURE = "8030"
# Keys whose serial part may be missing, but not under a signature.
_SERIALISABLE = ("253", "255", "8003")


class Rules(StrEnum):
    """How much is asked of a code.

    `SYNTAX`: everything that can be seen to be wrong in this code alone.
    `FULL`: also that the AIs an AI needs are here; right for the sum of all
    carriers on an item, so one carrier of several may fail it and be good.
    """

    SYNTAX = "syntax"
    FULL = "full"


def check_together(elements: Sequence[Element], rules: Rules) -> None:
    """`Gs1Error` if the elements cannot stand together under `rules`."""
    values: dict[str, str] = {}
    for element in elements:
        if values.setdefault(element.ai, element.value) != element.value:
            raise Gs1Error(f"AI ({element.ai}) stands here with different values")
    for code in values:
        clash = AIS[code].bars & values.keys()
        if clash:
            raise Gs1Error(f"AI ({code}) must not stand with AI ({min(clash)})")
    if _SIGNATURE in values:
        _check_signed(values)
    if rules is Rules.FULL:
        _check_needs(values)


def _check_signed(values: dict[str, str]) -> None:
    for code in _SERIALISABLE:
        if code in values and len(values[code]) == AIS[code].shape.least:
            raise Gs1Error(f"AI ({code}) needs its serial part under a signature")


def _check_needs(values: dict[str, str]) -> None:
    for code in values:
        ai = AIS[code]
        if ai.needs and not any(
            all(values.keys() & choice for choice in together) for together in ai.needs
        ):
            choices = " or ".join(ai.needs_text.split())
            raise Gs1Error(f"AI ({code}), {ai.name}, needs AI {choices} beside it")
