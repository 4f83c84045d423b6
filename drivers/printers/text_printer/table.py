"""The table that describes a printer's dialect: a closed model over a TOML file.

Everything a maintenance engineer may get wrong in it is said with file and key.
"""

import codecs
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from drivers.base import Confirmation, PrinterState

BUILTIN = "builtin:"
PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{(?P<name>\w+)(?:\[(?P<first>\d*):(?P<end>\d*)\])?(?::(?P<width>\d+))?\}"
)


class TableError(Exception):
    """A table cannot be used; the message names file, key and remedy."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"no such encoding: {name!r}") from None


Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]


class Frame(_Closed):
    """How a message is wrapped. The checksum (two hex digits) stands before `end`
    and covers what is between `start` and itself."""

    start: str = ""
    end: str = Field(min_length=1)
    checksum: Literal["none", "sum8", "xor8"] = "none"
    tokens: tuple[str, ...] = Field(
        default=(), description="answers of one character that stand outside frames"
    )

    @model_validator(mode="after")
    def _tokens_are_single(self) -> Self:
        if wrong := [token for token in self.tokens if len(token) != 1]:
            raise ValueError(f"tokens are one character each: {wrong}")
        return self


class Step(_Closed):
    """One question and what its answer may look like, without the frame.

    A match of `ok` is yes, of `error` no (group `error`: the device's number), of
    `busy` not yet. Groups of `ok` carry what was asked for.
    """

    send: str = Field(min_length=1)
    ok: Pattern = Field(min_length=1)
    error: Pattern = ""
    busy: Pattern = ""
    framed: bool = Field(default=True, description="whether `send` goes in a frame")

    @model_validator(mode="after")
    def _braces_are_placeholders(self) -> Self:
        if left := re.search(r"[{}]", PLACEHOLDER.sub("", self.send)):
            raise ValueError(
                f"send has a single {left[0]!r}: write {{{{ and }}}} for braces"
            )
        return self

    @property
    def placeholders(self) -> set[str]:
        """Names used in `send`."""
        found = PLACEHOLDER.finditer(self.send)
        return {match["name"] for match in found if match["name"]}


def _steps(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Steps = Annotated[
    tuple[Step, ...], BeforeValidator(_steps), Field(min_length=1, max_length=8)
]


class Commands(_Closed):
    """What the printer may be told. A command is one step or a list of them; what it
    answers is what the last one answers. `{text}`, `{number}`, `{job}` and the table's
    parameters are filled in."""

    status: Steps
    send: Steps
    identify: Steps | None = None
    setup: Steps | None = None
    read_job: Steps | None = None
    select_job: Steps | None = None
    start: Steps | None = None
    stop: Steps | None = None
    clear: Steps | None = None
    blank: Steps | None = None
    waiting: Steps | None = None
    count: Steps | None = None
    last_number: Steps | None = None
    last_text: Steps | None = None
    ready: Steps | None = None
    faults: Steps | None = None
    reset_faults: Steps | None = None

    def given(self) -> dict[str, tuple[Step, ...]]:
        """The commands the table has, by name."""
        named = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: steps for name, steps in named if steps}


# Groups that the last `ok` of a command must have.
GROUPS = {
    "status": "state",
    "read_job": "job",
    "waiting": "count",
    "count": "count",
    "last_number": "number",
    "last_text": "text",
    "faults": "error",
}


class Events(_Closed):
    """What the printer says unasked."""

    printed: Pattern = ""
    fault: Pattern = Field(
        default="", description="a print that failed; group `error`: the number"
    )
    ignore: Pattern = ""


class Text(_Closed):
    """What a code may look like. `blank` is harmless text, printed when none is due."""

    forbidden: str = ""
    escapes: dict[str, str] = Field(default={})
    longest: int = Field(default=200, ge=1, le=4000)
    blank: str = ""

    @model_validator(mode="after")
    def _escapes_are_single(self) -> Self:
        if wrong := [key for key in self.escapes if len(key) != 1]:
            raise ValueError(f"escapes are for one character each: {wrong}")
        return self


class State(_Closed):
    """What a value of group `state` means. The first that matches counts."""

    matches: Pattern
    state: PrinterState
    text: str = Field(min_length=1)


class Table(_Closed):
    """One dialect."""

    about: str = Field(min_length=1, description="which printers, and the source")
    confirmation: Confirmation
    depth: int = Field(default=1, ge=1, le=1000)
    when_empty: Literal["nothing", "repeats"] = Field(
        default="nothing", description="what a trigger without a record prints"
    )
    count_modulus: int = Field(default=10**9, ge=1000)
    encoding: Encoding = "ascii"
    frame: Frame
    answers: Frame | None = None
    text: Text = Field(default=Text())
    parameters: dict[str, str] = Field(default={})
    commands: Commands
    events: Events = Field(default=Events())
    states: tuple[State, ...] = Field(min_length=1)
    errors: dict[str, str] = Field(default={}, description="texts of error numbers")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for name, steps in self.commands.given().items():
            group = GROUPS.get(name, "")
            if group and group not in re.compile(steps[-1].ok).groupindex:
                raise ValueError(f"commands.{name}.ok needs a group (?P<{group}>…)")
            for step in steps:
                known = self._filled_for(name) | self.parameters.keys()
                if unknown := sorted(step.placeholders - known):
                    raise ValueError(
                        f"commands.{name}.send: {unknown} cannot be filled in here; "
                        f"known are {sorted(known)}"
                    )
        if missing := self._missing():
            raise ValueError(f"confirmation {self.confirmation!s} needs {missing}")
        return self

    def _filled_for(self, command: str) -> set[str]:
        """What the driver fills in for a command."""
        filled = {"job"}
        if command in ("send", "blank", "clear"):
            filled.add("text")
        if command == "send" and self.confirmation is Confirmation.NUMBERED:
            filled.add("number")
        return filled

    def _missing(self) -> str:
        """The first thing that the confirmation model needs and the table lacks."""
        commands = self.commands
        has_blank = bool(commands.blank or self.text.blank)
        wanted: dict[Confirmation, list[tuple[str, object]]] = {
            Confirmation.COUNTER: [
                ("commands.count", commands.count),
                ("commands.blank or text.blank", has_blank),
            ],
            Confirmation.READ_BACK: [
                ("commands.count", commands.count),
                ("commands.last_text", commands.last_text),
                ("text.blank", self.text.blank),
            ],
            Confirmation.HANDSHAKE: [
                ("commands.ready", commands.ready),
                ("commands.ready.busy", commands.ready and commands.ready[-1].busy),
                ("commands.clear", commands.clear),
            ],
            Confirmation.EVENT: [
                ("events.printed", self.events.printed),
                ("commands.clear", commands.clear),
                (
                    "commands.blank or text.blank (when_empty = 'repeats')",
                    has_blank or self.when_empty == "nothing",
                ),
            ],
            Confirmation.NUMBERED: [
                ("commands.last_number", commands.last_number),
                ("commands.clear", commands.clear),
                ("{number} in commands.send", self._sends("number")),
            ],
        }
        common = [("{text} in commands.send", self._sends("text"))]
        needs = [*common, *wanted[self.confirmation]]
        return next((what for what, given in needs if not given), "")

    def _sends(self, placeholder: str) -> bool:
        return any(placeholder in step.placeholders for step in self.commands.send)


def builtin_names() -> tuple[str, ...]:
    """Tables that come with the package."""
    folder = files(__package__) / "tables"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml")))


def load(where: str) -> Table:
    """The table `builtin:<name>` or at a path. `TableError` says what is wrong."""
    text = _read(where)
    try:
        return Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{where}: not TOML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(map(_said, error.errors()))
        raise TableError(
            f"{where}: {wrong} (the keys: docs/devices/text-printer.md)"
        ) from None


def _read(where: str) -> str:
    if not where.startswith(BUILTIN):
        try:
            return Path(where).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TableError(f"{where}: not UTF-8: {error.reason}") from None
        except OSError as error:
            raise TableError(f"{where}: cannot be read: {error.strerror}") from None
    name = where.removeprefix(BUILTIN)
    if name not in builtin_names():
        raise TableError(f"no table {where!r}; there are {', '.join(builtin_names())}")
    return (files(__package__) / "tables" / f"{name}.toml").read_text(encoding="utf-8")


def _said(error: object) -> str:
    assert isinstance(error, dict)
    where = ".".join(str(part) for part in error["loc"]) or "table"
    return f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
