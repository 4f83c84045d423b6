"""Drifts of simulated prints: told before a reject, with the right cause, or not."""

import math

import numpy as np
import pytest

from agent.vision.grading.grade import Method, Parameter, PrintGrade
from agent.vision.grading.grade import ParameterName as P
from agent.vision.grading.profile import PrintProfile
from agent.vision.trends.causes import ADVICE, Cause
from agent.vision.trends.head import WHOLE, HeadTrends, TrendRules
from agent.vision.trends.rules import RULES, Figure

# Contrast steps of ISO/IEC 15415:2011, table 5.
STEPS = ((0.70, 4.0), (0.55, 3.0), (0.40, 2.0), (0.20, 1.0))
SIZE = 16


def step(contrast: float) -> float:
    return next((grade for least, grade in STEPS if contrast >= least), 0.0)


class Press:
    """Prints of one head, in numbers: usual values, deviations, and a drift a print.

    `every` items, from `phase` on, get `extra` on top of their modulation.
    """

    def __init__(self, seed: int = 1, **drift: float) -> None:
        self.rng = np.random.default_rng(seed)
        self.drift = drift
        self.light, self.dark = 0.85, 0.08
        self.item = 0
        self.blocked: int | None = None
        self.every, self.extra = 0, 0.0

    def next(self, *, drifting: bool = True) -> PrintGrade:
        self.item += 1
        for name, amount in self.drift.items():
            if drifting and name in ("light", "dark"):
                setattr(self, name, getattr(self, name) + amount)
        age = self.drift.get("age", 0)
        self.drift["age"] = age + drifting
        draw = self.rng.normal
        light = self.light + draw(0, 0.01)
        dark = self.dark + draw(0, 0.01)
        contrast = light - dark
        values = {
            P.SYMBOL_CONTRAST: contrast,
            P.MODULATION: 0.7 + draw(0, 0.02),
            P.AXIAL_NONUNIFORMITY: abs(draw(0.01, 0.003)),
            P.GRID_NONUNIFORMITY: abs(draw(0.15, 0.02)),
            P.UNUSED_ERROR_CORRECTION: float(self.rng.choice([1.0, 1.0, 0.9])),
            P.PRINT_GROWTH: draw(0.05, 0.02),
        }
        if drifting:
            for name in values:
                values[name] += self.drift.get(name.value, 0.0) * age
        if self.every and self.item % self.every == 3:
            values[P.MODULATION] += self.extra
        parameters = tuple(
            Parameter(
                name=name,
                value=float(value),
                grade=step(value) if name is P.SYMBOL_CONTRAST else 4.0,
            )
            for name, value in values.items()
        )
        return PrintGrade(
            method=Method.ISO_15415_2011,
            grade=min(each.grade for each in parameters),
            parameters=parameters,
            aperture_modules=0.8,
            profile=self._profile(light, dark),
        )

    def _profile(self, light: float, dark: float) -> PrintProfile:
        rows = self.rng.uniform(0, 0.04, SIZE)
        columns = self.rng.uniform(0, 0.04, SIZE)
        if self.blocked is not None:
            rows[self.blocked] = self.rng.uniform(0.8, 1.0)
        return PrintProfile(
            light=light,
            dark=dark,
            missing_rows=tuple(rows.tolist()),
            missing_columns=tuple(columns.tolist()),
        )


def settled_on(press: Press, **more) -> HeadTrends:
    trends = HeadTrends(**more)
    for _ in range(trends.rules.settle):
        trends.add(press.item + 1, press.next(drifting=False))
    return trends


