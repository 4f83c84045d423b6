"""A reject's picture that is on disk, and what is known of it."""

import re
from dataclasses import asdict, dataclass
from json import dumps
from typing import Final

from pydantic import TypeAdapter, ValidationError

SUFFIX: Final = ".png"
_ID: Final = re.compile(r"\d{13}-\d{1,10}-\d{1,10}-[a-z_]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """`code_known`: what was read is one of our codes. `grade` None: not graded.

    `notes` says what the checks found; `symbology` is that of the code read, or empty.
    """

    at_ms: int
    order: str
    boot: int
    item: int
    reason: str
    read: str
    code_known: bool
    symbology: str = ""
    grade: float | None = None
    notes: str = ""

    @property
    def id(self) -> str:
        """Its name: by time first, so that names sort as they happened."""
        return f"{self.at_ms:013d}-{self.boot}-{self.item}-{self.reason}"

    def as_json(self) -> str:
        """The text that travels inside the picture."""
        return dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


_ADAPTER: Final = TypeAdapter(KeptPicture)


def is_id(text: str) -> bool:
    """Whether `text` can be the name of a picture; no path gets through."""
    return _ID.fullmatch(text) is not None


def from_json(text: str) -> KeptPicture:
    """The picture `as_json` told of; ValueError if the text does not."""
    try:
        return _ADAPTER.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"no picture of ours: {error.errors()[0]['msg']}") from None
