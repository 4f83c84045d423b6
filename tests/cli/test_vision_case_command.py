"""`line-agent vision case`: one picture of an open case."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from agent.cli.vision_case import case_command
from simulators.cameras.defects import GOOD
from simulators.cameras.open_case import Content, OpenCase, draw

CASE = OpenCase(rows=3, columns=4, size=(1000, 800), mark=replace(GOOD, module_px=3.5))
app = typer.Typer()
app.command()(case_command)


@pytest.fixture
def case(tmp_path):
    """Runs the command on a drawn case, as `line-agent vision case` does."""

    def run(*options, contents=None, picture=None):
        path = tmp_path / "case.png"
        shot = draw(replace(CASE, contents=contents or {}), np.random.default_rng(1))
        cv2.imwrite(str(path), shot.image)
        size = ["--rows", "3", "--columns", "4", "--budget-ms", "20000"]
        return CliRunner().invoke(app, [str(picture or path), *size, *options])

    return run


def test_a_full_case_ends_with_nought_and_every_code_in_its_place(case):
    done = case("--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["complete"]
    assert len(told["codes"]) == 12
    places = {(code["row"], code["column"]) for code in told["codes"]}
    assert places == {(row, column) for row in (1, 2, 3) for column in (1, 2, 3, 4)}
    assert (told["missing"], told["doubt"], told["strangers"]) == ([], None, [])


def test_a_missing_code_is_named_and_ends_with_one(case):
    done = case(contents={(2, 3): Content.EMPTY})
    assert done.exit_code == 1
    assert "11 / 12" in done.stdout
    assert "第2排第3列 row 2, column 3: 无盖 no cap" in done.stdout


def test_the_corners_it_prints_teach_the_next_picture(case):
    done = case()
    corners = done.stdout.split("--corners ")[1].strip()
    row = {(1, column): Content.EMPTY for column in range(1, 5)}
    again = case("--corners", corners, "--json", contents=row)
    told = json.loads(again.stdout)
    assert told["doubt"] is None
    assert [(m["row"], m["column"]) for m in told["missing"]] == list(row)


def test_the_picture_with_its_places_is_written(case, tmp_path):
    out = tmp_path / "out.png"
    case("--out", str(out), contents={(2, 3): Content.EMPTY})
    drawn = cv2.imread(str(out))
    assert drawn.shape == (800, 1000, 3)
    assert (drawn.std(axis=2) > 40).any()  # colour


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--corners", "1,2"], "8 numbers"),
        (["--region", "a,b,c,d"], "4 numbers"),
        (["--region", "-5,0,10,10"], "region"),
        (["--symbology", "ean_13"], "matrix codes"),
        (["--out", "picture.nonsense"], "use .png"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(case, options, word):
    done = case(*options)
    assert done.exit_code == 2
    assert word in done.stderr


def test_a_file_without_picture_is_said(case, tmp_path):
    text = tmp_path / "text.png"
    text.write_text("no picture")
    for path in (text, tmp_path / "absent.png"):
        done = case(picture=path)
        assert done.exit_code == 2
        assert "no picture that can be opened" in done.stderr