def run(trends: HeadTrends, press: Press, prints: int):
    """Prints until the first warning; the print's number then, and what was said."""
    for number in range(1, prints + 1):
        trends.add(press.item + 1, press.next())
        if told := trends.warnings():
            return number, told
    return None, ()


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_fading_is_told_long_before_the_first_reject(seed) -> None:
    press = Press(seed, dark=0.0002)  # 12 points of contrast an hour at 100 a minute
    trends = settled_on(press, minimum=1.5)
    told_at, told = run(trends, press, 3000)
    assert told_at is not None
    prints, grade = told_at, 4.0
    while grade >= 1.5:
        grade = press.next().grade
        prints += 1
    # The first print below C comes about 1700 prints after the drift began.
    assert prints - told_at >= 1000, (told_at, prints)
    assert {each.cause for each in told} == {Cause.INK}


@pytest.mark.parametrize(
    ("drift", "cause", "name"),
    [
        ({"light": -0.0005}, Cause.LENS_OR_LIGHT, None),
        ({"dark": 0.0005}, Cause.INK, None),
        ({"axial_nonuniformity": 0.0001}, Cause.BELT_SPEED, P.AXIAL_NONUNIFORMITY),
        ({"grid_nonuniformity": 0.0005}, Cause.GEOMETRY, P.GRID_NONUNIFORMITY),
        ({"print_growth": 0.0008}, Cause.INK_FLOW, P.PRINT_GROWTH),
        ({"print_growth": -0.0008}, Cause.INK_FLOW, P.PRINT_GROWTH),
        ({"modulation": -0.0005}, Cause.HEAD, P.MODULATION),
        ({"unused_error_correction": -0.0005}, Cause.DAMAGE, None),
    ],
)
def test_each_drift_points_to_its_cause(drift, cause, name) -> None:
    press = Press(**drift)
    trends = settled_on(press)
    told_at, told = run(trends, press, 2000)
    assert told_at is not None
    assert {each.cause for each in told} == {cause}
    if name is not None:
        assert [each.name for each in told] == [name]


@pytest.mark.parametrize(
    ("light", "cause"),
    [(-0.0006, Cause.LENS_OR_LIGHT), (0.0, Cause.INK)],
)
def test_contrast_tells_lens_from_ink_once_it_moved_itself(light, cause) -> None:
    press = Press(light=light, dark=0.0006 + light)
    trends = settled_on(press)
    for _ in range(500):
        trends.add(press.item + 1, press.next())
    by_name = {each.name: each.cause for each in trends.warnings()}
    assert by_name[P.SYMBOL_CONTRAST] is cause


def test_contrast_alone_leaves_it_open() -> None:
    press = Press(dark=0.0006)
    trends = HeadTrends()
    for _ in range(1000):
        grade = press.next(drifting=trends.prints > trends.rules.settle)
        only = tuple(p for p in grade.parameters if p.name is P.SYMBOL_CONTRAST)
        bare = PrintGrade(
            method=grade.method, grade=4.0, parameters=only, aperture_modules=0.8
        )
        trends.add(press.item, bare)
    assert [each.cause for each in trends.warnings()] == [Cause.INK_OR_LENS]


def test_a_steady_press_is_left_alone() -> None:
    press = Press(7)
    trends = settled_on(press, minimum=1.5)
    assert run(trends, press, 20_000) == (None, ())


def test_a_few_spoilt_pictures_are_no_drift() -> None:
    press = Press(3)
    trends = settled_on(press)
    for number in range(2000):
        grade = press.next()
        if number % 400 < 5:  # glare on five in a row: nothing is left of them
            parameters = tuple(
                Parameter(name=p.name, value=0.0, grade=0.0) for p in grade.parameters
            )
            grade = PrintGrade(
                method=grade.method,
                grade=0.0,
                parameters=parameters,
                aperture_modules=0.8,
            )
        trends.add(press.item, grade)
        assert trends.warnings() == ()


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_number_does_not_silence_its_chart(odd) -> None:
    press = Press(dark=0.0005)
    trends = settled_on(press)
    broken = PrintGrade(
        method=Method.ISO_15415_2011,
        grade=0.0,
        parameters=(Parameter(name=P.SYMBOL_CONTRAST, value=odd, grade=0.0),),
        aperture_modules=0.8,
    )
    trends.add(press.item, broken)
    told_at, _ = run(trends, press, 1000)
    assert told_at is not None
    assert math.isfinite(trends.charts[P.SYMBOL_CONTRAST].worse)


