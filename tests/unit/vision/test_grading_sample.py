"""Located symbols measured module by module, against prints whose faults are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from agent.vision.decoded import Decoded
from agent.vision.decoders import zbar, zxing
from agent.vision.symbology import Symbology
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.sample import sample
from simulators.cameras.graded import Printing, Shot, draw_matrix, matrix

QR, DATA_MATRIX = Symbology.QR, Symbology.DATA_MATRIX
AIMS = {QR: "]Q1", DATA_MATRIX: "]d1"}


def symbol(symbology, version):
    return matrix("A12", symbology, version=version)


def found(drawn, symbology, *, off_px=0.0, modules=True, seed=1):
    """What a decoder says of a drawn symbol, its corners off by `off_px`."""
    rows, columns = drawn.modules.shape
    off = np.random.default_rng(seed).normal(0, off_px, size=(4, 2))
    one, two, three, four = map(tuple, (np.array(drawn.corners) + off).tolist())
    return Decoded(
        payload=b"A12",
        text="A12",
        aim=AIMS[symbology],
        symbology=symbology,
        decoder="drawn",
        variant="raw",
        corners=(one, two, three, four),
        modules=(columns, rows) if modules else None,
    )


def axial(measured):
    x, y = measured.pitch_px
    return 2 * abs(x - y) / (x + y)


def grid(measured):
    away = np.linalg.norm(measured.points - measured.ideal_points, axis=-1)
    return away.max() / np.mean(measured.pitch_px)


SYMBOLS = [(QR, 1), (QR, 7), (DATA_MATRIX, 4), (DATA_MATRIX, 12), (DATA_MATRIX, 30)]
PRINTS = [
    Printing(),
    Printing(growth=(0.25, -0.2), stretch=1.08, distortion=0.3),
    Printing(growth=(-0.3, 0.3), distortion=0.5),
    Printing(growth=(0.25, -0.2), stretch=1.08),
]


@pytest.mark.parametrize("printing", PRINTS, ids=["good", "stretched", "bent", "grown"])
@pytest.mark.parametrize(("symbology", "version"), SYMBOLS)
@pytest.mark.parametrize("module_px", [4, 6])
def test_geometry_is_measured_as_it_was_drawn(symbology, version, module_px, printing):
    shot = Shot(
        module_px=module_px,
        rotation_deg=37.0 * version,
        blur_px=0.8,
        noise_grey=3,
        seed=version,
    )
    drawn = draw_matrix(symbol(symbology, version), printing, shot)
    code = found(drawn, symbology, off_px=0.15 * module_px)
    measured = sample(drawn.image, code)
    assert np.array_equal(measured.is_dark, drawn.modules)
    assert set(measured.wrong_codewords) == {0}
    assert axial(measured) == pytest.approx(drawn.axial_nonuniformity, abs=0.005)
    assert grid(measured) == pytest.approx(printing.distortion, abs=0.025)
    assert measured.growth == pytest.approx(printing.growth, abs=0.03)
    away = np.linalg.norm(measured.points - drawn.centres, axis=-1)
    assert away.max() < 0.1 * module_px


@pytest.mark.parametrize("growth", [(0.0, 0.0), (-0.3, 0.3), (0.25, -0.2)])
@pytest.mark.parametrize("version", [1, 12, 30])
def test_a_strong_bend_is_followed_from_the_fixed_patterns(version, growth):
    printing = Printing(distortion=0.6, growth=growth)
    shot = Shot(module_px=5, rotation_deg=50, blur_px=0.6, noise_grey=3)
    drawn = draw_matrix(symbol(DATA_MATRIX, version), printing, shot)
    measured = sample(drawn.image, found(drawn, DATA_MATRIX, off_px=0.7))
    assert np.array_equal(measured.is_dark, drawn.modules)
    assert grid(measured) == pytest.approx(0.6, abs=0.04)


@pytest.mark.parametrize(("symbology", "version"), [(QR, 3), (DATA_MATRIX, 8)])
@pytest.mark.parametrize("seed", range(4))
def test_corners_more_than_half_a_module_off_are_enough(symbology, version, seed):
    shot = Shot(module_px=5, rotation_deg=20, blur_px=0.6, noise_grey=3)
    drawn = draw_matrix(symbol(symbology, version), shot=shot)
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=4)
    off = 0.6 * 5 * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    corners = tuple(map(tuple, (np.array(drawn.corners) + off).tolist()))
    measured = sample(drawn.image, with_(found(drawn, symbology), corners=corners))
    assert np.array_equal(measured.is_dark, drawn.modules)
    assert grid(measured) < 0.03


@pytest.mark.parametrize("version", [2, 5])
def test_a_jump_of_the_belt_is_found_where_it_was(version):
    shot = Shot(module_px=6, blur_px=0.6, noise_grey=2)
    drawn = draw_matrix(symbol(QR, version), shot=shot)
    columns = drawn.modules.shape[1]
    jump = columns // 2
    x = round((drawn.centres[0, jump - 1, 0] + drawn.centres[0, jump, 0]) / 2)
    # Two pixels, a third of a module, stand twice.
    image = np.insert(drawn.image, [x, x], drawn.image[:, x - 1 : x + 1], axis=1)
    measured = sample(image, found(drawn, QR))
    away = measured.points - drawn.centres
    assert away[:, : jump - 2, 0].mean() == pytest.approx(0, abs=0.2)
    assert away[:, jump + 2 :, 0].mean() == pytest.approx(2, abs=0.2)
    # The best straight grid leaves a sixth of a module beside the jump, less what the
    # modules that were widened by it hide.
    assert grid(measured) == pytest.approx(0.13, abs=0.035)


def test_reflectance_is_what_was_printed_quiet_zone_included():
    drawn = draw_matrix(
        symbol(QR, 2), Printing(dark=0.2, light=0.7), Shot(module_px=9, noise_grey=2)
    )
    measured = sample(drawn.image, found(drawn, QR), aperture=0.5)
    whole = np.pad(drawn.modules, 4)
    assert measured.reflectance.shape == whole.shape
    assert measured.reflectance[whole] == pytest.approx(0.2, abs=0.02)
    assert measured.reflectance[~whole] == pytest.approx(0.7, abs=0.02)


def test_a_calibrated_scale_gives_true_reflectance():
    drawn = draw_matrix(symbol(DATA_MATRIX, 4), Printing(dark=0.3, light=0.5))
    code = found(drawn, DATA_MATRIX)
    # A camera that shows 0.3 where black is, and 0.5 where white is.
    measured = sample(drawn.image, code, scale=(0.3 * 255, 0.5 * 255))
    whole = np.pad(drawn.modules, 1)
    assert measured.reflectance[whole] == pytest.approx(0, abs=0.03)
    assert measured.reflectance[~whole] == pytest.approx(1, abs=0.03)


def test_an_aperture_takes_in_what_is_beside_a_module():
    printing = Printing(growth=(-0.4, -0.4))
    drawn = draw_matrix(symbol(DATA_MATRIX, 4), printing, Shot(module_px=10))
    code = found(drawn, DATA_MATRIX)
    small, large = (sample(drawn.image, code, aperture=a) for a in (0.4, 1.0))
    dark = np.pad(drawn.modules, 1)
    assert small.reflectance[dark].mean() < 0.12
    assert large.reflectance[dark].mean() > 0.25


@pytest.mark.parametrize("symbology", [QR, DATA_MATRIX])
def test_light_on_dark_is_told_and_left_as_printed(symbology):
    printing = Printing(dark=0.8, light=0.15, growth=(0.2, 0.1), surround=0.0)
    shot = Shot(module_px=6, rotation_deg=20, blur_px=0.7, noise_grey=2)
    drawn = draw_matrix(symbol(symbology, 4), printing, shot)
    measured = sample(drawn.image, found(drawn, symbology, off_px=1))
    assert measured.is_light_on_dark
    assert np.array_equal(measured.is_dark, ~drawn.modules)
    quiet = measured.layout.quiet_modules
    inner = measured.reflectance[quiet:-quiet, quiet:-quiet]
    assert np.array_equal(inner > 0.5, drawn.modules)
    assert measured.growth == pytest.approx(printing.growth, abs=0.03)


def test_wrong_modules_are_wrong_codewords():
    flipped = [(10, 10), (11, 16), (12, 4)]
    drawn = draw_matrix(
        matrix("DAMAGED", QR, version=2, ec_level="H"),
        Printing(flipped=flipped),
        Shot(module_px=5),
    )
    measured = sample(drawn.image, found(drawn, QR))
    hit = {measured.layout.codeword[at] for at in flipped}
    assert measured.wrong_codewords == (len(hit),)
    assert np.array_equal(measured.is_dark, drawn.modules)


def test_too_much_damage_is_undecodable_yet_measured():
    flipped = [(row, column) for row in range(9, 16) for column in range(9, 20)]
    drawn = draw_matrix(symbol(QR, 1), Printing(flipped=flipped), Shot(module_px=6))
    measured = sample(drawn.image, found(drawn, QR))
    assert measured.is_dark is None
    assert measured.wrong_codewords == (-1,)
    assert axial(measured) < 0.005


@pytest.mark.parametrize("version", [1, 6, 15])
def test_a_decoder_that_does_not_count_modules_is_enough(version):
    shot = Shot(module_px=5, rotation_deg=4, blur_px=0.6, noise_grey=2)
    drawn = draw_matrix(matrix("A12", QR, version=version), shot=shot)
    (code,) = zbar.decode(drawn.image, [QR], "raw")
    assert code.modules is None
    assert np.array_equal(sample(drawn.image, code).is_dark, drawn.modules)


@pytest.mark.parametrize("symbology", [QR, DATA_MATRIX])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_codes_as_the_first_decoder_finds_them(symbology, is_mirrored):
    drawn = draw_matrix(symbol(symbology, 4), shot=Shot(module_px=6, rotation_deg=75))
    image = np.ascontiguousarray(drawn.image[:, :: -1 if is_mirrored else 1])
    (code,) = zxing.decode(image, zxing.formats_of([symbology]), "raw", thorough=True)
    measured = sample(image, code)
    assert np.array_equal(measured.is_dark, drawn.modules)


def test_corners_that_begin_elsewhere_are_put_right():
    drawn = draw_matrix(symbol(DATA_MATRIX, 5), shot=Shot(module_px=6))
    code = found(drawn, DATA_MATRIX)
    one, two, three, four = code.corners
    turned = Decoded(
        payload=b"A12",
        text="A12",
        aim="]d1",
        symbology=DATA_MATRIX,
        decoder="drawn",
        variant="raw",
        corners=(three, four, one, two),
        modules=code.modules,
    )
    assert np.array_equal(sample(drawn.image, turned).is_dark, drawn.modules)


def dotted(modules, pitch, share):
    """Round dots of `share` of the pitch, four times too fine and brought down."""
    fine = 4 * pitch
    axis = np.arange(fine) - (fine - 1) / 2
    dot = np.hypot(axis[:, None], axis[None, :]) <= share * fine / 2
    ink = np.kron(np.pad(modules, 4), dot).astype(np.float32)
    ink = cv2.resize(ink, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.rint(210 - 170 * ink).astype(np.uint8)


@pytest.mark.parametrize("share", [0.7, 0.9])
@pytest.mark.parametrize(("symbology", "version"), [(QR, 3), (DATA_MATRIX, 8)])
def test_dots_with_gaps_are_measured_too(symbology, version, share):
    modules = symbol(symbology, version)
    picture = cv2.GaussianBlur(dotted(modules, 8, share), (0, 0), 0.6)
    rows, columns = modules.shape
    far_x, far_y = 8 * (columns + 4) - 0.5, 8 * (rows + 4) - 0.5
    code = Decoded(
        payload=b"A12",
        text="A12",
        aim=AIMS[symbology],
        symbology=symbology,
        decoder="drawn",
        variant="raw",
        corners=((32.5, 30), (far_x, 31.5), (far_x - 1, far_y), (31.5, far_y + 2)),
        modules=(columns, rows),
    )
    measured = sample(picture, code)
    assert np.array_equal(measured.is_dark, modules)
    assert axial(measured) < 0.005
    assert grid(measured) < 0.05
    # Growth of dots is that of their middle half: the mean of three chords.
    chords = 2 * np.sqrt(share**2 / 4 - np.array([0.2, 0, 0.2]) ** 2)
    assert measured.growth == pytest.approx((chords.mean() - 1,) * 2, abs=0.04)


def test_where_the_picture_ends_there_is_no_reflectance():
    drawn = draw_matrix(symbol(QR, 1), shot=Shot(module_px=8))
    left = round(drawn.corners[0][0]) - 12  # a module and a half of four
    cut = drawn.image[:, left:]
    code = found(drawn, QR)
    corners = tuple((x - left, y) for x, y in code.corners)
    moved = Decoded(
        payload=b"A12",
        text="A12",
        aim="]Q1",
        symbology=QR,
        decoder="drawn",
        variant="raw",
        corners=corners,
        modules=code.modules,
    )
    seen = sample(cut, moved).reflectance
    assert np.isnan(seen[:, :2]).all()
    assert not np.isnan(seen[:, 3:]).any()


def with_(code, **changes):
    fields = {name: getattr(code, name) for name in Decoded.__dataclass_fields__}
    return Decoded(**(fields | changes))


def test_what_cannot_be_graded_says_why():
    drawn = draw_matrix(symbol(QR, 2), shot=Shot(module_px=6))
    code = found(drawn, QR)
    small = draw_matrix(symbol(QR, 2), shot=Shot(module_px=2))
    beyond = ((900, 900), (990, 900), (990, 990), (900, 990))
    with pytest.raises(NotGradable, match=r"(2\.0|1\.9)\d pixels a module"):
        sample(small.image, found(small, QR))
    with pytest.raises(NotGradable, match="cut by the picture's edge"):
        sample(drawn.image[:, :130], code)
    with pytest.raises(NotGradable, match="not in the picture"):
        sample(drawn.image[:20, :20], with_(code, corners=beyond))
    with pytest.raises(NotGradable, match="grid was not found"):
        sample(np.full_like(drawn.image, 128), code)
    with pytest.raises(NotGradable, match="Model 2"):
        sample(drawn.image, with_(code, aim="]Q0"))
    with pytest.raises(NotGradable, match="standard sizes"):
        sample(drawn.image, with_(code, modules=(22, 22)))
    with pytest.raises(NotGradable, match="enclose no symbol"):
        sample(drawn.image, with_(code, corners=((9, 9), (90, 90), (50, 50), (9, 9))))


def test_wrong_arguments_are_refused():
    drawn = draw_matrix(symbol(QR, 2), shot=Shot(module_px=6))
    code = found(drawn, QR)
    with pytest.raises(ValueError, match="scale"):
        sample(drawn.image, code, scale=(200, 100))
    with pytest.raises(ValueError, match="aperture"):
        sample(drawn.image, code, aperture=1.5)
    with pytest.raises(ValueError, match="8-bit"):
        sample(drawn.image.astype(np.float64), code)


def test_colour_pictures_are_measured_as_grey_ones():
    drawn = draw_matrix(symbol(QR, 2), shot=Shot(module_px=6))
    code = found(drawn, QR)
    grey = sample(drawn.image, code)
    colour = sample(np.dstack([drawn.image] * 3), code)
    assert np.array_equal(grey.reflectance, colour.reflectance)


WORN = draw_matrix(symbol(QR, 2), shot=Shot(module_px=4, blur_px=0.5))
PIXELS = st.floats(-50, 250)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_picture_and_no_corners_do_worse_than_not_gradable(data):
    if data.draw(st.booleans()):
        shapes = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60)
        image = data.draw(arrays(np.uint8, shapes))
    else:
        image = WORN.image.copy()
        row, column = (data.draw(st.integers(0, n - 1)) for n in image.shape)
        image[row:, column:] = data.draw(st.integers(0, 255))
    corners = data.draw(
        st.just(WORN.corners) | st.tuples(*[st.tuples(PIXELS, PIXELS)] * 4)
    )
    code = with_(
        found(WORN, QR),
        corners=corners,
        aim=data.draw(st.sampled_from(["]Q1", "]Q3", "]d1", "]d2"])),
        modules=data.draw(st.sampled_from([None, (25, 25), (26, 26), (48, 16)])),
        ec_level=data.draw(st.sampled_from([None, "L", "H", "?"])),
    )
    try:
        measured = sample(image, code)
    except NotGradable:
        return
    for figures in (measured.points, measured.ideal_points, measured.growth):
        assert np.isfinite(figures).all()
