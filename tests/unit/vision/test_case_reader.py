"""Pictures of an open case: every code in its place, what is missing named."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from agent.vision.cases.layout import Shifted
from agent.vision.cases.looks import add_new
from agent.vision.cases.reader import CaseReader
from agent.vision.cases.result import Doubt, PlaceState
from agent.vision.cases.words import told
from agent.vision.decoded import Decoded
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from simulators.cameras.defects import GOOD
from simulators.cameras.open_case import Content, OpenCase, draw

QR = frozenset({Symbology.QR})
LONG_MS = 20_000.0  # what is tested here is not speed
# A third of the pixels of a bench camera: the same case, drawn and read faster.
SMALL = OpenCase(rows=3, columns=4, size=(1000, 800), mark=replace(GOOD, module_px=3.5))


@pytest.fixture
def reader():
    """Makes readers and ends their threads."""
    made = []

    def make(symbologies=QR, *, rows=3, columns=4, **options):
        options = {"budget_ms": LONG_MS} | options
        made.append(CaseReader(symbologies, rows=rows, columns=columns, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def picture(case, seed=1):
    return draw(case, np.random.default_rng(seed))


def texts(result):
    return {(each.row, each.column): each.code.text for each in result.codes}


def states(result):
    return {(each.row, each.column): each.state for each in result.missing}


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.GS1_DATA_MATRIX])
@pytest.mark.parametrize("shifted", Shifted)
def test_48_codes_are_each_in_their_place_and_missing_ones_named(
    reader, symbology, shifted
):
    case = OpenCase(
        symbology=symbology, shifted=shifted, empty=3, blank=1, unreadable=2
    )
    shot = picture(case, 7)
    eye = reader(frozenset({symbology}), rows=6, columns=8, shifted=shifted)
    result = eye.read(shot.image)
    assert texts(result) == shot.at(Content.CODE)
    assert set(states(result)) == set(
        shot.at(Content.EMPTY, Content.BLANK, Content.UNREADABLE)
    )
    assert (result.doubt, result.strangers, result.duplicates) == (None, (), ())
    assert not result.is_complete
    assert result.missing_count == 6


def test_a_full_case_is_complete(reader):
    shot = picture(SMALL)
    result = reader().read(shot.image)
    assert texts(result) == shot.at(Content.CODE)
    assert result.is_complete
    assert told(result) == []
    # Middles of codes are where the caps stand.
    middles = {
        (each.row, each.column): np.mean(each.code.corners, axis=0)
        for each in result.codes
    }
    for place in shot.places:
        assert middles[place.row, place.column] == pytest.approx(place.centre, abs=15)


def test_no_cap_no_print_and_a_ruined_print_are_told_apart(reader):
    wanted = {
        (1, 2): Content.EMPTY,
        (2, 2): Content.BLANK,
        (3, 3): Content.UNREADABLE,
        (2, 4): Content.EMPTY,
    }
    # Seed 2 draws a smeared print there: much ink, no code.
    case = OpenCase(rows=4, columns=6, contents=wanted)
    shot = picture(case, 2)
    seen = states(reader(rows=4, columns=6).read(shot.image))
    assert seen == {
        (1, 2): PlaceState.EMPTY,
        (2, 2): PlaceState.BLANK,
        (3, 3): PlaceState.UNREAD,
        (2, 4): PlaceState.EMPTY,
    }


def test_missing_places_are_said_in_both_languages(reader):
    shot = picture(replace(SMALL, contents={(3, 2): Content.EMPTY}))
    (line,) = told(reader().read(shot.image))
    assert "第3排第2列 row 3, column 2" in line


def test_an_edge_row_without_caps_leaves_the_rows_in_doubt(reader):
    contents = {(1, column): Content.EMPTY for column in range(1, 5)}
    shot = picture(replace(SMALL, size=(1000, 1000), contents=contents, turn_deg=1))
    result = reader().read(shot.image)
    assert result.doubt is Doubt.ROWS
    assert {each.row for each in result.codes} == {None}
    assert {each.column for each in result.codes} == {1, 2, 3, 4}
    assert (result.missing, result.missing_count) == ((), 4)
    assert "row numbers cannot be told" in told(result)[0]


def test_corners_of_an_earlier_picture_settle_the_doubt(reader):
    full = replace(SMALL, size=(1000, 1000), turn_deg=1)
    outline = reader().read(picture(full).image).outline
    contents = {(1, column): Content.EMPTY for column in range(1, 5)}
    shot = picture(replace(full, contents=contents), 2)
    result = reader(taught=outline).read(shot.image)
    assert result.doubt is None
    assert texts(result) == shot.at(Content.CODE)
    assert set(states(result)) == set(contents)


def test_an_empty_case_where_one_was_taught_misses_every_place(reader):
    outline = reader().read(picture(SMALL).image).outline
    bare = {(r, c): Content.EMPTY for r in (1, 2, 3) for c in (1, 2, 3, 4)}
    result = reader(taught=outline).read(picture(replace(SMALL, contents=bare)).image)
    assert result.doubt is None
    assert states(result) == dict.fromkeys(bare, PlaceState.MISSING)


def test_taught_places_are_looked_at_though_the_whole_picture_shows_no_code(
    reader, monkeypatch
):
    shot = picture(SMALL)
    outline = reader().read(shot.image).outline
    monkeypatch.setattr("agent.vision.cases.reader.look_at", lambda *_, **__: [])
    assert reader().read(shot.image).codes == ()
    assert texts(reader(taught=outline).read(shot.image)) == shot.at(Content.CODE)


def test_an_edge_row_of_caps_without_print_belongs_to_the_case(reader):
    contents = {(1, column): Content.BLANK for column in range(1, 5)}
    shot = picture(replace(SMALL, size=(1000, 1000), contents=contents, turn_deg=1))
    result = reader().read(shot.image)
    assert result.doubt is None
    assert states(result) == dict.fromkeys(contents, PlaceState.BLANK)


def test_the_same_code_in_two_places_is_told(reader):
    shot = picture(SMALL)
    image = shot.image.copy()
    here, there = shot.places[0], shot.places[6]
    copied(image, here, there)
    result = reader().read(image)
    assert texts(result)[2, 3] == here.text
    (group,) = result.duplicates
    assert {(each.row, each.column) for each in group} == {(1, 1), (2, 3)}
    assert not result.is_complete
    assert "第1排第1列 row 1, column 1; 第2排第3列 row 2, column 3" in told(result)[0]


def test_a_code_beside_the_case_is_a_stranger(reader, drawn):
    shot = picture(SMALL)
    image = np.full((800, 1300), 60, np.uint8)
    image[:, :1000] = shot.image
    flap = drawn("qr", "FLAP", 3)
    image[300 : 300 + flap.shape[0], 1090 : 1090 + flap.shape[1]] = flap
    result = reader().read(image)
    assert [code.text for code in result.strangers] == ["FLAP"]
    assert texts(result) == shot.at(Content.CODE)
    assert not result.is_complete
    hidden = reader(region=Region(x=0, y=0, width=1000, height=800)).read(image)
    assert hidden.is_complete


def test_two_codes_in_one_place_are_told(reader, drawn):
    shot = picture(replace(SMALL, size=(2000, 1600)))
    image = shot.image.copy()
    extra = drawn("qr", "EXTRA", 2)
    side = extra.shape[0]
    x, y = (round(v) for v in shot.places[5].centre)
    image[y + 65 : y + 65 + side, x - 30 : x - 30 + side] = extra
    result = reader().read(image)
    assert result.crowded == ((2, 2),)
    assert not result.is_complete


def test_two_readings_of_one_spot_that_differ_are_both_kept():
    here = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
    one, same, other = (
        Decoded(
            payload=text,
            text=text.decode(),
            aim="]Q1",
            symbology=Symbology.QR,
            decoder="zxing-cpp",
            variant="raw",
            corners=here,
        )
        for text in (b"A", b"A", b"B")
    )
    found = [one]
    add_new(found, [same, other])
    assert found == [one, other]


def test_too_few_codes_tell_no_grid(reader):
    contents = {
        (row, column): Content.EMPTY for row in range(1, 4) for column in range(1, 5)
    }
    kept = {(1, 1): Content.CODE, (2, 4): Content.CODE}
    result = reader().read(picture(replace(SMALL, contents=contents | kept)).image)
    assert result.doubt is Doubt.NO_GRID
    assert len(result.codes) == 2
    assert (result.missing, result.missing_count) == ((), 10)


def test_light_print_on_dark_caps(reader):
    shot = picture(SMALL)
    result = reader(light_on_dark=True).read(255 - shot.image)
    assert texts(result) == shot.at(Content.CODE)


def test_colour_pictures_are_read_too(reader):
    shot = picture(SMALL)
    result = reader().read(np.repeat(shot.image[:, :, None], 3, axis=2))
    assert texts(result) == shot.at(Content.CODE)


def test_without_time_what_one_look_reads_is_told_and_that_time_was_short(reader):
    case = OpenCase(rows=4, columns=6, unreadable=3)
    result = reader(rows=4, columns=6, budget_ms=0.001).read(picture(case).image)
    assert result.timed_out
    assert result.looks == ("raw",)
    assert len(result.codes) >= 12
    assert "out of time" in told(result)[-1]


def test_threads_do_not_disturb_each_other(reader):
    eye = reader(max_workers=3)
    shots = [picture(SMALL, seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(eye.read, [shot.image for shot in shots]))
    assert [texts(r) for r in read] == [shot.at(Content.CODE) for shot in shots]


@pytest.mark.timeout(30)
def test_a_pool_whose_threads_all_read_cases_is_never_stuck(reader):
    pool = ThreadPoolExecutor(2)
    eye = reader(pool=pool)
    shots = [picture(replace(SMALL, empty=2), seed) for seed in range(6)]
    read = list(pool.map(eye.read, [shot.image for shot in shots]))
    assert [texts(r) for r in read] == [shot.at(Content.CODE) for shot in shots]
    pool.shutdown()


def test_own_threads_end_with_the_reader():
    before = threading.active_count()
    eye = CaseReader(QR, rows=3, columns=4, budget_ms=LONG_MS)
    eye.read(picture(SMALL).image)
    eye.close()
    assert threading.active_count() == before


def test_the_same_picture_is_read_alike_by_one_worker_and_by_three(reader):
    shot = picture(OpenCase(rows=4, columns=6, empty=2, unreadable=1), 5)
    one, three = (
        reader(rows=4, columns=6, max_workers=n).read(shot.image) for n in (1, 3)
    )
    assert texts(one) == texts(three) == shot.at(Content.CODE)
    assert states(one) == states(three)


@settings(max_examples=30, deadline=None)
@given(
    arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=24)
        | st.sampled_from([(0, 0), (1, 400), (400, 1), (3, 5, 3), (0, 7, 4)]),
    )
)
def test_no_picture_makes_it_fail(pixels):
    eye = CaseReader(QR, rows=3, columns=4, budget_ms=50, max_workers=1)
    result = eye.read(pixels)
    assert (result.codes, result.doubt) == ((), Doubt.NO_GRID)
    assert result.missing_count == 12


def test_a_region_beyond_the_picture_shows_nothing(reader):
    region = Region(x=5000, y=0, width=10, height=10)
    assert reader(region=region).read(picture(SMALL).image).codes == ()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"symbologies": frozenset({Symbology.EAN_13})}, "ean_13"),
        ({"symbologies": frozenset()}, "symbologies"),
        ({"budget_ms": 0}, "budget"),
        ({"max_workers": 0}, "worker"),
        ({"rows": 0}, "case of"),
    ],
)
def test_what_cannot_be_read_is_refused(options, word):
    given_ = {"symbologies": QR, "rows": 3, "columns": 4} | options
    with pytest.raises(ValueError, match=word):
        CaseReader(given_.pop("symbologies"), **given_)


def copied(image, source, target):
    """The cap of one place set on another."""
    side = 150
    half = side // 2
    (x, y), (u, v) = (
        (round(p.centre[0]), round(p.centre[1])) for p in (source, target)
    )
    cap = image[y - half : y + half, x - half : x + half].copy()
    image[v - half : v + half, u - half : u + half] = cap
