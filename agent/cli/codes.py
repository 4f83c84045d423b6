"""`line-agent codes`: say what a code is."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO

import typer

from agent.cli.exits import Exit
from agent.domain.gs1 import Element, Gs1Error, Kind, Rules, detect, read_code

# Longer than any symbol; the rest of a longer line is skipped, not kept.
_LINE_MAX = 65536
_BOM = b"\xef\xbb\xbf"

app = typer.Typer(help="Say what a code is. 解析标识", no_args_is_help=True)


@app.callback()
def _codes() -> None:
    """Say what a code is. 解析标识"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one line of input is; without errors it is good."""

    text: str
    kind: Kind
    elements: tuple[Element, ...] = ()
    key: str | None = None
    errors: tuple[str, ...] = ()


@app.command("parse")
def parse(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(
            metavar="FILE", help="One code a line; - reads standard input. 每行一个码"
        ),
    ],
    rules: Annotated[
        Rules,
        typer.Option(
            help="syntax: each value, and AIs that exclude each other. full: also "
            "that the AIs an AI needs stand beside it. 校验规则"
        ),
    ] = Rules.SYNTAX,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line. 输出 JSON")
    ] = False,
    kind: Annotated[
        Kind | None,
        typer.Option(help="Do not detect how codes are written. 指定写法"),
    ] = None,
) -> None:
    """Say what each code is: kind, elements, identity key, errors. 解析标识

    A line is taken as a reader gave it (]d2..., or an element string with the
    separator as the byte 0x1D), as a person writes it ((01)...(21)..., where \\(
    is a bracket within a value), as a GS1 Digital Link URI, or as a bare GTIN or
    SSCC. Nothing else is stripped or unescaped: \\x1d written out is four
    characters. Name the kind where it cannot be seen, such as a GLN (key:gln).

    Exit code: 0 every code is good, 1 some are not, 2 the arguments or the file
    cannot be used.
    """
    show = _as_json if as_json else _as_text
    out = sys.stdout.buffer
    good = True
    for raw in _lines(file):
        answer = _answer(raw.decode("utf-8", "surrogateescape"), kind, rules)
        good = good and not answer.errors
        out.write(show(answer).encode("utf-8") + b"\n")
        out.flush()
    raise typer.Exit(Exit.OK if good else Exit.NEGATIVE)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines without LF or CRLF, each as soon as it is there; no BOM in front."""
    front = _BOM
    try:
        while line := file.readline(_LINE_MAX):
            rest = line
            while len(rest) == _LINE_MAX and not rest.endswith(b"\n"):
                rest = file.readline(_LINE_MAX)
            end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            yield line.removeprefix(front).removesuffix(end)
            front = b""
    except OSError as error:
        typer.echo(f"cannot read {file.name}: {error.strerror}", err=True)
        raise typer.Exit(Exit.UNUSABLE) from None


def _answer(text: str, kind: Kind | None, rules: Rules) -> Answer:
    kind = kind or detect(text)
    try:
        reading = read_code(text, kind, rules)
    except Gs1Error as error:
        return Answer(text=text, kind=kind, errors=(str(error),))
    return Answer(text=text, kind=kind, elements=reading.elements, key=reading.key)


def _as_json(answer: Answer) -> str:
    return json.dumps(
        {
            "input": answer.text,
            "kind": answer.kind,
            "ok": not answer.errors,
            "elements": [[element.ai, element.value] for element in answer.elements],
            "key": answer.key,
            "errors": answer.errors,
        }
    )


def _as_text(answer: Answer) -> str:
    elements = "".join(f"({e.ai}){e.value}" for e in answer.elements)
    said = "; ".join(answer.errors) or elements or answer.key or "plain text"
    mark = "BAD" if answer.errors else "ok"
    return _visible(f"{mark:<4}{answer.kind:<10}{answer.text}  {said}")


def _visible(text: str) -> str:
    """The text on one line; what a terminal cannot show is written out."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return "<GS>" if character == "\x1d" else ascii(character)[1:-1]
