"""Rows and columns found in points alone: turned, tilted, wobbly, with gaps."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision.cases.framing import framings
from agent.vision.cases.layout import Layout, Shifted
from agent.vision.cases.view import of_outline
from agent.vision.region import Region

PICTURE = Region(x=0, y=0, width=2448, height=2048)
PITCH = 240.0

seeds = st.integers(0, 2**32 - 1)
layouts = st.sampled_from(
    [
        Layout(rows=rows, columns=columns, shifted=shifted)
        for rows, columns in [(6, 8), (4, 6), (5, 4), (3, 4)]
        for shifted in Shifted
    ]
)


def seen(layout, rng, *, turn_deg=12.0, tilt=0.02, wobble=0.05, pitch=PITCH):
    """Where a camera sees the places of a case, and the view's outline."""
    plan = layout.plan * (1, 0.866 if layout.is_staggered else 1)
    flat = (plan - plan.mean(axis=0)) * pitch
    low, high = flat.min(axis=0) - pitch / 2, flat.max(axis=0) + pitch / 2
    square = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    angle = np.radians(rng.uniform(-turn_deg, turn_deg))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = square + rng.uniform(-tilt, tilt, (4, 2)) * 2 * high
    moved = moved @ turn + (PICTURE.width / 2, PICTURE.height / 2)
    view = cv2.getPerspectiveTransform(
        square.astype(np.float32), moved.astype(np.float32)
    )
    flat = flat + rng.uniform(-wobble, wobble, flat.shape) * pitch
    points = cv2.perspectiveTransform(flat[None], view)[0]
    return points, tuple((float(x), float(y)) for x, y in moved)


def gaps(layout, rng, share, *, keep_edges):
    """Indices of places with a code; every outer row and column keeps one."""
    cells = layout.cells
    kept = set(rng.permutation(len(cells))[: round(len(cells) * (1 - share))].tolist())
    if keep_edges:
        for axis, ends in ((0, (1, layout.rows)), (1, (1, layout.columns))):
            for end in ends:
                edge = [n for n, cell in enumerate(cells) if cell[axis] == end]
                kept.add(edge[int(rng.integers(len(edge)))])
    return sorted(kept)


@settings(max_examples=150, deadline=None)
@given(layouts, seeds, st.floats(0, 0.5))
def test_a_turned_tilted_wobbly_case_with_gaps_is_never_numbered_wrongly(
    layout, seed, share
):
    rng = np.random.default_rng(seed)
    points, _ = seen(layout, rng)
    kept = gaps(layout, rng, share, keep_edges=False)
    truth = tuple(layout.cells[n] for n in kept)
    ways = framings(points[kept], layout, PICTURE)
    assert not ways or truth in [way.cells for way in ways]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(Shifted)), seeds)
def test_with_half_of_48_codes_and_one_at_every_edge_all_are_placed(shifted, seed):
    layout = Layout(rows=6, columns=8, shifted=shifted)
    rng = np.random.default_rng(seed)
    points, _ = seen(layout, rng)
    kept = gaps(layout, rng, 0.5, keep_edges=True)
    (way,) = framings(points[kept], layout, PICTURE)
    assert way.cells == tuple(layout.cells[n] for n in kept)
    # Places without a code are foretold within a fifth of a place.
    off = np.hypot(*(way.view.to_pixels(layout.plan) - points).T)
    assert off.max() < 0.2 * PITCH


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 5))
def test_codes_beside_the_case_are_no_part_of_it(seed, count):
    layout = Layout(rows=6, columns=8)
    rng = np.random.default_rng(seed)
    points, _ = seen(layout, rng, pitch=200)
    # On the flaps: between two places of the grid carried on outward.
    flap = points[0] - (150, 100) + rng.uniform(-40, 40, (count, 2))
    (way,) = framings(np.concatenate([points, flap]), layout, PICTURE)
    assert way.cells == (*layout.cells, *[None] * count)


@pytest.mark.parametrize("shifted", Shifted)
def test_an_edge_row_without_codes_leaves_it_open_where_the_case_stands(shifted):
    layout = Layout(rows=6, columns=8, shifted=shifted)
    points, _ = seen(layout, np.random.default_rng(5), pitch=180)
    kept = [n for n, (row, _) in enumerate(layout.cells) if row > 1]
    ways = framings(points[kept], layout, PICTURE)
    truth = tuple(layout.cells[n] for n in kept)
    if shifted is Shifted.NONE:
        assert {way.cells[0][0] for way in ways} == {1, 2}
    # In a honeycomb the shift of the rows tells which is which.
    else:
        assert len(ways) == 1
    assert truth in [way.cells for way in ways]


