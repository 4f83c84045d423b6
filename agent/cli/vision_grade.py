"""`vision grade` and `vision card`: how well a code is printed. 评级, 标准卡"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.tables import table
from agent.cli.vision_input import picture_at, region_of, unusable
from agent.eye.grading import grades_by
from agent.vision.decoded import Decoded
from agent.vision.grading.direct_mark import BRIGHTNESS, brightness
from agent.vision.grading.grade import Method, PrintGrade, letter
from agent.vision.grading.grader import Grader
from agent.vision.grading.reference_card import ReferenceCard, measure_card
from agent.vision.grading.report import METHODS, PARAMETERS, standing
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image
from agent.vision.symbology import Symbology
from agent.vision.symbols.not_gradable import NotGradable

# A person waits for one picture; a line does not.
_BUDGET_MS = 1000.0

Picture = Annotated[Path, typer.Argument(help="a picture of the codes 图片")]
Patch = Annotated[str, typer.Option(metavar="X,Y,W,H", help="inside the patch, px")]
Reflectance = Annotated[
    float, typer.Option(min=0, max=1, help="by the certificate, 0 to 1 反射率")
]


def grade_command(
    picture: Picture,
    *,
    method: Annotated[Method, typer.Option(help="for 2D codes 方法")] = (
        Method.ISO_15415_2011
    ),
    aperture: Annotated[
        float, typer.Option(min=0.2, max=1, help="width measured, modules 孔径")
    ] = 0.8,
    card: Annotated[
        Path | None, typer.Option(help="reference card, by `vision card` 标准卡")
    ] = None,
    symbology: Annotated[
        list[Symbology] | None,
        typer.Option("--symbology", help="any unless told; may be repeated 码制"),
    ] = None,
    least: Annotated[
        float, typer.Option(min=0, max=4, help="grade that is wanted 最低等级")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Grade the codes of a picture, every parameter of them. 评级

    Exit code 0: there is a code, and every one has at least the grade that is wanted.
    """
    image = picture_at(picture)
    try:
        shown = None if card is None else ReferenceCard.load(card)
        grader = Grader(method, aperture=aperture, card=shown)
    except ValueError as error:
        unusable(str(error))
    vision = CodeVision(frozenset(symbology or Symbology), budget_ms=_BUDGET_MS)
    codes = vision.read(image).codes
    if not codes:
        say(f"{picture}: 没有读到码 no code is read")
        raise typer.Exit(Exit.NEGATIVE)
    answers = [_answer(grader, image, code) for code in codes]
    for code, answer in zip(codes, answers, strict=True):
        print(_object(code, answer) if as_json else _shown(code, answer, shown))
    if any(isinstance(a, str) or a.grade < least for a in answers):
        raise typer.Exit(Exit.NEGATIVE)


def card_command(
    picture: Picture,
    *,
    white: Patch,
    white_reflectance: Reflectance,
    black: Patch,
    black_reflectance: Reflectance,
    out: Annotated[Path, typer.Option(help="file for the settings 文件")],
    name: Annotated[str, typer.Option(help="which card it is 编号")] = "",
) -> None:
    """Measure a reference card in a picture taken where codes are read. 标准卡"""
    image = picture_at(picture)
    try:
        measured = measure_card(
            image,
            white=region_of("--white", white),
            black=region_of("--black", black),
            white_reflectance=white_reflectance,
            black_reflectance=black_reflectance,
            name=name,
        )
    except ValueError as error:
        unusable(str(error))
    with plain_errors():
        measured.save(out)
    low, high = measured.scale
    say(
        f"{out}: 0 % = 灰度 grey {low:.1f}, 100 % = 灰度 grey {high:.1f}, "
        f"{measured.measured_at:%Y-%m-%d %H:%M} UTC"
    )


def _answer(grader: Grader, image: Image, code: Decoded) -> PrintGrade | str:
    """The grade, or why there is none."""
    try:
        return grades_by(grader)(image, code)
    except NotGradable as reason:
        return str(reason)


def _shown(code: Decoded, answer: PrintGrade | str, card: ReferenceCard | None) -> str:
    heading = f"{code.symbology}  {code.text}"
    if isinstance(answer, str):
        return f"{heading}\n不能评级 not graded: {answer}"
    now = datetime.now(UTC)
    rows = [
        (
            "  ".join(PARAMETERS[each.name]),
            f"{each.value:.3f}",
            "-" if each.grade is None else f"{each.grade:.1f} {letter(each.grade)}",
        )
        for each in answer.parameters
    ]
    return "\n".join(
        [
            heading,
            f"{answer.grade:.1f} {answer.letter}  {METHODS[answer.method]}",
            standing(answer, "zh", card=card, now=now),
            standing(answer, "en", card=card, now=now),
            table(("参数 parameter", "值 value", "等级 grade"), rows),
            *_exposure(answer),
        ]
    )


def _exposure(grade: PrintGrade) -> list[str]:
    """What to change about a picture that the method wants brighter or darker."""
    seen = brightness(grade)
    if seen is None or seen.is_right:
        return []
    low, high = BRIGHTNESS
    return [
        f"亮度 {seen.light:.0%}，应为 {low:.0%}–{high:.0%}：曝光 × {seen.exposure:.2f}",
        f"Light modules at {seen.light:.0%}, {low:.0%} to {high:.0%} is wanted: "
        f"exposure × {seen.exposure:.2f}",
    ]


def _object(code: Decoded, answer: PrintGrade | str) -> str:
    told: dict[str, object] = {"symbology": code.symbology, "text": code.text}
    if isinstance(answer, str):
        return json.dumps(told | {"not_graded": answer}, ensure_ascii=False)
    told |= {
        "grade": answer.grade,
        "letter": answer.letter,
        "method": answer.method,
        "calibrated": answer.is_calibrated,
        "parameters": {
            each.name: {"value": round(each.value, 4), "grade": each.grade}
            for each in answer.parameters
        },
    }
    return json.dumps(told, ensure_ascii=False)
