"""Trials and lessons as people and programs read them."""

import json
from collections.abc import Sequence
from pathlib import Path

from agent.cli.tables import table
from agent.vision.evaluation.index import escaped
from agent.vision.evaluation.score import Score, scores, worst
from agent.vision.evaluation.teaching import Lesson
from agent.vision.evaluation.trial import Outcome, Trial

LONGEST_TEXT = 40


def as_object(trial: Trial) -> str:
    """One JSON object."""
    grade, code = trial.grade, trial.codes[0] if trial.codes else None
    return json.dumps(
        {
            "file": trial.example.path.name,
            "outcome": trial.outcome,
            "texts": trial.texts,
            "symbology": code.symbology if code else None,
            "aim": code.aim if code else None,
            "ms": round(trial.ms, 3),
            "variant": code.variant if code else None,
            "grade": None if grade is None else round(grade.grade, 1),
            "parameters": None
            if grade is None
            else {p.name: round(p.value, 4) for p in grade.parameters},
        },
        ensure_ascii=False,
    )


def shown(done: Sequence[Trial], folder: Path, budget_ms: float, lesson: str) -> str:
    """The table, the worst pictures, what to do about them, what they teach."""
    parts = [_scores(scores(done)), _worst(worst(done)), _advice(done), lesson]
    head = f"{folder}: {len(done)} pictures, {budget_ms:g} ms each at most"
    return "\n\n".join([head, *(part for part in parts if part)])


def _scores(rows: Sequence[Score]) -> str:
    headings = (
        "码制 symbology",
        "图片 pictures",
        "读出 read",
        "读错 wrong",
        "漏读 missed",
        "无码 clear",
        "未知 unknown",
        "读出率 rate",
        "p50 ms",
        "p99 ms",
    )
    order = (
        Outcome.READ,
        Outcome.WRONG,
        Outcome.MISSED,
        Outcome.CLEAR,
        Outcome.UNKNOWN,
    )
    return table(
        headings,
        (
            (
                row.name,
                row.pictures,
                *(row.outcomes[each] for each in order),
                "" if row.rate is None else f"{100 * row.rate:.1f} %",
                f"{row.p50_ms:.1f}",
                f"{row.p99_ms:.1f}",
            )
            for row in rows
        ),
    )


def _worst(bad: Sequence[Trial]) -> str:
    if not bad:
        return ""
    headings = ("最差 worst", "结果 outcome", "ms", "应为 expected", "读到 read")
    return table(
        headings,
        (
            (
                trial.example.path.name,
                trial.outcome,
                f"{trial.ms:.1f}",
                _short(trial.example.expected or ""),
                _short(" | ".join(trial.texts)),
            )
            for trial in bad
        ),
    )


def _advice(done: Sequence[Trial]) -> str:
    lines = []
    late = sum(t.timed_out and t.outcome is Outcome.MISSED for t in done)
    if late:
        lines.append(
            f"时限内未看完 {late} 张：试 --budget-ms 60，或示教区域。"
            f"{late} missed pictures ran out of time: try --budget-ms 60, or a region."
        )
    broken = [t for t in done if t.outcome is Outcome.NO_PICTURE]
    if broken:
        names = ", ".join(trial.example.path.name for trial in broken[:3])
        lines.append(f"打不开 cannot be opened as pictures: {len(broken)} ({names})")
    return "\n".join(lines)


def lesson_shown(lesson: Lesson) -> str:
    """What to write into the settings, and how well it did."""
    region = lesson.region
    names = ", ".join(f'"{each}"' for each in lesson.symbologies)
    sizes = ", ".join(f"{columns} x {rows}" for columns, rows in lesson.modules)
    lines = [
        f"# {lesson.read} of {lesson.pictures} pictures read with these settings, "
        f"p50 {lesson.p50_ms:.1f} ms, p99 {lesson.p99_ms:.1f} ms",
        f"# symbol sizes seen, modules: {sizes or 'not to be told'}",
        '# goes into [[stations]] with kind = "reading"',
        f"symbologies = [{names}]",
        f"budget_ms = {lesson.budget_ms}",
    ]
    if lesson.module_px is not None:
        lines.append(f"module_px = {lesson.module_px:.2f}")
    lines.append(
        f"region = {{ x = {region.x}, y = {region.y}, "
        f"width = {region.width}, height = {region.height} }}"
    )
    return "\n".join(lines)


def lesson_object(lesson: Lesson) -> str:
    """One JSON object."""
    region = lesson.region
    return json.dumps(
        {
            "symbologies": lesson.symbologies,
            "region": {
                "x": region.x,
                "y": region.y,
                "width": region.width,
                "height": region.height,
            },
            "modules": lesson.modules,
            "module_px": lesson.module_px,
            "budget_ms": lesson.budget_ms,
            "pictures": lesson.pictures,
            "read": lesson.read,
            "p50_ms": round(lesson.p50_ms, 3),
            "p99_ms": round(lesson.p99_ms, 3),
        }
    )


def _short(text: str) -> str:
    plain = escaped(text)
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"
