"""An order's eye, as its station and its spec want it."""

from agent.domain.code_format import CodeFormatError
from agent.domain.spec import Order
from agent.domain.words import Level
from agent.eye.eye import Eye
from agent.settings import ReadingStation
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology


def build_eye(station: ReadingStation, order: Order) -> Eye:
    """The eye of `station` while it works on `order`."""
    unit = order.spec.level(Level.UNIT)

    def accept(payload: bytes, aim: str) -> bool:
        try:
            unit.format.key(payload.decode("utf-8", errors="backslashreplace"), aim)
        except CodeFormatError:
            return False
        return True

    vision = CodeVision(
        frozenset(station.symbologies) or frozenset({Symbology(unit.symbology)}),
        _region(station),
        budget_ms=station.budget_ms,
        module_px=station.module_px,
        accept=accept,
    )
    return Eye(vision, unit.format, budget_ms=station.budget_ms)


def _region(station: ReadingStation) -> Region | None:
    if station.region is None:
        return None
    part = station.region
    return Region(x=part.x, y=part.y, width=part.width, height=part.height)
