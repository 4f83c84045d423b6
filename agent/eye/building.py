"""An order's eye, as its station and its spec want it."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.domain.code_format import CodeFormat, CodeFormatError
from agent.domain.spec import Order
from agent.domain.words import Level
from agent.eye.checks import placement_of, second_carrier_of
from agent.eye.eye import Eye
from agent.eye.grading import grades_by
from agent.eye.text import expected_lines, printed_text_of, shapes_taught
from agent.settings import ReadingStation, SettingsError
from agent.settings_vision import PrintedTextSection
from agent.vision.checks.finding import Check, CheckName, Finding
from agent.vision.grading.grade import Method
from agent.vision.grading.grader import Grader
from agent.vision.grading.reference_card import ReferenceCard
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

log = logging.getLogger(__name__)


class EyeBuilder:
    """Builds the eye of `station` on `line` for one order after another.

    What is on file for the station, a reference card and the printer's characters, is
    read here once: `SettingsError` if it cannot be used.
    """

    def __init__(self, station: ReadingStation, line: str) -> None:
        self._station = station
        self._line = line
        self._grader = _grader(station)
        text = station.printed_text
        self._shapes = None if text is None else shapes_taught(text)

    def refusal(self, order: Order) -> str:
        """Why `order` cannot be looked at as it demands; empty if it can."""
        minimum = order.spec.level(Level.UNIT).minimum_grade
        if minimum is not None and self._grader is None:
            return (
                f"order {order.order} demands a print grade of {minimum:g}; this line "
                "grades no prints: give its reading station a camera and a [grading] "
                "section"
            )
        if self._station.printed_text is not None:
            try:
                expected_lines(self._station.printed_text, order, self._line)
            except ValueError as error:
                return str(error)
        return ""

    def build(self, order: Order) -> Eye:
        """The eye while the line works on `order`."""
        station, unit = self._station, order.spec.level(Level.UNIT)
        grading = station.grading
        minimum = None if grading is None else grading.minimum
        vision = CodeVision(
            frozenset(station.symbologies) or frozenset({Symbology(unit.symbology)}),
            _region(station),
            budget_ms=station.budget_ms,
            module_px=station.module_px,
            follow=station.follow,
            accept=partial(_is_code, unit.format),
        )
        return Eye(
            vision,
            unit.format,
            budget_ms=station.budget_ms,
            grade=None if self._grader is None else grades_by(self._grader),
            must_grade=(minimum, unit.minimum_grade) != (None, None),
            checks=tuple(self._checks(order)),
        )

    def _checks(self, order: Order) -> Iterator[tuple[CheckName, Check]]:
        station = self._station
        if station.placement is not None:
            yield CheckName.PLACEMENT, placement_of(station.placement)
        if station.printed_text is not None:
            yield CheckName.TEXT, self._text_check(station.printed_text, order)
        if station.second_carrier is not None:
            yield CheckName.SECOND_CARRIER, second_carrier_of(station.second_carrier)

    def _text_check(self, section: PrintedTextSection, order: Order) -> Check:
        """An order that was started under other settings may lack what these need:
        then nothing passes, and every reject says what is missing."""
        try:
            lines = expected_lines(section, order, self._line)
        except ValueError as error:
            nothing = Finding(check=CheckName.TEXT, passed=False, detail=str(error))
            return lambda _image, _code, _codes: nothing
        return printed_text_of(section, lines, self._shapes)


def _grader(station: ReadingStation) -> Grader | None:
    if station.grading is None:
        return None
    given = station.grading
    return Grader(
        Method(given.method),
        aperture=given.aperture,
        card=None if given.card is None else _card(given.card),
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
