"""The EWMA chart against the run lengths in the literature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.trends.ewma import Baseline, EwmaChart, settled

STANDARD = Baseline(centre=0.0, sigma=1.0)


def run_length(rng, *, weight: float, width: float, shift: float) -> int:
    """Values until the chart calls them out of control; the first counts as 1."""
    chart = EwmaChart(baseline=STANDARD, weight=weight, width=width)
    length = 0
    while True:
        for value in rng.normal(shift, 1.0, 64).tolist():
            length += 1
            if abs(chart.add(value)) > 1:
                return length


# Average run lengths, Lucas and Saccucci 1990, as in Montgomery's table of EWMA schemes
# (shift in deviations). Simulated, so within four standard errors or so.
@pytest.mark.parametrize(
    ("weight", "width", "shift", "arl", "runs"),
    [
        (0.40, 3.054, 0.0, 500, 400),
        (0.40, 3.054, 1.0, 14.3, 1000),
        (0.20, 2.962, 0.0, 500, 400),
        (0.20, 2.962, 0.5, 41.8, 1000),
        (0.20, 2.962, 1.0, 10.5, 1000),
        (0.10, 2.814, 0.0, 500, 400),
        (0.10, 2.814, 0.5, 31.3, 1000),
        (0.10, 2.814, 2.0, 4.4, 1000),
        (0.05, 2.615, 0.5, 28.8, 1000),
        (0.05, 2.615, 1.0, 11.4, 1000),
    ],
)
def test_run_lengths_are_those_of_the_book(weight, width, shift, arl, runs) -> None:
    rng = np.random.default_rng(round(weight * 1000 + shift * 10))
    lengths = [
        run_length(rng, weight=weight, width=width, shift=shift) for _ in range(runs)
    ]
    error = np.std(lengths) / runs**0.5
    assert abs(np.mean(lengths) - arl) < 3.5 * error + 0.02 * arl


def test_a_chart_starts_at_its_centre_and_follows_slowly() -> None:
    chart = EwmaChart(baseline=Baseline(centre=0.7, sigma=0.02), weight=0.1, width=3.0)
    assert chart.shift == 0
    assert chart.limit == pytest.approx(3 * 0.02 * (0.1 / 1.9) ** 0.5)
    chart.add(0.8)
    assert chart.mean == pytest.approx(0.71)


def test_one_odd_picture_raises_no_alarm_where_values_are_clipped() -> None:
    kept = EwmaChart(baseline=STANDARD, weight=0.1, width=3.0, clip=4.0)
    assert abs(kept.add(1000.0)) < 1
    naive = EwmaChart(baseline=STANDARD, weight=0.1, width=3.0)
    assert naive.add(1000.0) > 1


def test_a_shift_too_small_to_matter_is_no_news() -> None:
    chart = EwmaChart(
        baseline=Baseline(centre=0.9, sigma=0.001), weight=0.1, width=3.0, least=0.04
    )
    for _ in range(500):
        chart.add(0.88)
    assert abs(chart.shift) < 1


@pytest.mark.parametrize("weight", [0.0, -0.1, 1.1])
def test_a_weight_that_is_none_is_refused(weight) -> None:
    with pytest.raises(ValueError, match="weight"):
        EwmaChart(baseline=STANDARD, weight=weight, width=3.0)


def test_a_width_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        EwmaChart(baseline=STANDARD, weight=0.1, width=0.0)


@given(
    st.lists(st.floats(0.5, 0.6), min_size=101, max_size=101),
    st.lists(st.floats(0, 1), max_size=11),
)
def test_what_is_usual_is_not_spoilt_by_the_odd_ones(usual, odd) -> None:
    baseline = settled([*usual, *odd], least_sigma=0.005)
    assert 0.5 - 1e-9 <= baseline.centre <= 0.6 + 1e-9
    assert 0.005 <= baseline.sigma <= 0.04


def test_a_skewed_value_is_followed_by_its_mean() -> None:
    values = np.random.default_rng(5).choice([1.0, 1.0, 0.9], 200).tolist()
    baseline = settled(values, least_sigma=0.001)
    assert baseline.centre == pytest.approx(np.mean(values), abs=0.01)
    assert baseline.sigma == pytest.approx(np.std(values), rel=0.3)


def test_deviation_of_normal_values_is_found() -> None:
    values = np.random.default_rng(4).normal(0.7, 0.03, 4000).tolist()
    baseline = settled(values, least_sigma=0.001)
    assert baseline.centre == pytest.approx(0.7, abs=0.003)
    assert baseline.sigma == pytest.approx(0.03, rel=0.06)
