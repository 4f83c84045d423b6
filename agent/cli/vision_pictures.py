"""`vision pictures`: kept pictures of rejects, read beside a running agent. 剔除图片"""

from dataclasses import asdict
from datetime import datetime
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.tables import table
from agent.pictures.exporting import export, pictures_in
from agent.pictures.kept import KeptPicture
from agent.settings import load
from agent.vision.evaluation.index import INDEX, escaped

app = typer.Typer(no_args_is_help=True)
Reason = Annotated[str, typer.Option("--reason", help="of this reason alone 剔除原因")]
Last = Annotated[int, typer.Option("--last", min=1, help="the newest so many 最近几张")]

HEADINGS = (
    "时间 time",
    "任务 order",
    "序号 item",
    "原因 reason",
    "等级 grade",
    "读到 read",
    "说明 notes",
)


@app.callback()
def pictures() -> None:
    """Pictures of rejects: list them, copy them out. 剔除图片"""


@app.command("list")
def list_(
    settings: SettingsPath = DEFAULT_SETTINGS,
    reason: Reason = "",
    last: Last = 10_000,
    as_json: AsJson = False,
) -> None:
    """What is kept, oldest first. 图片清单"""
    with plain_errors():
        kept = _wanted(load(settings).line.data, reason, last)
    if as_json:
        for each in kept:
            print(dumps(asdict(each) | {"id": each.id}, ensure_ascii=False))
    elif kept:
        print(table(HEADINGS, map(_row, kept)))
    else:
        say("no pictures are kept 没有图片")


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="where to copy them 目标文件夹")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    reason: Reason = "",
    last: Last = 10_000,
) -> None:
    """Copy pictures with an index.csv that `vision test` reads. 导出

    The expected text stands in the index where the code read is one of ours.
    """
    with plain_errors():
        data = load(settings).line.data
        kept = _wanted(data, reason, last)
        if not kept:
            say("no pictures are kept: nothing to export 没有图片")
            raise typer.Exit(Exit.NEGATIVE)
        try:
            count = export(data, kept, folder)
        except FileExistsError:
            say(f"{folder / INDEX} exists already: give another folder")
            raise typer.Exit(Exit.UNUSABLE) from None
    say(f"{count} pictures in {folder} 已导出: line-agent vision test {folder}")


def _wanted(data: Path, reason: str, last: int) -> list[KeptPicture]:
    kept = [each for each in pictures_in(data) if reason in ("", each.reason)]
    return kept[-last:]


def _row(picture: KeptPicture) -> tuple[str, ...]:
    at = datetime.fromtimestamp(picture.at_ms / 1000).astimezone()
    return (
        at.strftime("%Y-%m-%d %H:%M:%S"),
        picture.order,
        str(picture.item),
        picture.reason,
        "-" if picture.grade is None else f"{picture.grade:.1f}",
        escaped(picture.read)[:60],
        escaped(picture.notes)[:60],
    )