def test_a_blocked_nozzle_is_named_by_its_row() -> None:
    press = Press()
    trends = settled_on(press)
    press.blocked = 4
    told_at, told = run(trends, press, 200)
    assert told_at is not None
    assert told_at <= 60
    assert (told[0].cause, told[0].detail) == (Cause.NOZZLE, "行 row 5")
    press.blocked = None
    for _ in range(100):
        trends.add(press.item + 1, press.next())
    assert trends.warnings() == ()


def test_damage_that_wanders_is_no_nozzle() -> None:
    press = Press()
    trends = settled_on(press)
    for _ in range(1000):
        press.blocked = int(press.rng.integers(SIZE))
        trends.add(press.item + 1, press.next())
    assert all(each.cause is not Cause.NOZZLE for each in trends.warnings())


@pytest.mark.parametrize("every", [4, 6, 24])
def test_one_bad_head_of_several_is_found_by_its_rhythm(every) -> None:
    press = Press()
    press.every, press.extra = every, -0.08
    trends = HeadTrends()
    for _ in range(600):
        trends.add(press.item + 1, press.next())
    (told, *_) = trends.warnings()
    assert (told.cause, told.name) == (Cause.ONE_OF_SEVERAL, P.MODULATION)
    assert told.detail == f"item % {every} = 3"


def test_items_that_skip_numbers_keep_their_rhythm() -> None:
    press = Press()
    press.every, press.extra = 4, -0.08
    trends = HeadTrends()
    for number in range(900):
        grade = press.next()
        if number % 7:  # every seventh was not read, and left no grade
            trends.add(press.item, grade)
    assert trends.warnings()[0].detail == "item % 4 = 3"


def test_a_cleaned_head_is_learned_anew_and_guarded_from_there() -> None:
    press = Press()
    press.dark = 0.28  # learned while the head was dirty
    trends = settled_on(press)
    press.dark = 0.08
    for _ in range(600):
        trends.add(press.item + 1, press.next())
    assert trends.warnings() == ()
    chart = trends.charts[P.SYMBOL_CONTRAST]
    assert chart.ewma is not None
    assert chart.ewma.baseline.centre == pytest.approx(0.77, abs=0.02)
    press.drift["dark"] = 0.0005
    told_at, _ = run(trends, press, 1000)
    assert told_at is not None
    assert press.dark < 0.28


def test_a_warning_ends_when_the_print_is_good_again() -> None:
    press = Press(dark=0.0005)
    trends = settled_on(press)
    told_at, _ = run(trends, press, 1000)
    assert told_at is not None
    press.drift["dark"], press.dark = 0.0, 0.08
    for _ in range(300):
        trends.add(press.item + 1, press.next())
    assert trends.warnings() == ()


def test_a_head_always_close_to_the_minimum_is_told_after_a_restart_too() -> None:
    press = Press()
    press.dark = 0.40  # contrast 0.45: C, and nobody remembers that it was an A
    trends = settled_on(press, minimum=1.5)
    (told,) = trends.warnings()
    assert (told.cause, told.name) == (Cause.NEAR_MINIMUM, P.SYMBOL_CONTRAST)
    assert (told.value, told.usual) == (2.0, 1.5)


def test_prints_that_fail_by_one_figure_or_another_are_close_as_a_whole() -> None:
    trends = HeadTrends(minimum=1.5)
    for item in range(400):
        grades = (2.0, 4.0) if item % 2 else (4.0, 2.0)
        parameters = tuple(
            Parameter(name=name, value=0.5, grade=grade)
            for name, grade in zip((P.MODULATION, P.DECODABILITY), grades, strict=True)
        )
        trends.add(
            item,
            PrintGrade(
                method=Method.ISO_15415_2011,
                grade=2.0,
                parameters=parameters,
                aperture_modules=0.8,
            ),
        )
    (told,) = trends.warnings()
    assert (told.cause, told.name, told.value) == (Cause.NEAR_MINIMUM, WHOLE, 2.0)


