"""`vision pictures` and `vision trends` as people and programs call them."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from agent.api.quality_models import (
    QualityChart,
    QualityHead,
    QualityModel,
    QualityWarning,
)
from agent.cli import vision_pictures, vision_trends
from agent.cli.vision_trends import sparkline
from agent.pictures.kept import KeptPicture
from agent.pictures.shelf import Quota, Shelf
from agent.vision.evaluation.index import examples

trends_app = typer.Typer()
trends_app.command("trends")(vision_trends.trends)


@pytest.fixture
def kept(empty):
    """Settings whose line kept three pictures."""
    data = empty.parent / "data"
    data.mkdir()
    shelf = Shelf(data / "pictures", Quota(pictures=9, size=10**6), lambda _folder: 0.5)
    shelf.open()
    for item, reason in ((1, "no_read"), (2, "low_grade"), (3, "low_grade")):
        picture = KeptPicture(
            at_ms=1_772_000_000_000 + item,
            order="MO-1",
            boot=7,
            item=item,
            reason=reason,
            read="" if item == 1 else f"0106901234567892\x1d21A{item}",
            code_known=item != 1,
            symbology="" if item == 1 else "gs1_data_matrix",
            grade=None if item == 1 else 1.4,
            notes="歪斜 12° skewed" if item == 3 else "",
        )
        assert shelf.put(picture, np.full((8, 8), item, np.uint8))
    return empty


def run(*arguments):
    return CliRunner().invoke(vision_pictures.app, [str(each) for each in arguments])


def test_a_list_of_what_is_kept(kept) -> None:
    result = run("list", "-s", kept)
    assert result.exit_code == 0, result.output
    heading, *rows = result.stdout.splitlines()
    assert "剔除" not in heading
    assert [row.split()[2:5] for row in rows] == [
        ["MO-1", "1", "no_read"],
        ["MO-1", "2", "low_grade"],
        ["MO-1", "3", "low_grade"],
    ]
    assert "\\x1d21A3" in rows[2]
    assert rows[2].endswith("歪斜 12° skewed")
    assert "\x1d" not in result.stdout


def test_one_reason_and_the_newest_alone(kept) -> None:
    result = run("list", "--reason", "low_grade", "--last", 1, "--json", "-s", kept)
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    assert (told["id"], told["item"], told["grade"]) == (
        "1772000000003-7-3-low_grade",
        3,
        1.4,
    )


def test_an_export_is_a_set_for_vision_test(kept, tmp_path) -> None:
    out = tmp_path / "out"
    result = run("export", out, "-s", kept)
    assert result.exit_code == 0, result.output
    assert "3 pictures" in result.output
    found = examples(out)
    assert [each.expected for each in found] == [
        None,
        "0106901234567892\x1d21A2",
        "0106901234567892\x1d21A3",
    ]
    again = run("export", out, "-s", kept)
    assert again.exit_code == 2
    assert "exists already" in again.output


def test_where_nothing_is_kept(empty, tmp_path) -> None:
    assert run("list", "-s", empty).exit_code == 0
    result = run("export", tmp_path / "out", "-s", empty)
    assert result.exit_code == 1
    assert "nothing to export" in result.output
    assert not (tmp_path / "out").exists()


def test_trends_need_a_running_agent(empty) -> None:
    result = CliRunner().invoke(trends_app, ["-s", str(empty)])
    assert result.exit_code == 4
    assert "is it running" in result.output


def test_charts_as_people_read_them() -> None:
    warning = QualityWarning(
        head="jet",
        lane=1,
        parameter="symbol_contrast",
        cause="ink",
        cause_zh="墨迹变淡。",
        cause_en="The ink fades.",
        remedy_zh="清洁喷头。",
        remedy_en="Clean the head.",
        value=0.61,
        usual=0.77,
        item=412,
    )
    charts = (
        QualityChart(
            parameter="symbol_contrast",
            zh="符号反差",
            state="worse",
            prints=950,
            mean=0.6123,
            usual=0.77,
            low=0.73,
            high=None,
            grade=3.44,
            points=tuple((n, 0.8 - n / 100) for n in range(30)),
        ),
        QualityChart(
            parameter="modulation",
            zh="调制比",
            state="settling",
            prints=150,
            mean=None,
            usual=None,
            low=None,
            high=None,
            grade=4.0,
        ),
    )
    head = QualityHead(
        head="jet",
        lane=1,
        prints=950,
        grade=2.96,
        ungraded=3,
        grading_ms=13.2,
        ungraded_why="cut off",
        settle=200,
        charts=charts,
        warnings=(warning,),
    )
    (text,) = vision_trends.shown(QualityModel(heads=(head,)))
    first, told, _, contrast, modulation = text.splitlines()
    assert "jet" in first
    assert "grading 13 ms" in first
    assert "3 未评级 ungraded (cut off)" in first
    assert told == (
        "! symbol_contrast: 墨迹变淡。清洁喷头。 The ink fades. Clean the head."
    )
    assert contrast.split()[:8] == [
        "符号反差",
        "symbol_contrast",
        "!",
        "变差",
        "worse",
        "0.612",
        "0.770",
        "0.730",
    ]
    assert contrast.endswith("▁")
    assert "150/200" in modulation


def test_sparklines_never_divide_by_nothing() -> None:
    assert sparkline([]) == ""
    assert sparkline([0.5]) == "▁"
    assert sparkline([0.0, 1.0, 0.5]) == "▁█▅"
