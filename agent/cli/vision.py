"""`vision`: try the eye on pictures and let pictures teach it. 视觉"""

from pathlib import Path
from typing import Annotated

import typer
from cv2.utils import logging

from agent.cli import vision_pictures, vision_trends
from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.vision_case import case_command
from agent.cli.vision_grade import card_command, grade_command
from agent.cli.vision_input import region_of, unusable
from agent.cli.vision_shown import as_object, lesson_object, lesson_shown, shown
from agent.cli.vision_teach_text import teach_text_command
from agent.vision.decoded import Decoded
from agent.vision.evaluation.index import Example, examples
from agent.vision.evaluation.teaching import CannotTeach, learn
from agent.vision.evaluation.trial import (
    BUDGET_MS,
    Outcome,
    Readers,
    Trial,
    reader_of,
    trials,
)
from agent.vision.grading.grade import PrintGrade
from agent.vision.grading.grader import Grader
from agent.vision.region import Image, Region
from agent.vision.symbology import Symbology

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[
    Path,
    typer.Argument(help="pictures, with index.csv if it is known what they hold 图片"),
]
Budget = Annotated[
    float, typer.Option("--budget-ms", min=1, help="time a picture may take 时限")
]
RegionText = Annotated[
    str, typer.Option("--region", metavar="X,Y,W,H", help="where to look, px 区域")
]
Wanted = Annotated[
    list[Symbology] | None,
    typer.Option("--symbology", help="instead of the index's; may be repeated 码制"),
]
AsLine = Annotated[
    bool,
    typer.Option(
        "--as-line", help="one reader that learns from picture to picture 按产线方式"
    ),
]


app.command("case")(case_command)
app.command("grade")(grade_command)
app.command("card")(card_command)
app.command("trends")(vision_trends.trends)
app.command("teach-text")(teach_text_command)
app.add_typer(
    vision_pictures.app, name="pictures", help="Pictures of rejects. 剔除图片"
)


@app.callback()
def vision() -> None:
    """Try the eye on pictures and let pictures teach it. 视觉"""
    # Files that hold no picture are told in our own words.
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)


@app.command("test")
def test_command(
    folder: Folder,
    *,
    budget_ms: Budget = BUDGET_MS,
    region: RegionText = "",
    symbology: Wanted = None,
    as_line: AsLine = False,
    grading: Annotated[
        bool, typer.Option("--grade/--no-grade", help="grade what is read 评级")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Read a folder of pictures and count what is read, wrong and missed. 读码测试

    Wrong texts end with exit code 1. Times are reading alone, without the file.
    """
    with plain_errors():
        found = _examples(folder, symbology)
        part = _part(region)
        readers = Readers(
            make=lambda wanted: reader_of(wanted, part, budget_ms=budget_ms),
            as_line=as_line,
        )
        done = []
        for trial in trials(found, readers, _grade if grading else None):
            done.append(trial)
            _progress(done, len(found))
            if as_json:
                print(as_object(trial))
    if not as_json:
        print(shown(done, folder, budget_ms, _suggested(found, done)))
    if any(trial.outcome is Outcome.WRONG for trial in done):
        raise typer.Exit(Exit.NEGATIVE)


@app.command("teach")
def teach_command(
    folder: Folder, *, symbology: Wanted = None, as_json: AsJson = False
) -> None:
    """Find region, symbologies, symbol size and budget from examples. 示教

    Pictures of one camera in their order; what is printed goes into the settings of
    the reading station.
    """
    with plain_errors():
        lesson = learn(_examples(folder, symbology))
    print(lesson_object(lesson) if as_json else lesson_shown(lesson))


def _grade(image: Image, code: Decoded) -> PrintGrade | None:
    grade = Grader().grade(image, code)
    return grade if isinstance(grade, PrintGrade) else None


def _suggested(found: list[Example], done: list[Trial]) -> str:
    """Settings, where the pictures are of one station; else why there are none."""
    try:
        return "建议参数 suggested settings\n" + lesson_shown(learn(found, done))
    except CannotTeach as error:
        return f"无建议参数 no settings to suggest: {error}"


def _examples(folder: Path, wanted: list[Symbology] | None) -> list[Example]:
    found = examples(folder)
    for each in found:
        if each.note:
            say(each.note)
    if not wanted:
        return found
    return [
        Example(
            path=each.path,
            symbologies=frozenset(wanted),
            expected=each.expected,
            is_empty=each.is_empty,
        )
        for each in found
    ]


def _part(text: str) -> Region | None:
    try:
        return region_of("--region", text) if text else None
    except ValueError as error:
        unusable(str(error))


def _progress(done: list[Trial], of: int) -> None:
    if len(done) % 100 == 0 and len(done) < of:
        say(f"{len(done)} / {of}")
