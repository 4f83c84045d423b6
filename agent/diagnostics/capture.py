"""What a tap holds, as the lines of a capture, and captures in files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError
from pydantic_core import to_jsonable_python

from agent.api.capture_models import (
    LINE,
    CallLine,
    CaptureHeader,
    EntryLine,
    ExchangeLine,
    FrameLine,
    OutcomeLine,
    WireLine,
)
from agent.diagnostics.secrets import without_secrets
from agent.diagnostics.versions import versions
from drivers.registry import kind_of
from drivers.settings_base import DeviceModel
from drivers.wiretap import CallNote, Entry, ExchangeNote, TapFrame, WireNote, WireTap


class CaptureError(Exception):
    """A file is not a capture, or cannot be used as one; says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A recorded conversation."""

    header: CaptureHeader
    lines: Sequence[EntryLine]


def header_of(
    tap: WireTap, settings: DeviceModel, *, at_ms: int, at_s: float
) -> CaptureHeader:
    """The header of a capture that begins with all the tap still has."""
    return CaptureHeader(
        device=tap.device,
        kind=kind_of(settings),
        role=settings.role,
        settings=to_jsonable_python(without_secrets(settings)),
        versions=versions(),
        at_ms=at_ms,
        at_s=at_s,
        whole=tap.dropped == 0 and tap.notes_dropped == 0,
        drawn=tuple(tap.drawn),
    )


def line_of(entry: Entry) -> EntryLine:
    """An entry of a tap as a line."""
    match entry:
        case TapFrame():
            return FrameLine(
                at_s=entry.at_s,
                wire=entry.wire,
                direction=entry.direction.value,
                hex=entry.data.hex(),
                size=entry.size if entry.size != len(entry.data) else None,
            )
        case WireNote():
            return WireLine(at_s=entry.at_s, wire=entry.wire, event=entry.event.value)
        case CallNote():
            return CallLine(
                at_s=entry.at_s,
                call=entry.call,
                name=entry.name,
                arguments=tuple(plain(each) for each in entry.arguments),
            )
        case ExchangeNote():
            return ExchangeLine(at_s=entry.at_s, what=entry.what, asked=entry.asked)
    return OutcomeLine(
        at_s=entry.at_s,
        call=entry.call,
        result=plain(entry.result),
        error=entry.error,
        message=entry.message,
    )


def plain(value: object) -> JsonValue:
    """`value` as JSON, without clock times: they differ from run to run."""
    timeless: JsonValue = _timeless(to_jsonable_python(value, fallback=repr))
    return timeless


def _timeless(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {k: _timeless(v) for k, v in value.items() if not k.endswith("at_s")}
    if isinstance(value, list):
        return [_timeless(each) for each in value]
    return value


def write(path: Path, header: CaptureHeader, lines: Iterable[EntryLine]) -> int:
    """Write a capture; how many lines follow its header."""
    with path.open("w", encoding="utf-8") as file:
        file.write(header.model_dump_json() + "\n")
        return sum(file.write(line.model_dump_json() + "\n") > 0 for line in lines)


def read(path: Path) -> Capture:
    """Read a capture; `CaptureError` names the line that is none."""
    header: CaptureHeader | None = None
    lines: list[EntryLine] = []
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CaptureError(f"{path} is no capture: not UTF-8 ({error})") from None
    for number, row in enumerate(text.split("\n"), 1):
        if not row:
            continue
        try:
            line = LINE.validate_json(row)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise CaptureError(
                f"{path}, line {number}: no line of a capture: {first['msg']}"
            ) from None
        if isinstance(line, CaptureHeader):
            if header is not None:
                raise CaptureError(f"{path}, line {number}: a second header")
            header = line
        elif header is None:
            raise CaptureError(f"{path}, line {number}: a capture begins with a header")
        else:
            lines.append(line)
    if header is None:
        raise CaptureError(f"{path} is no capture: it has no header")
    return Capture(header=header, lines=lines)