def test_while_it_settles_nothing_is_said() -> None:
    press = Press(dark=0.001)
    trends = HeadTrends(TrendRules(settle=300))
    assert run(trends, press, 299) == (None, ())
    assert trends.charts[P.MODULATION].ewma is None


def test_symbols_of_another_size_begin_the_rows_anew() -> None:
    press = Press()
    press.blocked = 4
    trends = HeadTrends()
    for _ in range(100):
        trends.add(press.item + 1, press.next())
    assert trends.nozzles.weak() is not None
    nothing = (math.nan, 0.0, 0.0)
    small = PrintProfile(
        light=0.8, dark=0.1, missing_rows=nothing, missing_columns=nothing
    )
    trends.nozzles.add(small)
    assert trends.nozzles.weak() is None


def test_points_to_draw_are_bounded_and_in_item_order() -> None:
    press = Press()
    trends = HeadTrends(TrendRules(settle=50, point_every=5, points=20))
    for _ in range(400):
        trends.add(press.item + 1, press.next())
    points = trends.charts[P.MODULATION].points
    assert [item for item, _ in points] == list(range(305, 401, 5))


def test_every_cause_has_its_words_and_every_figure_a_cause() -> None:
    assert set(ADVICE) == set(Cause)
    for advice in ADVICE.values():
        assert all("\u4e00" <= text[0] <= "\u9fff" for text in (advice.cause_zh,))
        assert advice.cause_zh.endswith("。")
        assert advice.remedy_zh.endswith("。")
        assert advice.cause_en.isascii()
        assert advice.remedy_en.endswith(".")
    assert set(Figure) <= set(RULES)


def test_a_new_life_knows_what_was_usual() -> None:
    press = Press()
    trends = settled_on(press)
    for _ in range(50):
        trends.add(press.item + 1, press.next(drifting=False))
    again = HeadTrends(memory=trends.memory)
    assert (again.prints, again.grade) == (trends.prints, trends.grade)
    assert set(again.charts) == set(trends.charts)
    for name, chart in trends.charts.items():
        other = again.charts[name]
        assert chart.ewma is not None
        assert other.ewma == chart.ewma
        assert (other.grade, other.taken) == (chart.grade, chart.taken)
    assert not run(again, press, 500)[1]


@pytest.mark.parametrize("before", [0, 60, 110])
def test_a_drift_goes_on_being_followed(before) -> None:
    """Told at the same print as without the break, however far it had come."""
    press, same = Press(3, dark=0.0005), Press(3, dark=0.0005)
    whole, broken = settled_on(press), settled_on(same)
    at, told = run(whole, press, 1000)
    for _ in range(before):
        broken.add(same.item + 1, same.next())
    broken = HeadTrends(memory=broken.memory)
    after, again = run(broken, same, 1000)
    assert at is not None
    assert after is not None
    assert before + after == at
    assert [each.cause for each in again] == [each.cause for each in told]


def test_what_was_worse_is_still_worse() -> None:
    press = Press(dark=0.0005)
    trends = settled_on(press)
    at, told = run(trends, press, 1000)
    assert at is not None
    again = HeadTrends(memory=trends.memory)
    assert [w for w in again.warnings() if w.usual] == [w for w in told if w.usual]


def test_what_has_not_settled_is_not_remembered() -> None:
    press, trends = Press(), HeadTrends()
    for _ in range(trends.rules.settle - 1):
        trends.add(press.item + 1, press.next())
    assert trends.memory is None
    assert HeadTrends().memory is None
