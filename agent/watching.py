"""What is made of the eye's looks beside the verdict: quality charts, kept pictures."""

import asyncio
from hashlib import sha256
from pathlib import Path

from agent.devices import Seen
from agent.domain.facts import Fact
from agent.domain.spec import Order
from agent.domain.words import Level
from agent.eye.look import Look
from agent.line.order_run import least_grade
from agent.pictures.keeping import RejectPictures
from agent.pictures.shelf import FOLDER_NAME, Quota, Shelf
from agent.quality import LANE, HeadKey, PrintQuality
from agent.quality_file import QualityFile
from agent.quality_keeping import QualityKeeper
from agent.settings import Settings
from agent.surroundings import Surroundings
from drivers.cameras.frame import Frame


class Watching:
    """`pictures` is None where there is no camera, or none are to be kept."""

    def __init__(self, settings: Settings, around: Surroundings, data: Path) -> None:
        self._settings = settings
        file = QualityFile(data, settings.line.id)
        self.quality = PrintQuality(
            grading=grading_of(settings), remembered=file.load()
        )
        self.keeper = QualityKeeper(self.quality, file, around.keep)
        self.pictures = _pictures(settings, around, data)

    @property
    def minimum(self) -> float | None:
        """The least grade the reading station lets pass."""
        grading = self._settings.reading.grading
        return None if grading is None else grading.minimum

    @property
    def head(self) -> str:
        """The print head whose marks the station sees."""
        coding = self._settings.coding
        return self._settings.reading.head or ("" if coding is None else coding.printer)

    def watch(self, order: Order) -> Seen:
        """What is told of each look while `order` runs."""
        demanded = order.spec.level(Level.UNIT).minimum_grade
        self.quality.begin(order, least_grade(demanded, self.minimum))
        key = HeadKey(head=self.head, lane=LANE)

        def seen(frame: Frame, look: Look) -> None:
            self.quality.take(key, frame.item, look)
            if self.pictures is not None:
                self.pictures.seen(frame, look)

        return seen

    def take(self, fact: Fact) -> None:
        """One durable fact."""
        if self.pictures is not None:
            self.pictures.take(fact)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.keeper.run())
            if self.pictures is not None:
                group.create_task(self.pictures.run())


def grading_of(settings: Settings) -> str:
    """A text that differs where the reading station grades in another way."""
    grading = settings.reading.grading
    if grading is None:
        return ""
    card = "" if grading.card is None else _digest(grading.card)
    return f"{grading.method} {grading.aperture:g} {card}".strip()


def _digest(card: Path) -> str:
    """Another card is another scale of reflectance. A file that cannot be read is
    refused where the eye is built."""
    try:
        return sha256(card.read_bytes()).hexdigest()
    except OSError:
        return ""


def _pictures(
    settings: Settings, around: Surroundings, data: Path
) -> RejectPictures | None:
    kept = settings.pictures
    if kept.most == 0 or settings.reading.camera is None:
        return None
    quota = Quota(pictures=kept.most, size=kept.most_mb * 1_000_000)
    return RejectPictures(
        Shelf(data / FOLDER_NAME, quota, around.disk_free),
        keep=around.keep,
        wall_ms=around.wall_ms,
        most_per_s=kept.most_per_s,
    )
