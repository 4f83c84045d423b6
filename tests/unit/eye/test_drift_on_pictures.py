"""A head whose ink fades, picture by picture: told before the first bad print."""

import dataclasses

import numpy as np
import pytest

from agent.domain.code_format import Gs1Element
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import Level, Mode
from agent.eye.building import EyeBuilder
from agent.settings import ReadingStation
from agent.vision.symbology import Symbology
from agent.vision.trends.causes import Cause
from agent.vision.trends.head import HeadTrends, TrendRules
from simulators.cameras.defects import GOOD, Defects
from simulators.cameras.rendered import PrintedMark, render

SETTLE = 80
MINIMUM = 1.5
# A print loses a fifth of a hundredth of its ink to the one before.
FADING = 0.002


class Line:
    """Prints of one head, looked at as the station does it."""

    def __init__(self) -> None:
        station = ReadingStation.model_validate(
            {
                "kind": "reading",
                "io": "plc",
                "camera": "eye",
                "budget_ms": 60_000,
                "grading": {"minimum": MINIMUM},
            }
        )
        unit = LevelSpec(
            level=Level.UNIT,
            mode=Mode.PRINT,
            format=Gs1Element(gtin="06901234567892"),
            symbology="gs1_data_matrix",
        )
        order = Order(
            order="O1",
            product="A",
            batch="B",
            target=9,
            spec=Spec(spec="S", version=1, product="A", levels=(unit,)),
            close_short=False,
        )
        self.eye = EyeBuilder(station, "L01").build(order)
        self.trends = HeadTrends(TrendRules(settle=SETTLE), minimum=MINIMUM)
        self.rng = np.random.default_rng(11)
        self.item = 0

    def take(self, defects: Defects) -> float | None:
        """One bottle; the grade of its print."""
        self.item += 1
        text = f"010690123456789221A{self.item:06}"
        mark = PrintedMark(symbology=Symbology.GS1_DATA_MATRIX, text=text)
        look = self.eye.look(render(mark, self.rng, defects))
        if look.grade is None:
            return None
        self.trends.add(self.item, look.grade)
        return look.grade.grade


@pytest.mark.parametrize(
    ("drift", "cause"),
    [({"ink_share": -FADING}, Cause.INK), ({"cap_grey": -0.35}, Cause.LENS_OR_LIGHT)],
    ids=["ink", "lens"],
)
def test_a_fading_print_is_told_before_it_is_rejected(drift, cause) -> None:
    line = Line()
    for _ in range(SETTLE):
        line.take(GOOD)
    assert line.trends.warnings() == ()
    told_at = low_at = None
    causes = set()
    for age in range(1, 400):
        grade = line.take(
            dataclasses.replace(
                GOOD, **{k: getattr(GOOD, k) + v * age for k, v in drift.items()}
            )
        )
        warnings = line.trends.warnings()
        if warnings and told_at is None:
            told_at = age
            causes = {each.cause for each in warnings}
        if grade is not None and grade < MINIMUM:
            low_at = age
            break
    assert told_at is not None
    assert low_at is not None
    assert low_at - told_at >= 40, (told_at, low_at)
    assert cause in causes
