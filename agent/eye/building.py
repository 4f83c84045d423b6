"""An order's eye, as its station and its spec want it."""

import logging
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.domain.code_format import CodeFormat, CodeFormatError
from agent.domain.spec import Order
from agent.domain.words import Level
from agent.eye.eye import Eye
from agent.eye.grading import grades_by
from agent.settings import ReadingStation, SettingsError
from agent.vision.grading.grade import Method
from agent.vision.grading.grader import Grader
from agent.vision.grading.reference_card import ReferenceCard
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

log = logging.getLogger(__name__)


def grader_of(station: ReadingStation) -> Grader | None:
    """What grades at `station`; None where prints are not graded.

    `SettingsError` if the reference card cannot be used.
    """
    if station.grading is None:
        return None
    given = station.grading
    return Grader(
        Method(given.method),
        aperture=given.aperture,
        card=None if given.card is None else _card(given.card),
    )


def build_eye(station: ReadingStation, order: Order, grader: Grader | None) -> Eye:
    """The eye of `station` while it works on `order`."""
    unit = order.spec.level(Level.UNIT)
    vision = CodeVision(
        frozenset(station.symbologies) or frozenset({Symbology(unit.symbology)}),
        _region(station),
        budget_ms=station.budget_ms,
        module_px=station.module_px,
        accept=partial(_is_code, unit.format),
    )
    minimum = None if station.grading is None else station.grading.minimum
    return Eye(
        vision,
        unit.format,
        budget_ms=station.budget_ms,
        grade=None if grader is None else grades_by(grader),
        must_grade=(minimum, unit.minimum_grade) != (None, None),
    )


def _is_code(code_format: CodeFormat, payload: bytes, aim: str) -> bool:
    try:
        code_format.key(payload.decode("utf-8", errors="backslashreplace"), aim)
    except CodeFormatError:
        return False
    return True


def _card(path: Path) -> ReferenceCard:
    try:
        card = ReferenceCard.load(path)
    except ValueError as error:
        raise SettingsError(path, [str(error)]) from None
    now = datetime.now(UTC)
    if not card.is_valid(now):
        days = card.age(now).days
        log.warning("reference card %s is %d days old: show it again", path, days)
    return card


def _region(station: ReadingStation) -> Region | None:
    if station.region is None:
        return None
    part = station.region
    return Region(x=part.x, y=part.y, width=part.width, height=part.height)
