"""A label as it comes out of a label printer."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """`fields` by `^FN` number. `text` is what a reader finds in its bar code.

    `text` is None on a label without one; `aim` is the symbology identifier.
    """

    template: str
    fields: Mapping[str, str]
    text: str | None
    aim: str = ""
