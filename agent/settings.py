"""The settings file (TOML): closed models, so that a typing error is found.

Every problem is reported with file, key and, for an unknown key, the nearest valid
one; nothing starts on settings that are half understood.
"""

import difflib
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from agent.domain.words import Level
from agent.settings_section import Section
from agent.settings_vision import (
    GradingSection,
    PicturesSection,
    PlacementSection,
    PrintedTextSection,
    RegionSection,
    SecondCarrierSection,
)
from agent.vision.symbology import Symbology
from drivers.base import Role
from drivers.registry import kinds
from drivers.settings import DeviceSettings


class SettingsError(Exception):
    """The settings cannot be used; `problems` has one sentence each."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.problems = problems


class LineSection(Section):
    """Which line this is and where it keeps its data."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,32}$", description="line id")
    data: Path = Field(description="data folder, on a local disk")
    auto_start: bool = Field(
        default=False, description="start the next order without an operator"
    )


class PlatformSection(Section):
    """The central platform (标识中台)."""

    url: str = Field(pattern=r"^https?://", description="base address")
    poll_s: float = Field(default=5, gt=0, description="feed poll interval, s")


class RulesSection(Section):
    """When the line stops, and how far it works ahead."""

    print_ahead: int = Field(
        default=32, ge=2, le=200, description="records queued at the printer"
    )
    lease: int = Field(
        default=64, ge=1, le=10_000, description="codes reserved at a time"
    )
    reject_limit: int = Field(
        default=8, ge=2, description="rejects in a row that stop the line"
    )
    sequence_limit: int = Field(
        default=3, ge=1, description="sequence faults in a row that stop the line"
    )
    confirm_ms: int = Field(
        default=300,
        ge=0,
        le=5000,
        description="longest time from a reject to its confirm sensor, ms; 0: none",
    )
    poll_ms: int = Field(
        default=20, ge=5, le=100, description="line I/O poll interval, ms"
    )


class OpcUaSection(Section):
    """The agent's own OPC UA server (docs/opcua-server.md)."""

    address: str = Field(
        default="opc.tcp://0.0.0.0:4840",
        pattern=r"^opc\.tcp://[^/\s:]+:\d{1,5}$",
        description="where it listens",
    )
    nodesets: Path | None = Field(
        default=None, description="folder of the OPC Foundation's NodeSet files"
    )
    security: Literal["Basic256Sha256", "none"] = Field(
        default="Basic256Sha256", description="none: anybody reads, nobody acts"
    )
    certificate: Path | None = Field(default=None, description="own certificate")
    key: Path | None = Field(default=None, description="its private key")
    trust: Path | None = Field(
        default=None, description="folder of the clients' certificates"
    )
    users: dict[str, Path] = Field(
        default={}, description="who may act: name and file with the password"
    )
    allow_methods: bool = Field(
        default=False, description="let users hold and resume the line"
    )

    @model_validator(mode="after")
    def _secured(self) -> Self:
        secured = self.security != "none"
        if secured and None in (self.certificate, self.key, self.trust):
            raise ValueError(
                'certificate, key and trust are needed, or security = "none"'
            )
        if self.allow_methods and not (secured and self.users):
            raise ValueError("allow_methods needs security and users")
        return self


class CodingStation(Section):
    """Puts codes on units: the printer, or none when they come pre-printed."""

    kind: Literal["coding"]
    level: Level = Level.UNIT
    printer: str = Field(description="device that prints")
    job: str = Field(
        default="", description="job the printer must have loaded; empty: any"
    )


class ReadingStation(Section):
    """Reads every unit back and drives the gate: camera or fixed reader."""

    kind: Literal["reading"]
    level: Level = Level.UNIT
    io: str = Field(description="line I/O device")
    camera: str | None = None
    reader: str | None = None
    region: RegionSection | None = None
    symbologies: tuple[Symbology, ...] = ()
    module_px: float | None = Field(
        default=None, gt=0.5, description="pixels a module; absent: found while running"
    )
    budget_ms: float = Field(default=25, gt=0, description="decode budget, ms")
    follow: bool = Field(
        default=True,
        description="look first where the last codes were; false: at the whole region "
        "every time, to notice a second code anywhere in it",
    )
    head: str = Field(
        default="",
        max_length=32,
        description="print head whose marks are seen here, for its charts; empty: "
        "the coding station's printer",
    )
    grading: GradingSection | None = Field(
        default=None, description="how prints are graded; absent: not at all"
    )
    placement: PlacementSection | None = Field(
        default=None, description="where the code must stand; absent: anywhere"
    )
    printed_text: PrintedTextSection | None = Field(
        default=None, description="text beside the code; absent: not looked at"
    )
    second_carrier: SecondCarrierSection | None = Field(
        default=None, description="another code on the pack; absent: not looked at"
    )

    @model_validator(mode="after")
    def _one_eye(self) -> Self:
        if (self.camera is None) == (self.reader is None):
            raise ValueError("name either a camera or a reader")
        for key in ("grading", "placement", "printed_text", "second_carrier"):
            if self.reader is not None and getattr(self, key) is not None:
                raise ValueError(f"{key} needs a camera: a reader sends no picture")
        return self


