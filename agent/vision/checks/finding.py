"""What a check found on one pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from agent.vision.decoded import Decoded
from agent.vision.region import Image


class CheckName(StrEnum):
    """The checks there are; the same word in settings, charts and on the screen."""

    TEXT = "text"  # batch and dates printed beside the code
    PLACEMENT = "placement"  # position and skew on the pack
    SECOND_CARRIER = "second_carrier"  # another code names the same identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`detail` says what was found and what was expected, for a person; short."""

    check: CheckName
    passed: bool
    detail: str


class Check(Protocol):
    """Looks at the picture in which `code` was read, among all codes of the picture."""

    def __call__(
        self, image: Image, code: Decoded, codes: Sequence[Decoded]
    ) -> Finding: ...
