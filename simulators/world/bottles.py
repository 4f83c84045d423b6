"""A bottle: what is printed on it, which numbers it got, and where it ended up."""

from enum import StrEnum


class Fate(StrEnum):
    """Where a bottle is, for the books of things (I4)."""

    ON_BELT = "on_belt"
    PASSED = "passed"
    REJECTED = "rejected"
    REMOVED = "removed"


class Ruin(StrEnum):
    """Why a mark cannot be read."""

    SMEARED = "smeared"
    BLANK = "blank"
    FAINT = "faint"
    OVERPRINTED = "overprinted"


class Mark:
    """Text the printer put on a bottle; `ruin` None: it can be read."""

    __slots__ = ("ruin", "text")

    def __init__(self, text: str, ruin: Ruin | None = None) -> None:
        self.text = text
        self.ruin = ruin


class Bottle:
    """One physical bottle. `trigger_mm` is the odometer when it meets the sensor."""

    __slots__ = (
        "bounces",
        "case",
        "defect",
        "fate",
        "items",
        "marks",
        "number",
        "slip_mm",
        "trigger_mm",
        "unseen",
    )

    def __init__(self, number: int, trigger_mm: float) -> None:
        self.number = number
        self.trigger_mm = trigger_mm
        self.defect: Ruin | None = None
        self.unseen = False
        self.bounces = False
        self.slip_mm = 0.0
        self.items: list[int] = []
        self.marks: list[Mark] = []
        self.fate = Fate.ON_BELT
        self.case: int | None = None

    @property
    def readable(self) -> str | None:
        """The code a perfect reader would find on the bottle."""
        if len(self.marks) == 1 and self.marks[0].ruin is None:
            return self.marks[0].text
        return None

    def print(self, text: str) -> None:
        """A mark lands on the bottle; one on top of another ruins both."""
        mark = Mark(text, self.defect)
        if self.marks:
            mark.ruin = Ruin.OVERPRINTED
            for earlier in self.marks:
                earlier.ruin = Ruin.OVERPRINTED
        self.marks.append(mark)
