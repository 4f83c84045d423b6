"""`vision trends`: charts of the running line's prints. 印刷质量趋势"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from agent.api.quality_models import (
    QualityChart,
    QualityHead,
    QualityModel,
    QualityWarning,
)
from agent.api.trial_models import TrialRequest
from agent.cli.asking import ask
from agent.cli.exits import say
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.supervising import WHY, By, RoleOf, act_of
from agent.cli.tables import table

HEADINGS = (
    "参数 figure",
    "状态 state",
    "均值 mean",
    "常态 usual",
    "下限 low",
    "上限 high",
    "等级 grade",
    "趋势 trend",
)
STATES = {"settling": "… 学习中 settling", "steady": "✓ 平稳 steady"}
WORSE = "! 变差 worse"
# Eight levels, as wide as a character.
BARS = "▁▂▃▄▅▆▇█"
DRAWN = 24


def trends(
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
    *,
    reset: Annotated[
        str | None,
        typer.Option(
            metavar="HEAD", help="a supervisor: its charts learn anew 重新学习"
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help=f"of --reset: {WHY}")] = "",
    by: By = "",
    role: RoleOf = "",
) -> None:
    """How the line's prints change, and what gets worse. 印刷质量趋势

    With --reset the charts of a head that was cleaned or changed learn anew what is
    usual.
    """
    if reset is not None:
        _reset(settings, reset, act_of(TrialRequest, by=by, reason=reason, role=role))
        return
    quality = ask(settings, lambda client: client.quality())
    if as_json:
        print(quality.model_dump_json())
    elif quality.heads:
        print("\n\n".join(shown(quality)))
    else:
        say("no print was graded yet: see [stations.grading] 尚无评级")


def _reset(settings: Path, head: str, act: TrialRequest) -> None:
    answer = ask(settings, lambda client: client.reset_charts(head, act))
    say(answer.message)


def shown(quality: QualityModel) -> Iterator[str]:
    """Each head as a heading, its warnings and a table."""
    for head in quality.heads:
        yield "\n".join([_heading(head), *map(_warning, head.warnings), *_table(head)])


def _heading(head: QualityHead) -> str:
    grade = "-" if head.grade is None else f"{head.grade:.1f}"
    name = f"{head.head or '-'}, 通道 lane {head.lane}"
    missing = ""
    if head.ungraded:
        missing = f", {head.ungraded} 未评级 ungraded ({head.ungraded_why})"
    cost = f"{head.grading_ms:.0f} ms" if head.grading_ms else "-"
    return (
        f"喷头 head {name}: {head.prints} 次 prints, 等级 grade {grade}, "
        f"评级耗时 grading {cost}{missing}"
    )


def _warning(warning: QualityWarning) -> str:
    where = f" ({warning.detail})" if warning.detail else ""
    return (
        f"! {warning.parameter}{where}: {warning.cause_zh}{warning.remedy_zh} "
        f"{warning.cause_en} {warning.remedy_en}"
    )


def _table(head: QualityHead) -> list[str]:
    return [table(HEADINGS, [_row(chart, head.settle) for chart in head.charts])]


def _row(chart: QualityChart, settle: int) -> tuple[str, ...]:
    state = STATES.get(chart.state, WORSE)
    if chart.state == "settling":
        state += f" {min(chart.prints, settle)}/{settle}"
    return (
        f"{chart.zh} {chart.parameter}",
        state,
        _figure(chart.mean),
        _figure(chart.usual),
        _figure(chart.low),
        _figure(chart.high),
        "-" if chart.grade is None else f"{chart.grade:.1f}",
        sparkline([mean for _, mean in chart.points[-DRAWN:]]),
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def sparkline(values: list[float]) -> str:
    """The run of the values, lowest to highest; flat where they hardly differ."""
    if not values:
        return ""
    low, span = min(values), max(values) - min(values)
    if span < 1e-6:
        return BARS[0] * len(values)
    top = len(BARS) - 1
    return "".join(BARS[round((value - low) / span * top)] for value in values)
