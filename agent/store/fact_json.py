"""Facts as canonical JSON: sorted keys, no spaces, characters as they are.

The text is what the hash chain covers, so it must never depend on the version of a
library or of Python.
"""

import json
from dataclasses import fields
from typing import cast

from pydantic import TypeAdapter, ValidationError

from agent.domain.facts import FACT_TYPES, Fact, ItemJudged, OrderReceived
from agent.domain.words import CodeRef, ItemRef

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

KINDS: dict[str, type[Fact]] = {each.__name__: each for each in FACT_TYPES}


class FactFormatError(ValueError):
    """A journal entry that is no fact this version knows; says why."""


def kind_of(fact: Fact) -> str:
    """The name under which a fact is stored."""
    return type(fact).__name__


def encode(fact: Fact) -> str:
    """Canonical JSON of the fact's fields; `FactFormatError` for half characters."""
    values = {name: getattr(fact, name) for name in _FIELDS[type(fact)]}
    for name in _LEFT_OUT.get(type(fact), ()):
        if values[name] in (None, ""):
            del values[name]
    text = _ENCODER.encode(values)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FactFormatError("a text in it is not valid Unicode") from None
    return text


def decode(kind: str, payload: str) -> Fact:
    """The fact; `FactFormatError` for unknown kinds, fields, values or types."""
    known = KINDS.get(kind)
    if known is None:
        raise FactFormatError(f"unknown kind of fact {kind!r}")
    try:
        fact = _ADAPTERS[known].validate_json(payload, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise FactFormatError(
            f"{kind}: {faults[0]['loc']} {faults[0]['msg']}"
        ) from None
    if not _covers(json.loads(encode(fact)), json.loads(payload)):
        raise FactFormatError(f"{kind} has fields this version does not know")
    return fact


def _plain(value: object) -> dict[str, Json]:
    """How the encoder writes the two references a fact may hold."""
    match value:
        case CodeRef(package=package, index=index):
            return {"index": index, "package": package}
        case ItemRef(boot=boot, number=number):
            return {"boot": boot, "number": number}
    raise TypeError(f"a fact cannot hold {value!r}")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    separators=(",", ":"),
    sort_keys=True,
    default=_plain,
)


_FIELDS = {kind: tuple(each.name for each in fields(kind)) for kind in FACT_TYPES}
# Younger than journals in the field: a fact without it keeps the text it always had.
_LEFT_OUT: dict[type[Fact], tuple[str, ...]] = {
    ItemJudged: ("grade_tenths",),
    OrderReceived: ("production", "expiry"),
}
_ADAPTERS = {kind: cast("TypeAdapter[Fact]", TypeAdapter(kind)) for kind in FACT_TYPES}


def _covers(known: Json, given: Json) -> bool:
    """Whether every key of `given` is also in `known`, at every depth."""
    if isinstance(known, dict) and isinstance(given, dict):
        return all(key in known and _covers(known[key], given[key]) for key in given)
    return True
