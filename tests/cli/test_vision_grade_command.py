"""`line-agent vision grade` and `line-agent vision card`."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli.vision import app
from agent.vision.symbology import Symbology
from simulators.cameras.graded import Printing, Shot, draw_matrix, matrix

TEXT = "https://x.cn/abcdefghij"


@pytest.fixture
def graded(tmp_path):
    """Runs the command on a drawn print, as `line-agent vision grade` does."""

    def run(*options, printing=Printing(), shot=Shot(module_px=6)):  # noqa: B008
        path = tmp_path / "print.png"
        modules = matrix(TEXT, Symbology.QR, version=3, ec_level="M")
        cv2.imwrite(str(path), draw_matrix(modules, printing, shot).image)
        return CliRunner().invoke(
            app, ["grade", str(path), "--symbology", "qr", *options]
        )

    return run


@pytest.fixture
def carded(tmp_path):
    """Runs `line-agent vision card` on a drawn card of two patches."""

    def run(*options, white=205, out=tmp_path / "card.json"):
        image = np.full((80, 180), white, np.uint8)
        image[:, 90:] = 45
        path = tmp_path / "shown.png"
        cv2.imwrite(str(path), image)
        given = [
            *("--white", "10,10,40,40", "--white-reflectance", "0.85"),
            *("--black", "110,10,40,40", "--black-reflectance", "0.05"),
            *("--out", str(out), "--name", "KK-12"),
        ]
        return CliRunner().invoke(app, ["card", str(path), *given, *options])

    return run


def test_every_parameter_is_told_with_what_the_grade_is(graded):
    done = graded(printing=Printing(dark=0.2, light=0.72))
    assert done.exit_code == 0
    assert TEXT in done.stdout
    assert "2.0 C  ISO/IEC 15415:2011" in done.stdout
    assert "不是 ISO 检测结论" in done.stdout
    assert "not an ISO verification" in done.stdout
    assert "符号反差  symbol contrast" in done.stdout


def test_one_object_a_code(graded):
    done = graded("--json", "--method", "iso15415_2024")
    told = json.loads(done.stdout)
    assert (told["text"], told["grade"], told["letter"]) == (TEXT, 4.0, "A")
    assert told["method"] == "iso15415_2024"
    assert told["calibrated"] is False
    contrast = told["parameters"]["symbol_contrast"]
    assert contrast["value"] == pytest.approx(0.7, abs=0.02)


def test_a_grade_below_what_is_wanted_ends_with_one(graded):
    faint = Printing(dark=0.2, light=0.72)
    assert graded("--least", "2", printing=faint).exit_code == 0
    assert graded("--least", "2.5", printing=faint).exit_code == 1


def test_a_direct_mark_in_a_dark_picture_wants_more_exposure(graded):
    dark = graded("--method", "iso29158", printing=Printing(dark=0.05, light=0.4))
    assert "Light modules at 40%, 70% to 86% is wanted: exposure × 1.95" in dark.stdout
    right = graded("--method", "iso29158", printing=Printing(dark=0.05, light=0.8))
    assert "exposure" not in right.stdout


def test_what_cannot_be_graded_says_why_and_ends_with_one(graded):
    done = graded(shot=Shot(module_px=2.2))
    assert done.exit_code == 1
    assert "不能评级 not graded: 2.2" in done.stdout
    assert "pixels a module" in done.stdout


def test_nothing_to_read_ends_with_one(graded):
    done = graded(printing=Printing(dark=0.5, light=0.5))
    assert done.exit_code == 1
    assert "no code is read" in done.stderr


def test_a_card_makes_the_grades_calibrated(graded, carded, tmp_path):
    shown = carded()
    assert shown.exit_code == 0
    assert "0 % = 灰度 grey 35.0, 100 % = 灰度 grey 235.0" in shown.stderr
    # 30 % and 70 % of the camera's range are 21 % and 72 % of reflectance.
    print_ = Printing(dark=0.3, light=0.7)
    card = str(tmp_path / "card.json")
    plain = json.loads(graded("--json", printing=print_).stdout)
    known = json.loads(graded("--json", "--card", card, printing=print_).stdout)
    assert (plain["calibrated"], known["calibrated"]) == (False, True)
    assert plain["parameters"]["symbol_contrast"]["grade"] == 2
    assert known["parameters"]["symbol_contrast"]["value"] == pytest.approx(
        0.51, abs=0.01
    )


@pytest.mark.parametrize(
    ("options", "white", "words"),
    [
        ((), 255, "burnt out"),
        (("--white", "10,10,40"), 205, "--white 10,10,40"),
        (("--white", "170,10,40,40"), 205, "outside of the picture"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(carded, tmp_path, options, white, words):
    done = carded(*options, white=white)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "card.json").exists()


def test_a_file_that_is_no_card_is_named(graded, tmp_path):
    path = tmp_path / "no.json"
    path.write_text("{}", encoding="utf-8")
    done = graded("--card", str(path))
    assert done.exit_code == 2
    assert str(path) in done.stderr


def test_a_folder_that_cannot_be_written_is_told(carded, tmp_path):
    done = carded(out=tmp_path / "none" / "card.json")
    assert done.exit_code == 4
    assert not isinstance(done.exception, FileNotFoundError)


@pytest.mark.parametrize("command", ["grade", "card"])
def test_what_is_no_picture_is_refused(tmp_path, command):
    path = tmp_path / "text.png"
    path.write_text("no picture", encoding="utf-8")
    card = [
        *("--white", "1,1,9,9", "--white-reflectance", "0.8", "--black", "1,1,9,9"),
        *("--black-reflectance", "0.1", "--out", str(tmp_path / "x")),
    ]
    options = card if command == "card" else []
    done = CliRunner().invoke(app, [command, str(path), *options])
    assert done.exit_code == 2
    assert str(path) in done.stderr
