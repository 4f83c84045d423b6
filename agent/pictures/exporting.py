"""Kept pictures into a folder that `line-agent vision test` can read."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.pictures.kept import SUFFIX, KeptPicture
from agent.pictures.shelf import FOLDER_NAME, read_picture
from agent.vision.evaluation.index import INDEX, escaped

COLUMNS: Final = (
    "file", "symbology", "expected_text",
    "reason", "read", "grade", "time", "order", "boot", "item", "notes",
)  # fmt: skip


def pictures_in(data: Path) -> Iterator[KeptPicture]:
    """What lies in a line's data folder, oldest first; torn files are passed over."""
    for path in sorted((data / FOLDER_NAME).glob(f"*{SUFFIX}")):
        try:
            yield read_picture(path)
        except (ValueError, FileNotFoundError):
            continue


def export(data: Path, pictures: Sequence[KeptPicture], folder: Path) -> int:
    """Copy `pictures` out of a data folder, with an index; how many there were.

    A picture that the running agent threw out meanwhile is left out. OSError if the
    folder cannot be written; FileExistsError if it holds an index already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    with (folder / INDEX).open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for picture in pictures:
            name = picture.id + SUFFIX
            try:
                shutil.copyfile(data / FOLDER_NAME / name, folder / name)
            except FileNotFoundError:
                continue
            rows.writerow(_row(picture, name))
            written += 1
    return written


def _row(picture: KeptPicture, name: str) -> list[object]:
    """The text is known only where it is one of our codes; a misread is no truth."""
    return [
        name,
        picture.symbology,
        escaped(picture.read) if picture.code_known else "",
        picture.reason,
        escaped(picture.read),
        "" if picture.grade is None else picture.grade,
        datetime.fromtimestamp(picture.at_ms / 1000, UTC).isoformat(),
        picture.order,
        picture.boot,
        picture.item,
        escaped(picture.notes),
    ]
