"""Self-describing values of a device, so that one view can show any device."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

Value = bool | int | float | str


class Category(StrEnum):
    """How near a value is to the engineer's question."""

    PRIMARY = "primary"
    DETAIL = "detail"
    DEBUG = "debug"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value. `low` and `high` bound what is normal (None: no bound).

    `read_at_s` is when it was last heard, `changed_at_s` when it last differed; loop
    seconds.
    """

    name: str
    value: Value
    read_at_s: float
    changed_at_s: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    category: Category = Category.PRIMARY

    @property
    def is_normal(self) -> bool:
        """Whether a number is within its bounds; anything else is normal."""
        if isinstance(self.value, bool | str):
            return True
        above = self.low is None or self.value >= self.low
        return above and (self.high is None or self.value <= self.high)


class ReadingBoard:
    """The readings of one device, in the order they were first put.

    `live` readings are asked for each time they are looked at (counters the driver
    keeps anyway); `put` ones are what the device last said.
    """

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}
        self._live: dict[str, tuple[Callable[[], Value], str, Category]] = {}

    def put(
        self,
        name: str,
        value: Value,
        *,
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        category: Category = Category.PRIMARY,
    ) -> None:
        """Take down what the device said just now."""
        now_s = asyncio.get_running_loop().time()
        before = self._readings.get(name)
        if before is not None and before.value == value:
            self._readings[name] = replace(before, read_at_s=now_s)
            return
        self._readings[name] = Reading(
            name=name,
            value=value,
            unit=unit,
            low=low,
            high=high,
            category=category,
            read_at_s=now_s,
            changed_at_s=now_s,
        )

    def live(
        self,
        name: str,
        value: Callable[[], Value],
        *,
        unit: str = "",
        category: Category = Category.DETAIL,
    ) -> None:
        """Show `value()` whenever somebody looks."""
        self._live[name] = (value, unit, category)

    def all(self) -> tuple[Reading, ...]:
        """Every reading as of now."""
        for name, (value, unit, category) in self._live.items():
            self.put(name, value(), unit=unit, category=category)
        return tuple(self._readings.values())