def test_the_region_around_the_case_settles_it():
    layout = Layout(rows=6, columns=8)
    points, outline = seen(layout, np.random.default_rng(5), pitch=180, turn_deg=2)
    kept = [n for n, (row, _) in enumerate(layout.cells) if row > 1]
    xs, ys = zip(*outline, strict=True)
    around = Region(
        x=round(min(xs)),
        y=round(min(ys)),
        width=round(max(xs) - min(xs)),
        height=round(max(ys) - min(ys)),
    )
    (way,) = framings(points[kept], layout, around)
    assert way.cells == tuple(layout.cells[n] for n in kept)


@settings(max_examples=60, deadline=None)
@given(layouts, seeds, st.integers(1, 6))
def test_taught_corners_settle_it_with_few_codes_and_a_pushed_case(layout, seed, count):
    rng = np.random.default_rng(seed)
    points, outline = seen(layout, rng, pitch=180, turn_deg=5, wobble=0.03)
    kept = sorted(rng.permutation(layout.places)[:count].tolist())
    pushed = points + rng.uniform(-0.17, 0.17, 2) * 180
    ways = framings(pushed[kept], layout, PICTURE, of_outline(outline, layout))
    assert [way.cells for way in ways] == [tuple(layout.cells[n] for n in kept)]


def test_a_case_pushed_half_a_place_from_where_it_was_taught_is_left_open():
    layout = Layout(rows=4, columns=6)
    points, outline = seen(layout, np.random.default_rng(1), pitch=180, turn_deg=1)
    kept = [n for n, (row, _) in enumerate(layout.cells) if row > 1]
    pushed = points + np.array((0, 90))
    ways = framings(pushed[kept], layout, PICTURE, of_outline(outline, layout))
    assert {way.cells[0][0] for way in ways} == {1, 2}


def test_every_second_row_and_column_may_be_a_case_of_wider_places():
    layout = Layout(rows=6, columns=8)
    points, _ = seen(layout, np.random.default_rng(2), pitch=120)
    kept = [n for n, (r, c) in enumerate(layout.cells) if r % 2 and c % 2]
    ways = framings(points[kept], layout, PICTURE)
    assert len(ways) > 1
    assert tuple(layout.cells[n] for n in kept) in [way.cells for way in ways]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_few_codes_tell_no_grid(count):
    layout = Layout(rows=6, columns=8)
    points, _ = seen(layout, np.random.default_rng(3))
    assert framings(points[:count], layout, PICTURE) == []


@pytest.mark.parametrize("count", [4, 6, 9, 13, 20, 40, 60])
def test_scattered_points_are_no_case(count):
    # Of many thousand scatters one does look like a case: these are drawn once for all.
    rng = np.random.default_rng(count)
    for _ in range(20):
        points = rng.uniform(100, 1900, (count, 2))
        ways = framings(points, Layout(rows=6, columns=8), PICTURE)
        assert all(way.placed < count for way in ways)


@pytest.mark.parametrize(("rows", "columns"), [(1, 6), (5, 1)])
def test_a_single_row_or_column(rows, columns):
    layout = Layout(rows=rows, columns=columns)
    points, _ = seen(layout, np.random.default_rng(4), turn_deg=8)
    (way,) = framings(points, layout, PICTURE)
    assert way.cells == tuple(layout.cells)


@pytest.mark.parametrize(
    ("rows", "columns", "shifted"),
    [(0, 4, Shifted.NONE), (1, 1, Shifted.NONE), (4, 1, Shifted.ODD)],
)
def test_an_impossible_case_is_refused(rows, columns, shifted):
    with pytest.raises(ValueError, match="case of"):
        Layout(rows=rows, columns=columns, shifted=shifted)


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (0, 100), (100, 100), (100, 0)),
        ((0, 0), (0, 0), (0, 0), (0, 0)),
        ((0, 0), (100, 0), (10, 10), (0, 100)),
    ],
)
def test_corners_in_no_order_around_a_case_are_refused(corners):
    with pytest.raises(ValueError, match="corners"):
        of_outline(corners, Layout(rows=2, columns=2))
