"""`vision teach-text`: the printer's own characters, from pictures. 示教字符"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.vision_input import unusable
from agent.cli.vision_teach_text_shown import (
    as_object,
    failure_object,
    left_out,
    shown,
)
from agent.eye.text import box_of, style_of
from agent.settings import ReadingStation, SettingsError, load
from agent.settings_vision import PrintedTextSection
from agent.vision.checks.printed_text.font import set_line
from agent.vision.checks.printed_text.teach_file import save
from agent.vision.checks.printed_text.teach_sorting import Printer
from agent.vision.evaluation.index import (
    INDEX,
    PRINTED,
    Example,
    examples,
    unescaped,
)
from agent.vision.evaluation.teaching import PATIENT_MS
from agent.vision.evaluation.text_examples import Known, lines_of, text_examples
from agent.vision.evaluation.text_teaching import TooFewPrints, learn_text
from agent.vision.evaluation.trial import Readers
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

# A folder is told of now and then, as `vision test` does.
_TOLD_EVERY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Station:
    """The reading station of a settings file, with its printed text."""

    reading: ReadingStation
    text: PrintedTextSection


def teach_text_command(
    folder: Annotated[
        Path,
        typer.Argument(
            help="pictures, with the text of each in index.csv, printed_text 图片"
        ),
    ],
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    text: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=r"printed on every picture, lines with \n between 喷印内容",
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="file to write; absent: `taught` of the settings 文件"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="replace the file there is 覆盖")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn how the printer draws its characters, from pictures of known text. 示教字符

    Pictures that are printed badly, or whose text is wrong, are left out and named.
    Every picture is checked with what the others teach. The file is written only if
    that loses no good print and lets no wrong text pass; else the exit code is 1.
    """
    with plain_errors():
        station = _station(settings)
        path = _target(settings, station, out)
        _check_free(path, overwrite=overwrite)
        known = _known(_pictures(folder, station, text), station)
        try:
            lesson = learn_text(_printer(station.text), known)
        except TooFewPrints as error:
            print(failure_object(error) if as_json else left_out(error.left_out))
            raise
        if not lesson.fault:
            _check_free(path, overwrite=overwrite)
            save(lesson.taught, path)
    print(as_object(lesson, path) if as_json else shown(lesson, folder))
    if lesson.fault:
        say(f"{path} 未写入 is not written: {lesson.fault}")
        raise typer.Exit(Exit.NEGATIVE)
    say(f"{path} 已写入，重启后生效 is written; the agent takes it when it starts")
    if station.text.taught is None:
        say(f'name it in [stations.printed_text]: taught = "{path.absolute()}"')


def _station(settings: Path) -> _Station:
    reading = load(settings).reading
    if reading.printed_text is None:
        problem = (
            "the reading station has no [stations.printed_text]: it says where the "
            "text stands and in which font; see docs/vision/printed-text.md"
        )
        raise SettingsError(settings, [problem])
    return _Station(reading=reading, text=reading.printed_text)


def _target(settings: Path, station: _Station, out: Path | None) -> Path:
    path = out or station.text.taught
    if path is None:
        unusable(
            f"{settings}: no `taught` in [stations.printed_text]; say with --out FILE "
            "where to write"
        )
    if not path.absolute().parent.is_dir():
        unusable(f"{path}: there is no folder {path.absolute().parent}; make it first")
    return path


def _check_free(path: Path, *, overwrite: bool) -> None:
    if path.exists() and not (overwrite and path.is_file()):
        unusable(f"{path} exists already: give another --out, or --overwrite")


def _pictures(folder: Path, station: _Station, text: str) -> list[Example]:
    """All pictures with their printed text; the station's symbologies go before the
    index's."""
    found = examples(folder)
    if not station.reading.symbologies:
        for each in found:
            if each.note:
                say(each.note)
    printed = _given(station, text)
    if printed:
        found = [replace(each, printed=printed) for each in found]
    elif not any(each.printed for each in found):
        unusable(
            f"{folder / INDEX}: no {PRINTED}: write it beside each picture, or say "
            r"with --text 'LINE 1\nLINE 2' what stands on all of them"
        )
    wanted = frozenset(station.reading.symbologies)
    return [replace(each, symbologies=wanted or each.symbologies) for each in found]


def _given(station: _Station, text: str) -> str:
    """The text of all pictures; what the font cannot print is told at once."""
    try:
        printed = unescaped(text)
        for line in lines_of(printed):
            set_line(line, style_of(station.text))
    except ValueError as error:
        unusable(f"--text: {error}")
    return printed


def _known(pictures: Sequence[Example], station: _Station) -> list[Known]:
    given = station.reading.region
    region = None if given is None else Region(**given.model_dump())

    def reader(wanted: frozenset[Symbology]) -> CodeVision:
        return CodeVision(
            wanted,
            region,
            budget_ms=PATIENT_MS,
            module_px=station.reading.module_px,
            follow=False,
        )

    readers = Readers(make=reader, as_line=True)
    box, style = box_of(station.text), style_of(station.text)
    known = []
    for each in text_examples(pictures, readers, box, style):
        known.append(each)
        if len(known) % _TOLD_EVERY == 0 and len(known) < len(pictures):
            say(f"{len(known)} / {len(pictures)}")
    return known


def _printer(text: PrintedTextSection) -> Printer:
    return Printer(
        style=style_of(text),
        minimum_fit=text.minimum_score,
        light_on_dark=text.light_on_dark,
    )
