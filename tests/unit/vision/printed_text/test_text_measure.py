"""The table of the measurement, on few prints."""

from simulators.cameras.dot_text import FAINT, GOOD
from simulators.measure.eye import taught_text
from simulators.measure.eye.printed_text import exchanges, measured, table


def test_a_tally_counts_what_was_tried(style):
    good = measured(style, GOOD, 3, 2)
    assert (good.prints, good.exchanges, len(good.took_ms)) == (3, 6, 3)
    assert (good.false_rejects, good.false_accepts, good.named) == (0, 0, 6)
    faint = measured(style, FAINT, 3, 2)
    assert (faint.false_rejects, faint.false_accepts) == (3, 0)


def test_an_exchange_is_one_character_that_prints_otherwise(style):
    lines = ("L240O", "88881")
    for wrong in exchanges(style.font, lines, 1, 40):
        changed = [
            (line, index, old, new)
            for line, (one, other) in enumerate(zip(lines, wrong.lines, strict=True))
            for index, (old, new) in enumerate(zip(one, other, strict=True))
            if old != new
        ]
        ((line, index, old, new),) = changed
        assert (line, index, old) == (wrong.line, wrong.index, wrong.truth)
        assert new not in style.font.twins(old)


def test_the_table_has_a_row_a_font_and_quality():
    assert table(1, 1).row_count == 9


def test_taught_figures_are_measured_beside_the_fonts():
    made = taught_text.table(1, 1, of=12)
    cells = [list(column.cells) for column in made.columns]
    assert cells[1] == ["font", "taught"] * 4
    assert cells[3][:6] == ["100.0", "0.0"] * 3
    assert cells[5] == ["0"] * 8
