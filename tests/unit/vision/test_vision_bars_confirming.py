"""The quick second opinion: clear prints only, and never because a text would fit."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from agent.vision.check_digit import is_mod10
from agent.vision.decoded import Decoded
from agent.vision.decoders import bars, zxing
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.linear import linear_looks
from agent.vision.symbology import Symbology
from agent.vision.symbols import bar_patterns as patterns
from simulators.cameras.bench_set import SIZE
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

EAN, CODE_128, GS1_128 = Symbology.EAN_13, Symbology.CODE_128, Symbology.GS1_128
EVERY = (EAN, CODE_128, GS1_128)
FAIR = Defects(module_px=3, rotation_deg=3, ink_grey=60, noise_grey=6, blur_px=1)
TEXTS = {
    EAN: "6901234567892",
    CODE_128: "ABC123DEF456",
    GS1_128: "010690123456789210L2407\x1d21AB12CD34EF56",
}
ITF_14 = frozenset({14})
CLOSELY, CLEAR = "confirm bars closely", "confirm bars"


def printed(symbology, text, defects=FAIR, seed=0):
    mark = PrintedMark(symbology=symbology, text=text)
    return render(mark, np.random.default_rng(seed), defects, SIZE)


def first_reading(picture):
    found = zxing.decode(picture, zxing.formats_of(EVERY), "raw", thorough=False)
    return found[0]


def confirmed(picture, reading):
    return [code.payload for code in bars.confirm_clear(picture, [reading], CLEAR)]


@pytest.mark.parametrize("symbology", EVERY)
@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"module_px": 2, "blur_px": 0.6},
        {"module_px": 2.4, "dot_share": 1.2},
        {"tilt": 0.1},
        {"cylinder_deg": 15},
        {"ink_grey": 110},
    ],
    ids=str,
)
def test_a_clear_print_is_confirmed_whatever_its_size_and_way_round(symbology, fault):
    hits = 0
    for seed in range(4):
        picture = printed(symbology, TEXTS[symbology], replace(FAIR, **fault), seed)
        picture = np.ascontiguousarray(picture[:: (-1) ** seed, :: (-1) ** seed])
        found = zxing.decode(picture, zxing.formats_of(EVERY), "raw", thorough=False)
        hits += any(confirmed(picture, each) for each in found)
    assert hits >= 3


@pytest.mark.parametrize("symbology", EVERY)
def test_it_tells_the_place_of_what_it_confirms(symbology):
    picture = printed(symbology, TEXTS[symbology])
    reading = first_reading(picture)
    (witness,) = bars.confirm_clear(picture, [reading], CLEAR)
    assert (witness.decoder, witness.symbology) == (bars.NAME, symbology)
    assert np.abs(np.subtract(witness.corners, reading.corners)).max() < 4
    assert witness.module_px == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("length", [1, 2, 7, 20, 40, 56])
def test_any_number_of_characters(drawn, length):
    text = ("a5Z-" * 14)[:length]
    picture = np.pad(drawn(CODE_128, text, 2), 20, constant_values=255)
    assert confirmed(picture, first_reading(picture)) == [text.encode()]


def test_more_characters_than_fit_one_product_are_left_to_a_closer_look(drawn):
    picture = np.pad(drawn(CODE_128, "x" * 70, 2), 20, constant_values=255)
    assert confirmed(picture, first_reading(picture)) == []


@pytest.mark.parametrize("growth", [-0.25, 0.0, 0.25])
def test_print_growth_makes_no_1_of_a_7_and_no_2_of_an_8(growth):
    """They differ by nothing but how wide their bars are."""
    texts = [t + c for t in ("712817281728", "178127812781") for c in check_digit(t)]
    for text in texts:
        picture = grown(printed(EAN, text, replace(FAIR, module_px=4)), growth * 4)
        reading = first_reading(picture)
        assert confirmed(picture, reading) in ([text.encode()], [])
        for lie in others(text):
            assert confirmed(picture, replace(reading, payload=lie.encode())) == []


def check_digit(digits):
    return next(n for n in "0123456789" if is_mod10((digits + n).encode()))


def others(text):
    """Right check digits, and two digits as growth would have them."""
    swaps = str.maketrans("1728", "7182")
    for at in range(1, 12):
        for to in range(at + 1, 13):
            lie = list(text)
            lie[at], lie[to] = (lie[i].translate(swaps) for i in (at, to))
            if "".join(lie) != text and is_mod10("".join(lie).encode()):
                yield "".join(lie)


def grown(picture, by_px):
    """Bars wider by so many pixels: the darker of what is a little left and right."""
    fine = cv2.resize(picture, None, fx=8, fy=1, interpolation=cv2.INTER_CUBIC)
    kernel = np.ones((1, abs(round(by_px * 8)) + 1), np.uint8)
    change = cv2.erode if by_px > 0 else cv2.dilate
    size = (picture.shape[1], picture.shape[0])
    return cv2.resize(change(fine, kernel), size, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("symbology", EVERY)
def test_a_text_that_is_not_there_is_not_confirmed(symbology):
    """Every text but the printed one is a lie, however like it."""
    picture = printed(symbology, TEXTS[symbology])
    reading = first_reading(picture)
    assert confirmed(picture, reading) == [reading.payload]
    for at in range(len(reading.payload)):
        lie = bytearray(reading.payload)
        lie[at] ^= 1
        assert confirmed(picture, replace(reading, payload=bytes(lie))) == []
    other = GS1_128 if symbology is CODE_128 else CODE_128
    lie = replace(reading, symbology=other, aim="]C2")
    assert confirmed(picture, lie) == []


@pytest.mark.parametrize("symbology", EVERY)
def test_what_is_not_clear_is_not_confirmed(symbology):
    """Grey, noise, half the bars, a place that is none."""
    picture = printed(symbology, TEXTS[symbology])
    reading = first_reading(picture)
    rng = np.random.default_rng(3)
    (left, top), (right, _), (_, bottom), _ = reading.corners
    half = picture.copy()
    half[:, int((left + right) / 2) :] = 180
    noise = rng.integers(0, 256, picture.shape, np.uint8)
    for other in (np.full_like(picture, 180), noise, half, picture[:, ::-1]):
        assert confirmed(np.ascontiguousarray(other), reading) == []
    shifted = tuple((x + (right - left) / 3, y) for x, y in reading.corners)
    point = ((left, top),) * 4
    upright = ((left, top), (left, bottom), (left, bottom), (left, top))
    for place in (shifted, point, upright):
        assert confirmed(picture, replace(reading, corners=place)) == []
    assert confirmed(picture[:0], reading) == []


@pytest.mark.parametrize(
    ("one", "other"), [("6901234567892", "6907234567892"), ("ABC123", "ABD123")]
)
def test_a_character_hardly_more_like_itself_than_another_is_not_clear(one, other):
    """An edge half way between light and dark sees nothing wrong with it."""
    symbology = EAN if len(one) == 13 else CODE_128
    first, second = (
        bars_picture(ean_widths(text) if symbology is EAN else code_128_widths(text))
        for text in (one, other)
    )
    reading = replace(place_of(first), payload=one.encode(), symbology=symbology)
    reading = replace(reading, aim="]E0" if symbology is EAN else "]C0")
    assert confirmed(first, reading) == [one.encode()]
    mixed = cv2.addWeighted(first, 0.56, second, 0.44, 0)
    assert confirmed(mixed, reading) == []


def test_bars_that_are_no_code_are_not_confirmed_and_break_nothing():
    rng = np.random.default_rng(8)
    for edges in [60] * 300 + [44] * 300:
        widths = rng.integers(1, rng.choice((3, 5, 25)), edges - 1)
        assert confirmed(*as_if_read(widths)) == []


@pytest.mark.parametrize("edges", [26, 32, 60])
def test_bars_ever_wider_are_not_confirmed_and_break_nothing(edges):
    """The curve of their places turns back, or leaves the picture."""
    for ratio in (2, 5, 20, 60, 200):
        widths = np.geomspace(1, ratio, edges - 1)
        for each in (widths, widths[::-1], [*widths[::-2], *widths[::2]]):
            assert confirmed(*as_if_read(each)) == []


def as_if_read(widths):
    """With what an edge decoder might say of it."""
    picture = bars_picture(widths)
    reading = place_of(picture)
    is_ean = len(widths) == 59
    return picture, reading if is_ean else replace(reading, symbology=CODE_128)


def test_a_code_128_without_its_stop_is_not_confirmed():
    widths = code_128_widths("AB12")
    picture = bars_picture(widths)
    reading = replace(place_of(picture), symbology=CODE_128, payload=b"AB12", aim="]C0")
    assert confirmed(picture, reading) == [b"AB12"]
    for like_it in (18, 29, 32):
        no_stop = [*widths[:-7], *map(int, patterns.CODE_128[like_it] + "2")]
        assert confirmed(bars_picture(no_stop), reading) == []


def bars_picture(widths):
    """Bar, space, bar and so on; 3 pixels a module."""
    runs = [
        np.full(3 * int(n), 40 if i % 2 == 0 else 200) for i, n in enumerate(widths)
    ]
    row = np.pad(np.concatenate(runs), 36, constant_values=200)
    return np.repeat(row[None].astype(np.uint8), 60, axis=0)


def place_of(picture):
    """What another decoder would say of all these bars."""
    right, bottom = picture.shape[1] - 36.5, 59.0
    return Decoded(
        payload=b"6901234567892",
        text="",
        aim="]E0",
        symbology=EAN,
        decoder=zxing.NAME,
        variant="raw",
        corners=((35.5, 0.0), (right, 0.0), (right, bottom), (35.5, bottom)),
    )


def ean_widths(digits):
    """Also of digits whose last is wrong."""
    first, *rest = map(int, digits)
    left = "".join(
        patterns.EAN_A[digit][:: -1 if of == "B" else 1]
        for digit, of in zip(rest[:6], patterns.EAN_SETS[first], strict=True)
    )
    right = "".join(patterns.EAN_A[digit] for digit in rest[6:])
    return [int(n) for n in f"111{left}11111{right}111"]


def code_128_widths(text):
    """In code set B."""
    values = [104, *(byte - 32 for byte in text.encode())]
    check = (104 + sum(at * value for at, value in enumerate(values))) % 103
    symbols = [patterns.CODE_128[value] for value in (*values, check)]
    return [int(n) for n in "".join(symbols) + patterns.CODE_128_STOP]


def looks_until_settled(picture, reading):
    evidence = Evidence(ITF_14)
    evidence.add([reading])
    names = []
    for look in linear_looks(picture, EVERY, lambda: evidence.waiting):
        names.append(look.name)
        evidence.add(look.read())
        if evidence.is_settled:
            break
    return names


def test_the_chain_is_asked_only_where_the_print_is_not_clear():
    picture = printed(CODE_128, TEXTS[CODE_128])
    reading = first_reading(picture)
    assert looks_until_settled(picture, reading) == [CLEAR]
    (left, _), (right, _), *_ = reading.corners
    picture[:, int((left + right) / 2) :] //= 3
    assert looks_until_settled(picture, reading)[:2] == [CLEAR, CLOSELY]


def test_of_two_codes_only_the_unclear_one_is_asked_about_again():
    clear, unclear = (bars_picture(code_128_widths(text)) for text in ("AB12", "AC12"))
    reading = replace(place_of(clear), symbology=CODE_128, aim="]C0", payload=b"AB12")
    below = tuple((x, y + 260) for x, y in reading.corners)
    other = replace(reading, payload=b"AC12", corners=below)
    unclear[:, : unclear.shape[1] // 2] //= 3
    evidence = Evidence(ITF_14)
    evidence.add([reading, other])
    white = np.full((200, clear.shape[1]), 200, np.uint8)
    picture = np.concatenate([clear, white, unclear])
    looks = linear_looks(picture, EVERY, lambda: evidence.waiting)
    first = next(looks)
    evidence.add(first.read())
    assert [code.payload for code in evidence.codes] == [b"AB12"]
    alone = linear_looks(picture, EVERY, lambda: [other])
    assert next(looks).pixels == [next(alone), next(alone)][1].pixels
