"""What happens to one picture, look by look."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agent.vision.decoded import Decoded, Point
from agent.vision.reading.budget import Budget
from agent.vision.reading.cascade import Step
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.habits import Tried
from agent.vision.reading.linear import LinearLook
from agent.vision.reading.locating import MANY_PIXELS, is_rough, places
from agent.vision.reading.look import Decoder
from agent.vision.reading.looking import Looking
from agent.vision.reading.looks import RAW
from agent.vision.reading.pace import LOCATING, kind_of
from agent.vision.region import Image, Region

FIRST_SHARE: Final = 0.4  # of the budget that the first look may take at the worst
HUGE: Final = 1_500_000  # pixels from which roughness decides how large it is
ROUGH_PIXELS: Final = 120_000.0  # of the first look at a huge picture that is all rough
LARGE: Final = 200_000  # pixels of a rough picture from which zbar's time has no bound
WHOLE: Final = kind_of(RAW, is_place=False)


@dataclass(slots=True)
class Progress:
    """The part looked at, which begins at `origin`, and how far the looks have got."""

    part: Image
    origin: Point
    looking: Looking
    budget: Budget
    evidence: Evidence
    tries: list[str] = field(default_factory=list)
    at_places: list[Tried] = field(default_factory=list)
    has_skipped: bool = False
    _is_rough: bool | None = None

    def allows(self, step: Step | LinearLook) -> bool:
        """Whether to make a look: the first always, others if they fit the time left.

        zbar's time on many things like finder patterns grows beyond all foretelling.
        """
        if not self.tries:
            return True
        is_endless = _is_large_for_zbar(step, self.part) and self.is_rough
        if not is_endless and self.budget.allows(step.kind, step.pixels):
            return True
        self.has_skipped = True
        return False

    def take(self, step: Step | LinearLook) -> None:
        """Makes one look, with its name, its time and what it found."""
        self.tries.append(step.name)
        since_ms = self.budget.elapsed_ms
        if isinstance(step, LinearLook):
            found = step.read()
            self.budget.spent(step.kind, step.pixels, since_ms)
        else:
            found = self.looking.look(self.part, step, self.origin)
            took_ms = self.budget.spent(step.kind, step.pixels, since_ms)
            if step.place is not None:
                self.at_places.append((step, took_ms, bool(found)))
        self.evidence.add(found)

    @property
    def is_rough(self) -> bool:
        """Whether most of the picture is, looked at once."""
        if self._is_rough is None:
            self._is_rough = is_rough(self.part)
        return self._is_rough

    def first_pixels(self) -> float:
        """What the first look at the whole may have, not to endanger the budget."""
        pixels = self.budget.worst_pixels(WHOLE, FIRST_SHARE)
        if self.part.size > HUGE and pixels > ROUGH_PIXELS and self.is_rough:
            return ROUGH_PIXELS
        return pixels

    def bars(self) -> Iterator[LinearLook]:
        """The looks at bar codes."""
        return self.looking.bars(self.part, self._waiting, self.origin)

    def has_weak(self) -> bool:
        """Whether a bar code that was read wants another witness."""
        return bool(self._waiting())

    def places(self) -> list[Region]:
        """The places in the picture, while there is time to look for any."""
        pixels = min(self.part.size, MANY_PIXELS)
        if not self.budget.allows(LOCATING, pixels):
            self.has_skipped = True
            return []
        since_ms = self.budget.elapsed_ms
        found = places(self.part)
        self.budget.spent(LOCATING, pixels, since_ms)
        return found

    def _waiting(self) -> list[Decoded]:
        """Bar codes read that need another witness."""
        return [each for each in self.evidence.waiting if each.symbology.is_linear]


def _is_large_for_zbar(step: Step | LinearLook, part: Image) -> bool:
    if isinstance(step, LinearLook) or step.look.decoder is not Decoder.ZBAR:
        return False
    return step.place is None and part.size > LARGE
