"""The window in which the next code is expected."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.decoders import zxing
from agent.vision.reading.following import Following
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES
from simulators.cameras.rendered import PrintedMark, render

QR = frozenset({Symbology.QR})
SIZE = (1280, 1024)


def box(x, y, side=100):
    return ((x, y), (x + side, y), (x + side, y + side), (x, y + side))


def holds(window, x, y, side=100):
    return (
        window.x <= x
        and window.y <= y
        and window.x + window.width >= x + side
        and window.y + window.height >= y + side
    )


def test_one_reading_is_no_habit():
    following = Following()
    assert following.window(*SIZE) is None
    following.saw([box(500, 400)])
    assert following.window(*SIZE) is None
    following.saw([box(500, 400)])
    window = following.window(*SIZE)
    assert holds(window, 500, 400)
    assert window.width < 200


def test_a_restless_code_gets_a_wider_window_and_is_in_it():
    rng = np.random.default_rng(3)
    following = Following()
    held = 0
    for number in range(100):
        x, y = 500 + rng.uniform(-40, 40), 400 + rng.uniform(-40, 40)
        window = following.window(*SIZE)
        if number >= 10:
            held += window is not None and holds(window, x, y)
        following.saw([box(x, y)])
    assert held >= 85


def test_a_slow_drift_is_followed():
    following = Following()
    for step in range(100):
        if step >= 5:
            assert holds(following.window(*SIZE), 200 + 6 * step, 300)
        following.saw([box(200 + 6 * step, 300)])


def test_a_code_that_is_anywhere_has_no_window():
    following = Following()
    for number in range(20):
        following.saw([box(900 * (number % 2), 700 * (number % 2))])
    assert following.window(*SIZE) is None


def test_two_codes_are_not_followed():
    following = Following()
    for _ in range(3):
        following.saw([box(500, 400)])
    following.saw([box(500, 400), box(800, 400)])
    assert following.window(*SIZE) is None


@given(
    st.lists(st.tuples(st.floats(-500, 3000), st.floats(-500, 3000)), max_size=20),
    st.integers(1, 1500),
    st.integers(1, 1500),
)
def test_a_window_is_always_inside_the_picture(seen, width, height):
    following = Following()
    for x, y in seen:
        following.saw([box(x, y)])
    window = following.window(width, height)
    if window is not None:
        assert window.x + window.width <= width
        assert window.y + window.height <= height


@pytest.fixture
def station(drawn, placed):
    """A reader that has read three codes at one place of a large picture."""

    def picture(*codes):
        return placed((1000, 800), *((drawn("qr", t), x, y) for t, x, y in codes))

    vision = CodeVision(QR, budget_ms=60_000)
    for number in range(3):
        vision.read(picture((f"no {number}", 420, 300)))
    return vision, picture


def test_the_reader_looks_first_where_the_codes_have_been(station):
    vision, picture = station
    result = vision.read(picture(("next", 430, 310)))
    assert [code.payload for code in result.codes] == [b"next"]
    assert len(result.tries) == 1
    assert result.tries[0].startswith("expected: ")
    assert result.codes[0].corners[0] == pytest.approx((446, 326), abs=2)


def test_a_code_that_jumps_is_still_read(station):
    vision, picture = station
    result = vision.read(picture(("jumped", 30, 650)))
    assert [code.payload for code in result.codes] == [b"jumped"]
    assert result.codes[0].corners[0] == pytest.approx((46, 666), abs=2)


def test_the_window_is_where_the_code_is_whatever_the_region(drawn, placed):
    region = Region(x=300, y=200, width=600, height=500)
    vision = CodeVision(QR, region, budget_ms=60_000)
    for number in range(3):
        picture = placed((1000, 800), (drawn("qr", f"no {number}"), 420, 300))
        result = vision.read(picture)
        assert result.codes[0].corners[0] == pytest.approx((436, 316), abs=2)
    assert len(result.tries) == 1
    assert result.tries[0].startswith("expected: ")
    assert vision.read(np.full_like(picture, 255)).codes == ()


def test_a_reader_told_not_to_follow_notices_a_second_code_anywhere(drawn, placed):
    vision = CodeVision(QR, budget_ms=60_000, follow=False)
    ours, other = (drawn("qr", "ours"), 420, 300), (drawn("qr", "other"), 30, 650)
    for _ in range(3):
        vision.read(placed((1000, 800), ours))
    result = vision.read(placed((1000, 800), ours, other))
    assert {code.payload for code in result.codes} == {b"ours", b"other"}


@pytest.fixture
def asked_for_one(monkeypatch):
    """Whether zxing-cpp was asked for the first code alone, pass by pass."""
    told = []
    decode = zxing.decode

    def noted(*args, single=False, **kwargs):
        told.append(single)
        return decode(*args, single=single, **kwargs)

    monkeypatch.setattr(zxing, "decode", noted)
    return told


@pytest.mark.parametrize("follow", [True, False])
def test_where_no_second_code_has_room_none_is_looked_for(
    drawn, placed, asked_for_one, follow
):
    vision = CodeVision(QR, budget_ms=60_000, follow=follow)
    for number in range(3):
        picture = placed((150, 150), (drawn("qr", f"no {number}"), 17, 17))
        result = vision.read(picture)
        assert [code.text for code in result.codes] == [f"no {number}"]
        assert len(result.tries) == 1
    # The first pictures tell how large the code is.
    assert asked_for_one == [False, False, follow]


def test_a_second_code_in_a_region_with_room_for_it_is_noticed(drawn, placed):
    """The code strays too far for a window in a region twice as wide as it is."""
    vision = CodeVision(QR, Region(x=50, y=40, width=220, height=120), budget_ms=60_000)
    for x in (82, 112, 82, 112):
        result = vision.read(placed((400, 300), (drawn("qr", "ours"), x, 40)))
        assert [code.text for code in result.codes] == ["ours"]
    assert result.tries[0].startswith("expected: ")
    ours, other = (drawn("qr", "ours"), 50, 40), (drawn("qr", "other"), 154, 40)
    result = vision.read(placed((400, 300), ours, other))
    assert {code.text for code in result.codes} == {"ours", "other"}
    assert len(result.tries) == 1


def test_white_ink_is_learned_and_turned_over_at_the_first_look(drawn, placed):
    vision = CodeVision(QR, budget_ms=60_000)

    def picture(text, turned):
        made = placed((1000, 800), (drawn("qr", text), 420, 300))
        return 255 - made if turned else made

    white = [vision.read(picture(f"white {n}", turned=True)) for n in range(4)]
    assert all(result.codes for result in white)
    assert len(white[0].tries) > 1
    assert white[-1].tries[0].startswith("expected turned over: ")
    assert len(white[-1].tries) == 1
    black = [vision.read(picture(f"black {n}", turned=False)) for n in range(3)]
    assert all(result.codes for result in black)
    assert black[-1].tries[0].startswith("expected: ")
    assert len(black[-1].tries) == 1


def test_a_station_of_poor_prints_soon_reads_them_at_the_first_look():
    """Dots that do not touch, on whole frames: window, size and look are learned.

    Every look takes 0.1 ms: what a busy computer would make of them is not the matter.
    """
    ticks = count()
    vision = CodeVision(QR, budget_ms=60_000, perf=lambda: next(ticks) * 1e-4)
    defects = replace(CLASSES["dot gaps 0.70"], module_px=5.0, shift_px=20)
    results = []
    for number in range(16):
        mark = PrintedMark(symbology=Symbology.QR, text=f"https://h.cn/{number:08d}")
        picture = render(mark, np.random.default_rng(number), defects, (1280, 1024))
        results.append(vision.read(picture))
        assert [code.text for code in results[-1].codes] == [mark.text]
    assert sum(len(result.tries) == 1 for result in results[8:]) >= 7


def test_threads_that_share_a_reader_do_not_mix_their_pictures(drawn, placed):
    vision = CodeVision(QR, budget_ms=60_000)

    def read(number):
        at = 400 + 7 * (number % 5), 300 + 60 * (number % 3)
        picture = placed((1000, 800), (drawn("qr", f"no {number}"), *at))
        return [code.payload for code in vision.read(picture).codes]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(read, range(60)))
    assert found == [[f"no {number}".encode()] for number in range(60)]
