"""Two pictures of one item that come as two files."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class _Second:
    path: Path
    seen_at_s: float


class Pairs:
    """Second pictures, each for at most `wait_s` after it was seen.

    A first picture waits for its second just as long. So a lone one of either sort
    holds nothing up, and no second outlives the item whose number it bears.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._seconds: OrderedDict[int, _Second] = OrderedDict()

    def add(self, seen: Iterable[tuple[int, Path]], now_s: float) -> None:
        """Takes note of second pictures in the folder, known ones included."""
        for item, path in seen:
            self._seconds.setdefault(item, _Second(path, now_s))

    def is_due(self, item: int, seen_at_s: float, now_s: float) -> bool:
        """Whether the first picture of `item`, seen then, is to be taken now."""
        return item in self._seconds or now_s - seen_at_s >= self._wait_s

    def take(self, item: int) -> Path | None:
        """The second picture of `item`, if it is here."""
        second = self._seconds.pop(item, None)
        return None if second is None else second.path

    def expired(self, now_s: float) -> list[Path]:
        """Second pictures whose first did not come; forgotten here."""
        end_s = now_s - self._wait_s
        gone = [item for item, each in self._seconds.items() if each.seen_at_s <= end_s]
        return [self._seconds.pop(item).path for item in gone]

    def clear(self) -> None:
        """Forget all."""
        self._seconds.clear()
