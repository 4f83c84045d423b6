"""A folder of pictures with an `index.csv` that says what stands in them.

Columns `file`, `symbology`, `expected_text`, and `printed_text` where it is known what
stands beside the code; others are left alone. Control characters of a text are written
`\\x1d`, `\\r`, `\\n`, a backslash `\\\\`. The symbology NONE says that there is nothing
to read. An empty text is one that nobody knows.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.vision.symbology import Symbology

INDEX: Final = "index.csv"
PRINTED: Final = "printed_text"
PICTURES: Final = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".pgm", ".tif", ".tiff"}
NOTHING: Final = "none"
_NEEDED: Final = ("file", "symbology", "expected_text")
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|[rnt\\]|.?)", re.DOTALL)
_LETTERS: Final = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
EVERY: Final = frozenset(Symbology)


class IndexFault(Exception):
    """The folder or its index cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A picture. `expected` None: unknown; `is_empty`: nothing may be read in it.

    `printed`: the text beside the code, a line for each of its lines, or empty.
    `note`: what of its row was not understood, for a person.
    """

    path: Path
    symbologies: frozenset[Symbology]
    expected: str | None = None
    printed: str = ""
    is_empty: bool = False
    note: str = ""


def examples(folder: Path) -> list[Example]:
    """The pictures that the folder's index names, or all of them without an index."""
    index = folder / INDEX
    if index.is_file():
        return list(_indexed(index))
    if not folder.is_dir():
        raise IndexFault(f"{folder}: there is no such folder")
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
    if not found:
        raise IndexFault(f"{folder}: neither an {INDEX} nor a picture in it")
    return [Example(path=path, symbologies=EVERY) for path in found]


def symbologies_named(name: str) -> frozenset[Symbology]:
    """What a symbology's name in an index stands for; a name without GS1 means the
    symbol with and without FNC1, an empty one any. ValueError if nothing has the name.
    """
    word = _OTHER_NAMES.get(_word(name), _word(name))
    if word in {"", NOTHING}:
        return EVERY
    found = {s for s in Symbology if word in {_word(s), _plain(s)}}
    if not found:
        known = ", ".join(sorted(s.value for s in Symbology))
        raise ValueError(f"no symbology is called {name!r}: there is {known}, none")
    return frozenset(found)


def unescaped(text: str) -> str:
    """The characters of a text as the index writes it. ValueError on another escape."""

    def character(match: re.Match[str]) -> str:
        what = match[1]
        if what.startswith("x") and len(what) == 3:
            return chr(int(what[1:], 16))
        if what not in _LETTERS:
            raise ValueError(rf"\{what} in {text!r} is no escape: \xNN, \r, \n, \t, \\")
        return _LETTERS[what]

    return _ESCAPE.sub(character, text)


def escaped(text: str) -> str:
    """The text as the index writes it."""
    named = {value: rf"\{name}" for name, value in _LETTERS.items()}
    return "".join(
        named.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else c)
        for c in text
    )


def _indexed(index: Path) -> Iterator[Example]:
    try:
        with index.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [each for each in _NEEDED if each not in (rows.fieldnames or ())]
            if missing:
                raise IndexFault(f"{index}: column {', '.join(missing)} is missing")
            for row in rows:
                yield _example(index, rows.line_num, row)
    except UnicodeDecodeError as error:
        where = f"{index}: is not UTF-8 at byte {error.start}"
        raise IndexFault(f"{where}: save it as UTF-8") from None


def _example(index: Path, line: int, row: dict[str, str]) -> Example:
    path = index.parent / (row["file"] or "")
    if not path.is_file():
        raise IndexFault(f"{index} line {line}: there is no picture {path}")
    name, text = row["symbology"] or "", row["expected_text"] or ""
    note = ""
    try:
        expected = unescaped(text)
        printed = unescaped(row.get(PRINTED) or "")
    except ValueError as error:
        raise IndexFault(f"{index} line {line}: {error}") from None
    try:
        symbologies = symbologies_named(name)
    except ValueError as error:
        symbologies, note = EVERY, f"{index} line {line}: {error}; any is looked for"
    return Example(
        path=path,
        symbologies=symbologies,
        expected=expected or None,
        printed=printed,
        is_empty=_word(name) == NOTHING,
        note=note,
    )


_OTHER_NAMES: Final = {
    "qrcode": "qr",
    "gs1qrcode": "gs1qr",
    "microqrcode": "microqr",
    "itf14": "itf",
}
_PLAIN: Final = {Symbology.GS1_128: "code128"}


def _plain(symbology: Symbology) -> str:
    return _PLAIN.get(symbology) or _word(symbology).removeprefix("gs1")


def _word(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