class PackingStation(Section):
    """Collects children and labels the container."""

    kind: Literal["packing"]
    level: Level
    strategy: Literal["sequence"] = "sequence"
    labeller: str = Field(description="label printer")
    reader: str = Field(description="reader that confirms the label")


Station = Annotated[
    CodingStation | ReadingStation | PackingStation, Field(discriminator="kind")
]

# What the device must be to the line that a station names under each key.
ROLES = {
    "printer": Role.PRINTER,
    "io": Role.LINE_IO,
    "camera": Role.CAMERA,
    "reader": Role.READER,
    "labeller": Role.LABELLER,
}


class Settings(Section):
    """The whole file."""

    line: LineSection
    platform: PlatformSection
    rules: RulesSection = RulesSection()
    opcua: OpcUaSection | None = None
    pictures: PicturesSection = PicturesSection()
    devices: dict[str, DeviceSettings]
    stations: tuple[Station, ...]

    @model_validator(mode="after")
    def _stations_fit(self) -> Self:
        kinds = [station.kind for station in self.stations]
        if kinds.count("reading") != 1:
            raise ValueError("stations: exactly one reading station is needed")
        if kinds.count("coding") > 1:
            raise ValueError("stations: at most one coding station is supported")
        self._check_levels()
        used: dict[str, str] = {}
        for number, station in enumerate(self.stations, 1):
            for key, role in ROLES.items():
                name = getattr(station, key, None)
                if name is None:
                    continue
                where = f"stations[{number}].{key}"
                self._check_device(where, name, role)
                if name in used:
                    raise ValueError(f"{where}: {name!r} is {used[name]} already")
                used[name] = where
        return self

    def _check_levels(self) -> None:
        """Each packing station takes what the one before it packed."""
        levels = [Level.UNIT, *(station.level for station in self.packing)]
        for inner, outer in pairwise(levels):
            if list(Level).index(inner) >= list(Level).index(outer):
                raise ValueError(
                    f"stations: a {outer} cannot hold {inner}s: packing stations go "
                    "from the inside out, one a level"
                )

    def _check_device(self, where: str, name: str, role: Role) -> None:
        device = self.devices.get(name)
        if device is None:
            hint = nearest(name, list(self.devices))
            raise ValueError(f"{where}: there is no device {name!r}{hint}")
        if device.role is not role:
            needed = " or ".join(kinds(role))
            raise ValueError(f"{where}: {name!r} is a {device.kind}, not a {needed}")

    @property
    def coding(self) -> CodingStation | None:
        """The coding station, if codes are printed here."""
        return next((s for s in self.stations if isinstance(s, CodingStation)), None)

    @property
    def reading(self) -> ReadingStation:
        """The reading station."""
        return next(s for s in self.stations if isinstance(s, ReadingStation))

    @property
    def packing(self) -> tuple[PackingStation, ...]:
        """Packing stations, innermost first."""
        return tuple(s for s in self.stations if isinstance(s, PackingStation))


def nearest(word: str, valid: list[str]) -> str:
    """A hint naming the closest valid word, or all of them where none is close."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there is {', '.join(valid)}" if valid else ""


def load(path: Path) -> Settings:
    """Read and check a settings file; `SettingsError` says all that is wrong."""
    try:
        # With or without a byte order mark: Windows editors write one.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(path, [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}: save it as UTF-8"
        raise SettingsError(path, [problem]) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """Check the text of a settings file; `path` is what errors call it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [f"is not valid TOML: {error}"]) from None
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(path, _problems(error)) from None


def _problems(error: ValidationError) -> list[str]:
    return [_problem(item) for item in error.errors(include_url=False)]


def _problem(error: ErrorDetails) -> str:
    loc, where = error["loc"], _where(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            hint = nearest(str(loc[-1]), sorted(_section(loc).model_fields))
            return f"unknown key {where!r}{hint}"
        case "missing":
            return f"{where!r} is missing"
        case "union_tag_not_found":
            return f"'{where}.kind' is missing"
        case "union_tag_invalid":
            tag = error["ctx"]["tag"]
            kinds = sorted(_kinds(Station if loc[0] == "stations" else DeviceSettings))
            return f"{where}.kind: there is no kind {tag!r}{nearest(tag, kinds)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


# Here the third part of a place is the kind, which the file does not write there.
_BY_KIND = ("devices", "stations")


def _where(loc: tuple[int | str, ...]) -> str:
    """A place as the file has it; stations count from 1."""
    parts = loc[:2] + loc[3:] if loc and loc[0] in _BY_KIND else loc
    words = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts]
    return "".join(words).removeprefix(".")


def _section(loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The part of the settings in which the key at `loc` stands."""
    section: type[BaseModel] = Settings
    for part in loc[:-1]:
        if part in _KINDS:
            section = _KINDS[str(part)]
        elif part in section.model_fields:
            section = _model_in(section.model_fields[str(part)].annotation) or section
    return section


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model a field holds, also where the field may be absent."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _kinds(union: object) -> dict[str, type[BaseModel]]:
    models = get_args(get_args(union)[0])
    return {get_args(m.model_fields["kind"].annotation)[0]: m for m in models}


_KINDS = _kinds(Station) | _kinds(DeviceSettings)
