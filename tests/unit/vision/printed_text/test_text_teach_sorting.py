"""Good prints told from poor ones and wrong texts, and what teaching is worth."""

from dataclasses import replace

import numpy as np
import pytest

from agent.vision.checks.printed_text.font import FontName, Style, dot_font
from agent.vision.checks.printed_text.teach_cells import Example
from agent.vision.checks.printed_text.teach_sorting import (
    Lesson,
    Printer,
    learn,
    sort_out,
)
from agent.vision.checks.printed_text.teach_trial import EXCHANGES, held_out
from simulators.cameras.dot_text import FAINT, FAIR, GOOD, POOR, TYPICAL
from simulators.cameras.text_folder import own_style
from simulators.measure.eye.printed_text import drawn

OWN = own_style()


def example(seed, *lines, look=FAIR, printer=OWN, digits="0123456789"):
    sample = drawn(printer, look, seed, digits, lines=lines or None)
    return Example(image=sample.image, lines=sample.lines, place=sample.place)


@pytest.fixture(scope="module")
def printer(style):
    return Printer(style=style)


@pytest.fixture(scope="module")
def shown():
    """Twelve prints of 24 figures: good, fair and typical in turn."""
    looks = (GOOD, FAIR, TYPICAL)
    return {seed: example(seed, look=looks[seed % 3]) for seed in range(12)}


def test_good_prints_all_teach(printer, shown):
    done = sort_out(printer, shown)
    assert dict(done.left_out) == {}
    assert [each.number for each in done.good] == list(shown)
    assert set(learn(printer, done.good).shown) == set("0123456789")


def test_poor_prints_are_left_out_and_teach_nothing(printer, shown):
    clean = learn(printer, sort_out(printer, shown).good)
    poor = {
        100: example(100, look=POOR),
        101: example(101, look=FAINT),
        102: example(102, look=replace(FAIR, lost_row=3)),
    }
    done = sort_out(printer, shown | poor)
    assert set(done.left_out) == set(poor)
    taught = learn(printer, done.good)
    assert np.array_equal(taught.shapes.images, clean.shapes.images)


def wrong(example, line, index, character):
    text = example.lines[line]
    assert text[index] != character
    lines = list(example.lines)
    lines[line] = text[:index] + character + text[index + 1 :]
    return replace(example, lines=tuple(lines))


def test_wrong_texts_are_left_out_and_teach_nothing(printer, shown):
    """A third of all texts has a wrong figure, each of them one much like the true."""
    like = {"3": "8", "8": "3", "5": "6", "6": "5", "0": "8", "9": "8", "7": "2"}
    texts = dict(shown)
    for number in (1, 4, 7, 10):
        text = shown[number].lines[0]
        index = next(i for i, c in enumerate(text) if c in like)
        texts[number] = wrong(shown[number], 0, index, like[text[index]])
    done = sort_out(printer, texts)
    assert set(done.left_out) == {1, 4, 7, 10}
    for number, why in done.left_out.items():
        assert texts[number].lines[0] in why
    right = {n: e for n, e in shown.items() if n not in done.left_out}
    clean = learn(printer, sort_out(printer, right).good)
    taught = learn(printer, done.good)
    assert np.array_equal(taught.shapes.images, clean.shapes.images)


@pytest.mark.parametrize("mistaken", [(2, 5, 8), (1, 3, 5, 7, 9)])
def test_what_somebody_took_for_another_character_is_not_learned(printer, mistaken):
    """Every 8 of those pictures was called a B: as often as a character needs."""
    shown = {seed: example(seed, "L2480-05", "8062 9058") for seed in range(12)}
    for number in mistaken:
        lines = tuple(line.replace("8", "B") for line in shown[number].lines)
        shown[number] = replace(shown[number], lines=lines)
    done = sort_out(printer, shown)
    assert set(done.left_out) == set(mistaken)
    assert all("looks like 8" in why for why in done.left_out.values())
    assert "B" not in learn(printer, done.good).shown


@pytest.mark.parametrize(
    ("said", "printed", "right", "wrong", "others"),
    [("3", "9", 5, 8, 5), ("7", "T", 4, 5, 5), ("B", "8", 0, 9, 3)],
)
def test_a_wrong_majority_does_not_make_a_character_of_another(
    printer, said, printed, right, wrong, others
):
    """Of the prints said to show one character most show another."""
    shown = {}
    for number in range(right + wrong):
        true = said if number < right else printed
        one = example(number, "L2560", f"EXP 20{true}6")
        shown[number] = replace(one, lines=("L2560", f"EXP 20{said}6"))
    for number in range(right + wrong, right + wrong + others):
        shown[number] = example(number, "L2560", f"EXP 20{printed}6")
    done = sort_out(printer, shown)
    assert set(done.left_out) == set(range(right, right + wrong))
    assert learn(printer, done.good).shown.get(said, 0) == right


