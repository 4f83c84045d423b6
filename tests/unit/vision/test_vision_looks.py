"""The cascade as data, and a picture prepared for a look."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from agent.vision.decoders import zxing
from agent.vision.reading.cascade import Expected, steps, whole_of
from agent.vision.reading.look import Axis, Bend, Decoder, Look
from agent.vision.reading.looks import RAW, Wanted, place_looks
from agent.vision.reading.preparing import BODY_SHARE, prepare
from agent.vision.region import Region
from agent.vision.symbology import Symbology

SMALL, LARGE = (300, 300), (1024, 1280)
ALL = Wanted(qr=True, data_matrix=True, linear=True)
QR = Wanted(qr=True, data_matrix=False, linear=False)
DATA_MATRIX = Wanted(qr=False, data_matrix=True, linear=False)
LINEAR = Wanted(qr=False, data_matrix=False, linear=True)
HERE = Region(x=10, y=20, width=120, height=100)
THERE = Region(x=150, y=20, width=100, height=100)


def expected(wanted, place, module_px=None):
    return Expected(
        place=place,
        holds_one=False,
        is_light_on_dark=False,
        module_px=module_px,
        looks=place_looks(wanted),
    )


class Asked:
    """Gives the places `found`, no bars, and notes when places were asked for."""

    def __init__(self, found=(), first_pixels=1e9):
        self.found, self.most_pixels = found, first_pixels
        self.times = 0

    def first_pixels(self):
        return self.most_pixels

    def bars(self):
        return iter(())

    def places(self):
        self.times += 1
        return self.found


def cascade(
    wanted, shape=SMALL, found=(), module_px=None, window=None, first_pixels=1e9
):
    known = expected(wanted, window or whole_of(*shape), module_px)
    ask = Asked(found, first_pixels)
    return list(steps(np.zeros(shape, np.uint8), wanted, known, ask))


@pytest.mark.parametrize("wanted", [ALL, QR, DATA_MATRIX, LINEAR])
@pytest.mark.parametrize("module_px", [None, 1.5, 4.0, 30.0])
@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_every_cascade_has_a_plain_look_and_none_twice_alike(wanted, module_px, shape):
    names = [s.name for s in cascade(wanted, shape, [HERE], module_px=module_px)]
    assert RAW.name in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("wanted", [ALL, QR, DATA_MATRIX])
def test_every_look_gets_its_turn_at_every_place(wanted):
    made = cascade(wanted, LARGE, [HERE, THERE], module_px=5, window=HERE)
    for place in (1, 2):
        tried = [step.look for step in made if step.place == place]
        assert tried == list(place_looks(wanted))
    first = [step.place for step in made].index
    assert first(0) < first(None) < first(1) < first(2)


def test_places_are_looked_for_only_when_the_whole_has_been_looked_at():
    asked = Asked([HERE])
    picture = np.zeros(LARGE, np.uint8)
    looks = steps(picture, QR, expected(QR, whole_of(*LARGE)), asked)
    assert next(looks).place is None
    assert asked.times == 0
    assert next(looks).place == 1
    assert asked.times == 1


@pytest.mark.parametrize(
    ("module_px", "shape", "first"),
    [(None, SMALL, "raw"), (None, LARGE, "1/2 size"), (10.0, LARGE, "1/4 size")],
)
def test_the_first_plain_look_has_as_few_pixels_as_will_do(module_px, shape, first):
    plain = [s for s in cascade(LINEAR, shape, module_px=module_px) if s.place is None]
    assert plain[0].name == first


def test_the_first_look_is_as_small_as_the_budget_needs():
    assert cascade(QR, LARGE, first_pixels=100_000)[0].name == "1/4 size"
    assert cascade(QR, SMALL, first_pixels=1)[0].name == "1/300 size"


def test_a_place_far_from_the_learned_size_is_taken_by_its_own():
    for told_px, taken_px in ((12.0, 120 / 36), (4.0, 4.0)):
        made = cascade(QR, LARGE, [HERE], module_px=told_px)
        at_place = [step for step in made if step.place == 1]
        assert at_place
        assert all(step.scale == step.look.scale(taken_px) for step in at_place)


def test_zbar_is_asked_only_for_what_it_knows():
    def asks_zbar(wanted):
        made = cascade(wanted, SMALL, [HERE])
        return any(step.look.decoder is Decoder.ZBAR for step in made)

    assert asks_zbar(QR)
    assert asks_zbar(LINEAR)
    assert not asks_zbar(DATA_MATRIX)


def test_zbar_is_asked_early_where_that_is_cheap():
    def place_of_zbar(shape):
        made = cascade(QR, shape, [HERE])
        names = [step.name for step in made]
        return names.index("zbar") / len(names)

    assert place_of_zbar((240, 240)) < 0.5
    assert place_of_zbar(LARGE) > 0.9


@pytest.mark.parametrize("from_px", [2.0, 4.0, 8.0, 24.0])
def test_a_prepared_picture_has_the_scale_it_says(from_px):
    picture = np.full((90, 120), 128, np.uint8)
    look = Look(name="x", from_px=from_px, to_px=4.0, blur_px=1, equalise=True)
    view = prepare(picture, look, 4.0 / from_px, 1e9)
    assert view.scale == pytest.approx(4.0 / from_px)
    assert view.picture.shape == pytest.approx(
        (90 * view.scale, 120 * view.scale), abs=1
    )
    assert view.picture.dtype == np.uint8


def test_a_view_is_never_larger_than_is_allowed():
    picture = np.zeros((400, 1000), np.uint8)
    view = prepare(picture, Look(name="x", to_px=10), 3.0, 100_000)
    assert view.picture.size <= 100_500
    assert prepare(picture, RAW, 1.0, 1e9).picture is picture


def test_a_sliver_is_not_shrunk_to_nothing():
    sliver = np.zeros((3, 300), np.uint8)
    view = prepare(sliver, Look(name="x"), 4 / 24, 1e9)
    assert (view.picture.shape, view.scale) == ((3, 300), 1.0)


def test_preparing_leaves_the_picture_alone():
    picture = np.random.default_rng(1).integers(0, 256, (60, 60), np.uint8)
    before = picture.copy()
    for step in cascade(ALL, SMALL, [HERE]):
        prepare(picture, step.look, step.scale, 1e6)
    assert np.array_equal(picture, before)


def bottled(flat, half_deg):
    """A print as it is seen around a bottle whose edges are its own."""
    side = flat.shape[1]
    seen = (np.arange(side) + 0.5) / side * 2 - 1
    half_rad = np.radians(half_deg)
    angle = np.arcsin(seen * np.sin(half_rad)) / half_rad
    across = np.tile(((angle + 1) * side / 2 - 0.5).astype(np.float32), (side, 1))
    down = np.tile(np.arange(side, dtype=np.float32)[:, None], (1, side))
    return np.asarray(cv2.remap(flat, across, down, cv2.INTER_LINEAR), np.uint8)


def test_a_bottle_rolled_out_is_flat_again_and_corners_come_back(drawn):
    flat = drawn("qr", "BOTTLE-123456", 6)
    pad = round(flat.shape[0] * (1 / BODY_SHARE - 1) / 2)
    seen = np.pad(bottled(flat, 45), pad, constant_values=255)
    look = Look(name="x", bend=Bend(axis=Axis.X, half_deg=45))
    view = prepare(seen, look, 1, 1e9)
    rolled = view.picture[pad:-pad, pad:-pad].astype(int)
    assert np.mean(np.abs(rolled - flat)) < 12
    assert np.mean(np.abs(seen[pad:-pad, pad:-pad].astype(int) - flat)) > 25
    formats = zxing.formats_of({Symbology.QR})
    (code,) = zxing.decode(view.picture, formats, "x", thorough=False)
    quiet, half = 4 * 6, flat.shape[0] / 2
    inner = np.sin(np.radians(45) * (1 - quiet / half)) / np.sin(np.radians(45)) * half
    left, top = view.back(code, 0, 0).corners[0]
    assert left == pytest.approx(pad + half - inner, abs=2)
    assert top == pytest.approx(pad + quiet, abs=2)


@pytest.mark.parametrize("symbology", ["qr", "data_matrix"])
@pytest.mark.parametrize("is_printed_mirrored", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_a_mirrored_look_tells_the_corners_that_a_plain_one_tells(
    drawn, symbology, is_printed_mirrored, turns
):
    code = np.rot90(drawn(symbology, "MIRROR", 5), turns)
    code = np.ascontiguousarray(code[:, ::-1] if is_printed_mirrored else code)
    formats = zxing.formats_of({Symbology(symbology)})
    told = []
    for look in (Look(name="x"), Look(name="x", mirror=True)):
        view = prepare(code, look, 2.0, 1e9)
        (read,) = zxing.decode(view.picture, formats, "x", thorough=False)
        told.append(view.back(read, 0, 0))
    plain, mirrored = told
    assert mirrored.module_px == pytest.approx(5, abs=0.3)
    for seen, wanted in zip(mirrored.corners, plain.corners, strict=True):
        assert seen == pytest.approx(wanted, abs=3)


def test_two_looks_that_differ_have_two_names():
    looks = place_looks(Wanted(qr=True, data_matrix=True, linear=False))
    assert len({look.name for look in looks}) == len(
        {replace(x, name="") for x in looks}
    )
