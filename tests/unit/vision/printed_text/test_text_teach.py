"""Learning a printer's own characters."""

from dataclasses import replace

import numpy as np
import pytest

from agent.vision.checks.printed_text.font import DotFont, FontName, Style, dot_font
from agent.vision.checks.printed_text.teach import teach
from agent.vision.checks.printed_text.teach_cells import Example
from agent.vision.checks.printed_text.teach_file import load, save
from agent.vision.checks.printed_text.verify import TextVerifier
from simulators.cameras.dot_text import FAIR, GOOD, TYPICAL
from simulators.measure.eye.printed_text import drawn, exchanges

DIGITS = "0123456789"
OWN = {
    "1": "..#.. .##.. #.#.. ..#.. ..#.. ..#.. #####",
    "4": "#..#. #..#. #..#. ##### ...#. ...#. ...#.",
    "7": "##### ....# ...#. .###. ..#.. ..#.. ..#..",
    "3": "##### ....# ...#. ..##. ....# #...# .###.",
}


@pytest.fixture(scope="module")
def own(style):
    """A printer that draws some figures its own way."""
    glyphs = dict(style.font.glyphs)
    for character, rows in OWN.items():
        glyphs[character] = np.array([[d == "#" for d in r] for r in rows.split()])
    return Style(font=DotFont(name="7x5", rows=7, columns=5, glyphs=glyphs))


def examples(own, count=8):
    made = (drawn(own, FAIR, seed, DIGITS) for seed in range(count))
    return [Example(image=p.image, lines=p.lines, place=p.place) for p in made]


@pytest.fixture(scope="module")
def taught(style, own):
    return teach(style, examples(own))


def passed(verifier, sample, lines=None):
    return all(
        v.passed for v in verifier(sample.image, lines or sample.lines, sample.place)
    )


def test_own_figures_pass_once_taught_and_wrong_ones_do_not(style, own, taught):
    before, after = TextVerifier(style), TextVerifier(style, taught.shapes)
    samples = [drawn(own, TYPICAL, 50 + seed, DIGITS) for seed in range(20)]
    assert sum(passed(before, sample) for sample in samples) <= 2
    assert sum(passed(after, sample) for sample in samples) >= 19
    font = replace(own.font, glyphs={c: own.font.glyphs[c] for c in DIGITS})
    for seed, sample in enumerate(samples):
        for wrong in exchanges(font, sample.lines, seed, 5):
            assert not passed(after, sample, wrong.lines)


def test_characters_not_shown_still_count(style, own, taught):
    """An 8 taught, a B never shown: a B does not pass for the 8."""
    verifier = TextVerifier(style, taught.shapes)
    for pair in ("8B", "5S", "2Z", "6G"):
        for printed, expected in (pair, pair[::-1]):
            sample = drawn(own, FAIR, 2, "", lines=(f"0{printed}926",))
            assert not passed(verifier, sample, (f"0{expected}926",))
            assert passed(verifier, sample), pair


def test_teaching_is_deterministic_and_counts_what_was_shown(style, own, taught):
    again = teach(style, examples(own))
    assert np.array_equal(again.shapes.images, taught.shapes.images)
    texts = ["".join(example.lines) for example in examples(own)]
    assert taught.shown == {d: sum(d in text for text in texts) for d in DIGITS}


def test_a_file_gives_back_what_was_taught(style, taught, tmp_path):
    path = tmp_path / "head-1.npz"
    save(taught, path)
    found = load(path, style.font)
    assert found.shown == {**dict.fromkeys(style.font.characters, 0), **taught.shown}
    assert np.array_equal(found.shapes.images, taught.shapes.images)


def test_a_file_of_another_font_or_version_is_refused(
    style, taught, tmp_path, monkeypatch
):
    path = tmp_path / "head-1.npz"
    save(taught, path)
    with pytest.raises(ValueError, match="taught for the font 7x5, not for 5x5"):
        load(path, dot_font(FontName.DOTS_5X5))
    monkeypatch.setattr("agent.vision.checks.printed_text.teach_file.VERSION", 2)
    with pytest.raises(ValueError, match="another version"):
        load(path, style.font)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"text", b"\x93NUMPY"])
def test_a_file_that_is_none_is_refused(style, tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no file of taught characters"):
        load(path, style.font)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz", style.font)


def test_a_damaged_file_is_refused(style, taught, tmp_path):
    path = tmp_path / "x.npz"
    shapes = replace(taught.shapes, images=taught.shapes.images * np.float32("nan"))
    save(replace(taught, shapes=shapes), path)
    with pytest.raises(ValueError, match="damaged"):
        load(path, style.font)
    save(taught, path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="no file of taught characters"):
        load(path, style.font)


def test_wrong_text_is_not_learnt(style, own):
    shown = examples(own, 4)
    lines = tuple(text[::-1] for text in shown[2].lines)
    with pytest.raises(ValueError, match="example 3"):
        teach(style, [*shown[:2], replace(shown[2], lines=lines)])


def test_one_wrong_figure_in_an_example_is_found(style, own):
    shown = examples(own, 6)
    first, second = shown[2].lines
    old = second[4]
    new = "3" if old == "8" else "8"
    wrong = second[:4] + new + second[5:]
    with pytest.raises(ValueError, match=f"example 3, '{wrong}': 5th .* like {old}"):
        teach(style, [*shown[:2], replace(shown[2], lines=(first, wrong)), *shown[3:]])


def test_another_alphabet_is_not_learnt(style, own):
    """Figures that have nothing of the font's stand for another font."""
    glyphs = {**style.font.glyphs, "1": style.font.glyphs["N"]}
    foreign = Style(font=replace(style.font, glyphs=glyphs))
    shown = []
    for seed in range(3):
        sample = drawn(foreign, GOOD, seed, "", lines=("L2407", "1B2345"))
        shown.append(
            Example(image=sample.image, lines=sample.lines, place=sample.place)
        )
    with pytest.raises(ValueError, match="character 1 is nothing like 1"):
        teach(style, shown)


def test_one_picture_is_too_few(style):
    sample = drawn(style, GOOD, 1, "", lines=("ABCDEF",))
    example = Example(image=sample.image, lines=sample.lines, place=sample.place)
    with pytest.raises(ValueError, match="no character was shown on 3 prints"):
        teach(style, [example])


def test_characters_that_come_out_alike_are_refused(style):
    """Every 8 called a B: then nothing would tell them apart."""
    glyphs = {**style.font.glyphs, "B": style.font.glyphs["8"]}
    sloppy = Style(font=replace(style.font, glyphs=glyphs))
    shown = []
    for seed in range(3):
        sample = drawn(sloppy, GOOD, seed, "", lines=("L8B2407", "B88B42"))
        shown.append(
            Example(image=sample.image, lines=sample.lines, place=sample.place)
        )
    with pytest.raises(ValueError, match="look alike"):
        teach(style, shown)