def drawing(character, rows):
    """A printer that draws one more figure its own way."""
    dots = np.array([[dot == "#" for dot in row] for row in rows.split()])
    glyphs = {**OWN.font.glyphs, character: dots}
    return Style(font=replace(OWN.font, glyphs=glyphs))


def test_what_two_prints_show_and_a_third_does_not_is_left_out(printer):
    """Of too few others to tell while it is held out, but not by all of them."""
    bent = drawing("7", "##### ....# ...#. ..#.. .#... .#... .#...")
    lines = [("L2560", "EXP 2076")] * 3 + [("L2560", "EXP 2026")] * 4
    shown = {
        number: example(number, *each, printer=bent if number == 2 else OWN)
        for number, each in enumerate(lines)
    }
    left_out = sort_out(printer, shown).left_out
    assert dict(left_out) == {2: "'EXP 2076': 7th character is illegible"}


def test_a_character_that_only_one_print_shows_does_not_cost_the_print(printer):
    """Its own 7 is on one picture: it is not learned, all else on it is."""
    lines = [("L2460", "EXP 2026")] * 6 + [("L2460", "EXP 2076")]
    done = sort_out(printer, {n: example(n, *each) for n, each in enumerate(lines)})
    assert dict(done.left_out) == {}
    taught = learn(printer, done.good)
    assert (taught.shown["7"], taught.shown["4"]) == (1, 7)


def test_texts_that_stand_elsewhere_or_cannot_be_printed_are_told(printer, shown):
    place = replace(shown[0].place, pose=shown[0].place.pose.moved(0, 500))
    odd = {
        100: replace(shown[0], place=place),
        101: replace(shown[0], lines=("L24#7",)),
        102: replace(shown[0], lines=("9" * 40,)),
        103: replace(shown[0], image=np.full_like(shown[0].image, 190)),
    }
    left_out = sort_out(printer, shown | odd).left_out
    assert set(left_out) == set(odd)
    assert "lies outside the picture" in left_out[100]
    assert "has no #" in left_out[101]
    assert "dots wide" in left_out[102]
    assert "no such line is found" in left_out[103]


def test_held_out_prints_pass_by_what_others_teach(printer, shown):
    trial = held_out(printer, sort_out(printer, shown).good)
    assert (trial.prints, trial.passed, trial.by_font) == (12, 12, 0)
    assert (trial.wrong, trial.wrong_passed) == (12 * EXCHANGES, 0)
    assert trial.refused == {}


def test_a_print_is_not_judged_by_itself(printer):
    """Its own 7 stands on three prints of four: what two others show is not learned,
    so each of them is refused when it is held out."""
    lines = [("L2460", "EXP 2076")] * 3 + [("L2460", "EXP 2026")] * 3
    done = sort_out(printer, {n: example(n, *each) for n, each in enumerate(lines)})
    assert len(done.good) == 6
    trial = held_out(printer, done.good)
    assert set(trial.refused) == {0, 1, 2}
    assert (trial.prints, trial.passed) == (6, 3)
    assert all(
        "3rd" not in why and "'EXP 2076'" in why for why in trial.refused.values()
    )


def test_the_fonts_own_printer_needs_no_teaching_and_takes_no_harm(style, printer):
    looks = (GOOD, FAIR)
    shown = {
        seed: example(seed, look=looks[seed % 2], printer=style) for seed in range(8)
    }
    trial = held_out(printer, sort_out(printer, shown).good)
    assert (trial.prints, trial.passed, trial.by_font) == (8, 8, 8)
    assert (trial.wrong_passed, trial.wrong_by_font) == (0, 0)


@pytest.mark.parametrize("name", list(FontName))
def test_every_font_is_learned_whole(name):
    """No character of a font is taken for another one."""
    font = dot_font(name)
    told = Printer(style=Style(font=font))
    characters = "".join(c for c in font.characters if font.twins(c)[0] == c)
    shown = {
        seed: example(seed, look=FAIR, printer=told.style, digits=characters)
        for seed in range(20)
    }
    done = sort_out(told, shown)
    assert dict(done.left_out) == {}
    taught = learn(told, done.good)
    often = [c for c in characters if taught.shown.get(c, 0) >= 3]
    assert len(often) > 35
    assert Lesson.of(told.style, done.good).learned == set(often)


def test_nothing_shown_teaches_nothing(printer):
    with pytest.raises(ValueError, match="no character is shown by 3 good prints"):
        learn(printer, sort_out(printer, {}).good)


def test_light_print_is_learned_too(style):
    light = Printer(style=Style(font=style.font), light_on_dark=True)
    shown = {}
    for seed in range(6):
        dark = example(seed)
        shown[seed] = replace(dark, image=255 - dark.image)
    assert len(sort_out(light, shown).good) == 6
    assert len(sort_out(Printer(style=style), shown).good) == 0
