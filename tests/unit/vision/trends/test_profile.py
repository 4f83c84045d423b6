"""Where a print is weak, measured on pictures whose every module is known."""

import dataclasses

import numpy as np
import pytest

from agent.vision.grading.grader import Grader
from agent.vision.grading.profile import PrintProfile
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from agent.vision.trends.nozzles import ENOUGH_SYMBOLS, NozzleWatch
from simulators.cameras.graded import Printing, Shot, draw_matrix, matrix

DATA_MATRIX = Symbology.DATA_MATRIX


def profile_of(
    text: str, printing: Printing, blocked: int | None = None, seed: int = 0
) -> PrintProfile | None:
    """The profile of a drawn symbol, None if it is too far gone to be read; row
    `blocked` got no ink."""
    modules = matrix(text, DATA_MATRIX)
    if blocked is not None:
        gone = [(blocked, int(column)) for column in np.flatnonzero(modules[blocked])]
        printing = dataclasses.replace(printing, flipped=gone)
    shot = Shot(module_px=7.0, rotation_deg=4.0, blur_px=0.6, noise_grey=2, seed=seed)
    picture = draw_matrix(modules, printing, shot)
    light = printing.light < printing.dark
    vision = CodeVision(
        frozenset({DATA_MATRIX}), budget_ms=60_000, light_on_dark=light, follow=False
    )
    codes = vision.read(picture.image).codes
    if not codes:
        return None
    grade = Grader().grade(picture.image, codes[0])
    profile = getattr(grade, "profile", None)
    assert isinstance(profile, PrintProfile), grade
    return profile


@pytest.mark.parametrize(
    ("dark", "light"), [(0.1, 0.8), (0.3, 0.6), (0.7, 0.15)], ids=str
)
def test_light_and_dark_are_those_of_the_print(dark, light) -> None:
    profile = profile_of("LOT-20260302-0001", Printing(dark=dark, light=light))
    assert profile is not None
    assert profile.light == pytest.approx(max(dark, light), abs=0.03)
    assert profile.dark == pytest.approx(min(dark, light), abs=0.03)
    assert max(profile.missing_rows) == max(profile.missing_columns) == 0


@pytest.mark.parametrize(("dark", "light"), [(0.1, 0.8), (0.75, 0.1)], ids=str)
def test_a_row_without_ink_is_told_as_that_row(dark, light) -> None:
    profile = profile_of(
        "LOT-20260302-0001", Printing(dark=dark, light=light), blocked=5
    )
    assert profile is not None
    assert profile.missing_rows[5] == 1.0
    assert max(np.delete(profile.missing_rows, 5)) == 0
    # Of every column one module is gone at most.
    assert 0 < max(profile.missing_columns) <= 0.5


def test_a_blocked_nozzle_shows_over_different_codes() -> None:
    watch = NozzleWatch()
    for number in range(2 * ENOUGH_SYMBOLS):
        text = f"LOT-20260302-{number:04}"
        profile = profile_of(text, Printing(), blocked=5, seed=number)
        if profile is not None:  # some codes cannot spare that row
            watch.add(profile)
    assert watch.rows.symbols >= ENOUGH_SYMBOLS
    weak = watch.weak()
    assert weak is not None
    assert (weak.is_row, weak.index) == (True, 6)
    assert weak.missing > 0.9
