"""What a table makes of a printer's message."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How an answer is meant."""

    OK = "ok"
    BUSY = "busy"
    ERROR = "error"


class Unasked(StrEnum):
    """What a printer may say by itself."""

    PRINTED = "printed"
    FAULT = "fault"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, with the named groups of the pattern it matched."""

    verdict: Verdict
    message: str
    groups: Mapping[str, str]
