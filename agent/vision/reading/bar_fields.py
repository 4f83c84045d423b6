"""The fields of bars of one picture: found once, and seen in several ways."""

from typing import Final

from agent.vision.decoders.bars import ean13
from agent.vision.decoders.bars.locate import Field, fields
from agent.vision.decoders.bars.sharpening import sharpened
from agent.vision.decoders.bars.strip import Strip, strip_of_field
from agent.vision.decoders.bars.upright import upright
from agent.vision.region import Image

FIELDS: Final = 2  # a third has never held what was to be read


class BarFields:
    """The likeliest, strongest first. None where there are not so many."""

    def __init__(self, part: Image) -> None:
        self.part = part
        self._fields: list[Field] | None = None
        self._plain: dict[int, Strip] = {}
        self._upright: dict[int, Strip] = {}
        self._sharp: dict[int, Strip] = {}

    def plain(self, number: int) -> Strip | None:
        """As it is seen."""
        if self._fields is None:
            self._fields = list(fields(self.part, FIELDS))
        if number >= len(self._fields):
            return None
        if number not in self._plain:
            self._plain[number] = strip_of_field(self.part, self._fields[number])
        return self._plain[number]

    def upright(self, number: int) -> Strip | None:
        """With its bars upright in every row."""
        seen = self.plain(number)
        if seen is not None and number not in self._upright:
            self._upright[number] = upright(seen)
        return self._upright.get(number)

    def sharp(self, number: int) -> Strip | None:
        """Upright, and the blur taken back that an EAN-13 of its length would have."""
        seen = self.upright(number)
        if seen is not None and number not in self._sharp:
            self._sharp[number] = sharpened(seen, ean13.MODULES)
        return self._sharp.get(number)
