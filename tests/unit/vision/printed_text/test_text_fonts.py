"""The dot fonts, and where the characters of a line stand."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings_vision import PrintedTextSection
from agent.vision.checks.printed_text.expected_text import CHARACTERS
from agent.vision.checks.printed_text.font import (
    ANY,
    SPACE,
    FontName,
    Style,
    dot_font,
    set_line,
)
from agent.vision.checks.printed_text.shapes import line_dots

SIZES = {
    FontName.DOTS_5X5: (5, 5),
    FontName.DOTS_7X5: (7, 5),
    FontName.DOTS_9X7: (9, 7),
}


@pytest.mark.parametrize("name", FontName)
@pytest.mark.parametrize("slashed_zero", [False, True])
def test_a_font_has_every_character_in_its_size(name, slashed_zero):
    font = dot_font(name, slashed_zero=slashed_zero)
    assert {*font.characters, SPACE, ANY} == set(CHARACTERS)
    assert (font.rows, font.columns) == SIZES[name]
    assert all(glyph.shape == SIZES[name] for glyph in font.glyphs.values())


@pytest.mark.parametrize("name", FontName)
@pytest.mark.parametrize("slashed_zero", [False, True])
def test_only_a_plain_zero_and_the_letter_may_be_twins(name, slashed_zero):
    font = dot_font(name, slashed_zero=slashed_zero)
    for one, other in combinations(font.characters, 2):
        apart = int(np.sum(font.glyphs[one] != font.glyphs[other]))
        if {one, other} == {"0", "O"} and not slashed_zero:
            continue
        assert apart >= 2, f"{one} and {other} differ by {apart} dots"
    twins = font.twins("0")
    assert twins == ("0" if slashed_zero or name == FontName.DOTS_9X7 else "0O")


def test_settings_offer_the_fonts_there_are():
    offered = PrintedTextSection.model_json_schema()["properties"]["font"]["enum"]
    assert set(offered) == set(FontName)


@given(text=st.text(alphabet=CHARACTERS + "生产日期", min_size=1, max_size=20))
def test_a_line_gives_every_character_its_own_columns(text):
    style = Style(font=dot_font(FontName.DOTS_7X5))
    if not set(text) & set(style.font.characters):
        with pytest.raises(ValueError, match="nothing in it"):
            set_line(text, style)
        return
    line = set_line(text, style)
    fixed = [c for c in text if c in "生产日期"]
    assert [cell.character for cell in line.cells] == [
        c for c in text if c in CHARACTERS
    ]
    assert all(text[cell.index] == cell.character for cell in line.cells)
    starts = [cell.column for cell in line.cells]
    assert all(b - a >= 6 for a, b in pairwise(starts))
    assert line.columns == 6 * len(line.cells) + 8 * len(fixed) - 1
    assert line_dots(line, style).sum() == sum(
        int(style.font.glyphs[c].sum()) for c in text if c in style.font.glyphs
    )


@pytest.mark.parametrize(("text", "named"), [("L24a", "a"), ("A#B", "#"), ("é1", "é")])
def test_characters_the_font_lacks_are_named(style, text, named):
    with pytest.raises(ValueError, match=f"has no {named}"):
        set_line(text, style)


def test_a_full_width_character_is_as_wide_as_told():
    font = dot_font(FontName.DOTS_7X5)
    told = Style(font=font, fixed_columns=16, char_gap=2)
    assert [c.column for c in set_line("产期1", told).cells] == [36]
    assert [c.column for c in set_line("1产2", told).cells] == [0, 7 + 18]
