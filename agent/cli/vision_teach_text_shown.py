"""What was learned of a printer's characters, as people and programs read it."""

import json
from pathlib import Path
from typing import Final

import numpy as np

from agent.cli.tables import table
from agent.vision.checks.printed_text.matching import Matcher
from agent.vision.checks.printed_text.shapes import shapes_of
from agent.vision.evaluation.text_teaching import Reasons, TextLesson, TooFewPrints

# A character that is drawn as the font has it is like the font's by 0.96 and more.
OWN_WAY: Final = 0.92


def shown(lesson: TextLesson, folder: Path) -> str:
    """What was learned, what was not, what it is worth, what was left out."""
    parts = [
        f"{folder}: {lesson.good} / {lesson.pictures} 图片可用 pictures are good",
        _learned(lesson),
        "\n".join(_rest(lesson)),
        _trial(lesson),
        _named("检查不合格 refused in the check", lesson.refused),
        left_out(lesson.left_out),
    ]
    return "\n\n".join(part for part in parts if part)


def left_out(reasons: Reasons) -> str:
    """The pictures that taught nothing."""
    return _named("未采用 left out", reasons)


def as_object(lesson: TextLesson, path: Path) -> str:
    """One JSON object."""
    trial, likeness = lesson.trial, _likeness(lesson)
    return json.dumps(
        {
            "written": None if lesson.fault else str(path),
            "font": lesson.font.name,
            "pictures": lesson.pictures,
            "good": lesson.good,
            "learned": [
                {"character": c, "pictures": n, "like_the_font": round(likeness[c], 3)}
                for c, n in lesson.learned.items()
            ],
            "weak": lesson.weak,
            "missing": lesson.missing,
            "check": {
                "pictures": trial.prints,
                "passed": trial.passed,
                "passed_by_font": trial.by_font,
                "wrong_texts": trial.wrong,
                "wrong_passed": trial.wrong_passed,
                "wrong_passed_by_font": trial.wrong_by_font,
            },
            "refused": _listed(lesson.refused),
            "left_out": _listed(lesson.left_out),
        },
        ensure_ascii=False,
    )


def failure_object(error: TooFewPrints) -> str:
    """One JSON object where nothing was learned."""
    told = {"written": None, "left_out": _listed(error.left_out)}
    return json.dumps(told, ensure_ascii=False)


def _learned(lesson: TextLesson) -> str:
    headings = ("字符 character", "图片 pictures", "与字库相似 like the font")
    likeness = _likeness(lesson)
    rows = (
        (c, n, f"{likeness[c]:.2f}{' *' if likeness[c] < OWN_WAY else ''}")
        for c, n in lesson.learned.items()
    )
    note = "* 与字库不同 drawn its own way"
    own = any(likeness[c] < OWN_WAY for c in lesson.learned)
    return "\n".join([table(headings, rows), *([note] if own else [])])


def _rest(lesson: TextLesson) -> list[str]:
    """The characters that keep the font's dots."""
    lines = []
    if lesson.weak:
        weak = ", ".join(f"{c} {n}" for c, n in lesson.weak.items())
        lines.append(
            f"图片太少，仍用字库 too few pictures, the font's are used: {weak}"
        )
    if lesson.missing:
        lines.append(
            f"未出现，仍用字库 never shown, the font's are used: {lesson.missing}"
        )
    return lines


def _trial(lesson: TextLesson) -> str:
    trial = lesson.trial
    headings = ("检查 check", "示教 taught", "字库 font", "/")
    rows = (
        ("合格通过 good ones pass", trial.passed, trial.by_font, trial.prints),
        (
            "错字通过 wrong texts pass",
            trial.wrong_passed,
            trial.wrong_by_font,
            trial.wrong,
        ),
    )
    return table(headings, rows)


def _named(heading: str, reasons: Reasons) -> str:
    if not reasons:
        return ""
    return table((heading, "原因 why"), reasons)


def _listed(reasons: Reasons) -> list[dict[str, str]]:
    return [{"picture": name, "why": why} for name, why in reasons]


def _likeness(lesson: TextLesson) -> dict[str, float]:
    """Of every character to the font's own."""
    taught = Matcher.of(lesson.taught.shapes)
    font = Matcher.of(shapes_of(lesson.font))
    each = np.sum(taught.shapes * font.shapes, axis=1).tolist()
    return dict(zip(taught.characters, each, strict=True))
