"""The drawn print itself."""

from dataclasses import replace

import numpy as np

from agent.vision.checks.printed_text.font import FontName, Style, dot_font, set_line
from agent.vision.checks.printed_text.shapes import line_dots
from simulators.cameras.dot_text import GOOD, Pose, TextPrint, text_dots, text_picture

CLEAN = TextPrint(jitter=0, blur_px=0, noise_grey=0)
POSE = Pose(origin=(20, 10), dot_px=8)


def test_every_dot_stands_where_the_font_has_it(style):
    line = "L24-7:Z"
    picture = text_picture(
        [line], style, POSE, CLEAN, np.random.default_rng(1), size=(420, 90)
    )
    middles = picture[10 + 4 : 10 + 56 : 8, 20 + 4 :: 8][
        :, : set_line(line, style).columns
    ]
    assert np.array_equal(middles < 115, line_dots(set_line(line, style), style))


def test_faults_are_what_they_say(style):
    rng = np.random.default_rng(1)
    all_dots = len(text_dots(["8" * 200], style, CLEAN, rng))
    fewer = replace(CLEAN, missing_dots=0.1)
    assert 0.87 < len(text_dots(["8" * 200], style, fewer, rng)) / all_dots < 0.93
    lost = text_dots(["8" * 9], style, replace(CLEAN, lost_row=0), rng)
    assert lost[:, 1].min() == 1.5
    bowed = text_dots(["-" * 20], style, replace(CLEAN, bow=2), rng)
    ends, middle = bowed[:, 1].max(), bowed[:, 1].min()
    assert ends - middle > 1.8


def test_slant_and_stretch_move_what_they_should():
    at = np.array([(10.0, 0.0), (10.0, 7.0)])
    plain = POSE.points(at, CLEAN)
    leaning = POSE.points(at, replace(CLEAN, slant=0.1, stretch=1.5))
    assert np.allclose(leaning[:, 1], plain[:, 1])
    assert np.allclose((leaning[:, 0] - 20) / 8, [15, 1.5 * 10.7])


def test_second_line_and_contrast():
    style = Style(font=dot_font(FontName.DOTS_5X5), line_gap=3)
    dots = text_dots(["-", "-"], style, CLEAN, np.random.default_rng(1))
    assert sorted(set(dots[:, 1])) == [2.5, 10.5]
    look = replace(GOOD, noise_grey=0, blur_px=0, ink_share=0.5)
    picture = text_picture(
        ["-"], style, POSE, look, np.random.default_rng(1), size=(99, 80)
    )
    assert picture.max() == 190
    assert picture.min() == 115
