"""Reflectance from a card of known patches, and the words that say what a grade is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.vision.grading.reference_card import Patch, ReferenceCard, measure_card
from agent.vision.grading.report import (
    METHODS,
    PARAMETERS,
    grade_string,
    lines,
    standing,
)
from agent.vision.region import Image, Region

SHOWN = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
WHITE, BLACK = (
    Region(x=10, y=10, width=40, height=40),
    Region(x=110, y=10, width=40, height=40),
)


def picture(white: float, black: float, noise: float = 2.0) -> Image:
    """The card: a white patch on the left, a black one on the right."""
    grey = np.full((80, 180), float(white))
    grey[:, 90:] = black
    grey += np.random.default_rng(1).normal(0, noise, grey.shape)
    return np.asarray(np.clip(np.rint(grey), 0, 255), dtype=np.uint8)


def measured(image: Image, white: Region = WHITE, black: Region = BLACK):
    return measure_card(
        image,
        white=white,
        black=black,
        white_reflectance=0.85,
        black_reflectance=0.05,
        name="KK-12",
        at=SHOWN,
    )


CARD = ReferenceCard(
    white=Patch(reflectance=0.85, grey=205.0),
    black=Patch(reflectance=0.05, grey=45.0),
    measured_at=SHOWN,
    name="KK-12",
)


def test_a_card_gives_the_grey_values_of_black_and_white() -> None:
    card = measured(picture(205, 45))
    assert card.white.grey == pytest.approx(205, abs=0.2)
    # 160 grey levels are 80 % of reflectance.
    assert card.scale == pytest.approx((35.0, 235.0), abs=0.5)
    assert card.measured_at == SHOWN


@given(black=st.floats(0, 80), step=st.floats(120, 400), low=st.floats(0, 0.2))
def test_the_scale_takes_the_patches_to_their_reflectance(
    black: float, step: float, low: float
) -> None:
    card = ReferenceCard(
        white=Patch(reflectance=low + 0.6, grey=black + (low + 0.6) * step),
        black=Patch(reflectance=low, grey=black + low * step),
        measured_at=SHOWN,
    )
    assert card.scale == pytest.approx((black, black + step))


@pytest.mark.parametrize(
    ("image", "regions", "words"),
    [
        (picture(255, 45, 0), {}, "white patch is burnt out"),
        (picture(0, 0, 0), {}, "white patch is black"),
        (picture(60, 50), {}, "at least 20 grey levels apart"),
        (picture(45, 205), {}, "right patches"),
        (
            picture(205, 45),
            {"black": Region(x=70, y=10, width=40, height=40)},
            "black patch is not even",
        ),
        (
            picture(205, 45),
            {"white": Region(x=10, y=60, width=40, height=40)},
            "white patch .* outside of the picture of 180 x 80",
        ),
        (
            picture(205, 45),
            {"white": Region(x=10, y=10, width=5, height=5)},
            "has 25 pixels",
        ),
    ],
)
def test_a_bad_picture_of_a_card_is_refused(
    image: Image, regions: dict[str, Region], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        measured(image, **regions)


@pytest.mark.parametrize(
    ("white", "black", "words"),
    [
        (Patch(reflectance=85, grey=205), CARD.black, "0.85 for the 85 %"),
        (Patch(reflectance=0.05, grey=205), CARD.black, "white must reflect more"),
        (Patch(reflectance=0.85, grey=float("nan")), CARD.black, "grey levels apart"),
    ],
)
def test_impossible_patches_are_refused(white: Patch, black: Patch, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ReferenceCard(white=white, black=black, measured_at=SHOWN)


def test_a_card_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(CARD, measured_at=datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_card_is_kept_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    CARD.save(path)
    replace(CARD, name="KK-13").save(path)
    assert ReferenceCard.load(path) == replace(CARD, name="KK-13")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "show the card to the camera first"),
        ("{", "reference card .*card.json"),
        ("[]", "an object with black, measured_at, name, white"),
        ('{"white": 1}', "an object with"),
        ("ÿ", "reference card"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "card.json"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=words):
        ReferenceCard.load(path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("white", {"reflectance": "0.85", "grey": 205}, "white.reflectance: a number"),
        ("white", {"reflectance": 0.85}, "white: an object with reflectance and grey"),
        ("measured_at", "yesterday", "yesterday"),
        ("measured_at", 12, "reference card"),
        ("black", {"reflectance": 0.9, "grey": 45}, "white must reflect more"),
    ],
)
def test_a_wrong_value_in_a_file_is_named(
    tmp_path: Path, key: str, value: object, words: str
) -> None:
    path = tmp_path / "card.json"
    CARD.save(path)
    values = json.loads(path.read_text(encoding="utf-8")) | {key: value}
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        ReferenceCard.load(path)


def test_a_card_ages() -> None:
    assert CARD.age(SHOWN + timedelta(days=12)) == timedelta(days=12)
    assert CARD.is_valid(SHOWN + timedelta(days=30))
    assert not CARD.is_valid(SHOWN + timedelta(days=30, seconds=1))
    assert CARD.is_valid(SHOWN + timedelta(days=80), days=90)
    assert not CARD.is_valid(SHOWN - timedelta(seconds=1))


GRADE = PrintGrade(
    method=Method.ISO_15415_2011,
    grade=2.0,
    parameters=(
        Parameter(name=ParameterName.SYMBOL_CONTRAST, value=0.71, grade=4.0),
        Parameter(name=ParameterName.PRINT_GROWTH, value=-0.12, grade=None),
        Parameter(name=ParameterName.AXIAL_NONUNIFORMITY, value=0.09, grade=2.0),
    ),
    aperture_modules=0.8,
)


def test_the_short_form_is_whole_only_where_all_of_it_is_known() -> None:
    known = replace(GRADE, is_calibrated=True)
    assert grade_string(known, aperture_mil=8, light=660) == "2.0/08/660"
    assert grade_string(known, aperture_mil=16, light="W", angle_deg=30) == (
        "2.0/16/W/30"
    )
    assert grade_string(known, aperture_mil=8) == "2.0"
    assert grade_string(known, light=660) == "2.0"
    assert grade_string(GRADE, aperture_mil=8, light=660) == "2.0"


def test_a_grade_never_goes_without_saying_what_it_is() -> None:
    assert standing(GRADE, "en").startswith("In-process grade by the method of ISO/IEC")
    assert "not an ISO verification" in standing(GRADE, "en")
    assert "not calibrated" in standing(GRADE, "en")
    assert "不是 ISO 检测结论" in standing(GRADE, "zh")
    assert "未校准" in standing(GRADE, "zh")
    known = replace(GRADE, is_calibrated=True)
    assert "not calibrated" not in standing(known, "en")
    soon, late = SHOWN + timedelta(days=12), SHOWN + timedelta(days=40)
    assert "KK-12 shown 2026-03-01, 12 days ago." in standing(
        known, "en", card=CARD, now=soon
    )
    assert "too old" in standing(known, "en", card=CARD, now=late)
    assert "12 天前" in standing(known, "zh", card=CARD, now=soon)
    assert "已过期" in standing(known, "zh", card=CARD, now=late)


def test_parameters_are_listed_weakest_first_in_both_languages() -> None:
    assert lines(GRADE, "en") == [
        "axial non-uniformity: 0.09  2.0 C",
        "symbol contrast: 0.71  4.0 A",
        "print growth: -0.12  not graded",
    ]
    assert lines(GRADE, "zh")[0] == "轴向不一致性: 0.09  2.0 C"
    assert PARAMETERS.keys() == set(ParameterName)
    assert METHODS.keys() == set(Method)
