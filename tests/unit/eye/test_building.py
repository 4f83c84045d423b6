"""The eye of a station, with the real reader and grader, on drawn pictures."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from agent.domain.code_format import Digits, Gs1Element
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import Level, Mode
from agent.eye.building import EyeBuilder
from agent.settings import ReadingStation, SettingsError
from agent.vision.grading.grade import Method, ParameterName
from agent.vision.grading.reference_card import Patch, ReferenceCard
from agent.vision.symbology import Symbology
from simulators.cameras.defects import GOOD
from simulators.cameras.rendered import PrintedMark, render

TEXT = "010690123456789221A7"


def station(**more) -> ReadingStation:
    given = {"kind": "reading", "io": "plc", "camera": "eye", "budget_ms": 60_000}
    return ReadingStation.model_validate(given | more)


def order(minimum: float | None = None, code_format=None) -> Order:
    unit = LevelSpec(
        level=Level.UNIT,
        mode=Mode.PRINT,
        format=code_format or Gs1Element(gtin="06901234567892"),
        symbology="gs1_data_matrix",
        minimum_grade=minimum,
    )
    spec = Spec(spec="S", version=1, product="A", levels=(unit,))
    return Order(
        order="O1", product="A", batch="B", target=9, spec=spec, close_short=False
    )


def picture(**defects):
    mark = PrintedMark(symbology=Symbology.GS1_DATA_MATRIX, text=TEXT)
    return render(mark, np.random.default_rng(3), dataclasses.replace(GOOD, **defects))


class Told:
    """A reader that always tells the same."""

    def __init__(self, result) -> None:
        self._result = result

    def read(self, _image, _second):
        return self._result


def eye_of(station: ReadingStation, order: Order):
    return EyeBuilder(station, "L01").build(order)


def test_a_station_that_grades_gives_a_grade_with_its_profile() -> None:
    look = eye_of(station(grading={}), order()).look(picture())
    assert look.code is not None
    assert look.code.payload == TEXT.encode()
    assert look.grade is not None
    assert look.grade.method is Method.ISO_15415_2011
    assert look.grade.grade >= 2.0
    profile = look.grade.profile
    assert profile is not None
    assert profile.light > profile.dark
    assert len(profile.missing_rows) == len(profile.missing_columns) == 16


def test_fainter_ink_is_a_lower_grade_of_the_same_code() -> None:
    eye = eye_of(station(grading={}), order())
    good, faint = eye.look(picture()), eye.look(picture(ink_share=0.35))
    assert good.grade is not None
    assert faint.grade is not None
    assert faint.code is not None
    assert faint.code.payload == TEXT.encode()
    assert faint.grade.grade < good.grade.grade


def test_a_station_without_grading_gives_none() -> None:
    look = eye_of(station(), order()).look(picture())
    assert look.code is not None
    assert (look.grade, look.ungraded) == (None, "")


@pytest.mark.parametrize(
    ("grading", "minimum", "must"),
    [({}, None, False), ({"minimum": 0.0}, None, True), ({}, 0.5, True)],
)
def test_a_demanded_grade_is_one_the_eye_must_give(grading, minimum, must) -> None:
    eye = eye_of(station(grading=grading), order(minimum))
    assert eye._must_grade == must


def test_a_station_that_does_not_follow_sees_a_second_code_anywhere() -> None:
    one = picture(module_px=3.0)
    mark = PrintedMark(symbology=Symbology.GS1_DATA_MATRIX, text=TEXT[:-1] + "8")
    other = render(
        mark,
        np.random.default_rng(4),
        dataclasses.replace(GOOD, module_px=3.0, shift_px=0),
    )
    two = np.concatenate([one, other], axis=1)
    eye = eye_of(station(follow=False), order())
    for _ in range(3):
        assert len(eye.look(np.concatenate([one, one * 0 + 190], axis=1)).result.codes)
    look = eye.look(two)
    assert len(look.result.codes) == 2
    assert look.code is None


def test_a_print_seen_in_a_mirror_gets_its_grade_too() -> None:
    eye = eye_of(station(grading={}), order())
    look = eye.look(picture(mirrored=True))
    assert look.grade is not None
    assert look.grade.value(ParameterName.DECODE) == 1


def test_what_cannot_be_graded_says_why() -> None:
    eye = eye_of(station(grading={"minimum": 1.0}), order())
    look = eye.look(picture())
    assert look.code is not None
    # Where the code was is nothing now: as if it had left the picture.
    eye._reads = Told(look.result)
    cut = eye.look(np.zeros((8, 8), np.uint8))
    assert cut.code == look.code
    assert cut.grade is None
    assert len(cut.ungraded) > 10


def test_a_code_of_another_form_is_told_and_not_graded() -> None:
    look = eye_of(station(grading={}), order(code_format=Digits(length=8))).look(
        picture()
    )
    assert (look.code, look.grade) == (None, None)
    assert [code.payload for code in look.result.codes] == [TEXT.encode()]


def card(folder, *, days: int = 0):
    path = folder / "card.json"
    ReferenceCard(
        white=Patch(reflectance=0.85, grey=200.0),
        black=Patch(reflectance=0.05, grey=40.0),
        measured_at=datetime.now(UTC) - timedelta(days=days),
    ).save(path)
    return str(path)


def test_a_reference_card_gives_the_scale(tmp_path) -> None:
    calibrated = eye_of(station(grading={"card": card(tmp_path)}), order())
    look = calibrated.look(picture())
    assert look.grade is not None
    assert look.grade.is_calibrated


def test_an_old_card_is_told(tmp_path, caplog) -> None:
    EyeBuilder(station(grading={"card": card(tmp_path, days=90)}), "L01")
    assert "90 days old" in caplog.text


def test_a_card_that_cannot_be_used_is_a_fault_of_the_settings(tmp_path) -> None:
    path = tmp_path / "card.json"
    with pytest.raises(SettingsError, match="no reference card at"):
        EyeBuilder(station(grading={"card": str(path)}), "L01")
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match="is needed"):
        EyeBuilder(station(grading={"card": str(path)}), "L01")
