"""Pictures made smaller."""

import numpy as np

from agent.vision.shrinking import halved


def test_a_small_picture_is_left_alone():
    picture = np.zeros((30, 40), np.uint8)
    same, factor = halved(picture, 1200)
    assert same is picture
    assert factor == 1


def test_a_large_one_is_averaged_by_a_power_of_two():
    picture = np.arange(64 * 48, dtype=np.uint8).reshape(48, 64)
    small, factor = halved(picture, 300)
    assert (small.shape, factor) == ((12, 16), 4)
    assert abs(int(small[3, 5]) - picture[12:16, 20:24].mean()) <= 1


def test_odd_sides_lose_a_line_and_thin_pictures_stay():
    assert halved(np.zeros((7, 9), np.uint8), 20)[0].shape == (3, 4)
    assert halved(np.zeros((1, 900), np.uint8), 20)[0].shape == (1, 900)
