"""`diag tap`: the bytes of a device, live and to file. 报文"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.api.capture_models import (
    CallLine,
    CaptureHeader,
    DroppedLine,
    EntryLine,
    ExchangeLine,
    FrameLine,
    OutcomeLine,
    WireLine,
)
from agent.cli.asking import ask
from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.client import AgentClient
from agent.diagnostics import capture
from agent.diagnostics.redaction import Redactor

# Bytes a row, as in a hex dump: 16 and their text fit into 100 columns.
ROW_BYTES = 16
# A file that is redacted is written when all is known: about 100 MB in memory.
MOST_LINES = 200_000
ARROWS = {"sent": "发 sent →", "received": "收 recv ←"}


def tap(
    name: Annotated[str, typer.Argument(help="device as settings name it 设备名")],
    *,
    settings: SettingsPath = DEFAULT_SETTINGS,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="until Ctrl-C 持续")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--file", help="write a capture file 录制文件")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="replace the codes 隐去码值")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The bytes of a device with time, direction, hex and text. 报文"""
    if redact and following and file is None:
        say("--redact replaces what it has seen whole: with --follow give a --file")
        raise typer.Exit(Exit.UNUSABLE)
    seen = _Seen(as_json=as_json, shows=not redact and file is None)

    async def listen(client: AgentClient) -> None:
        async with aclosing(client.devices.tap(name, follow=following)) as lines:
            async for line in lines:
                seen.take(line)
                if len(seen.lines) >= MOST_LINES:
                    say(f"{MOST_LINES} lines: that is enough for one file")
                    return

    try:
        ask(settings, listen)
    except KeyboardInterrupt:
        say("")
    finally:
        _finish(seen, file, redact=redact)


class _Seen:
    """What came, kept for the file or shown at once."""

    def __init__(self, *, as_json: bool, shows: bool) -> None:
        self.header: CaptureHeader | None = None
        self.lines: list[EntryLine] = []
        self._as_json = as_json
        self._shows = shows

    def take(self, line: CaptureHeader | EntryLine) -> None:
        if isinstance(line, CaptureHeader):
            self.header = line
        if self._shows:
            self.show(line)
        elif not isinstance(line, CaptureHeader):
            self.lines.append(line)

    def show(self, line: CaptureHeader | EntryLine) -> None:
        assert self.header is not None
        if self._as_json:
            print(line.model_dump_json())
        else:
            for row in rows(line, self.header):
                print(row)
        sys.stdout.flush()


def _finish(seen: _Seen, file: Path | None, *, redact: bool) -> None:
    """Write or show what was kept."""
    if seen.header is None:
        return
    header, lines = seen.header, seen.lines
    if redact:
        header = header.model_copy(update={"redacted": True})
        lines = Redactor(secrets.token_bytes(16)).redacted(lines)
    if file is not None:
        with plain_errors():
            count = capture.write(file, header, lines)
        dropped = sum(each.count for each in lines if isinstance(each, DroppedLine))
        say(f"{file}: {count} lines 行, {dropped} dropped 丢失")
    elif redact:
        seen.header = header
        for line in (header, *lines):
            seen.show(line)


def rows(line: CaptureHeader | EntryLine, header: CaptureHeader) -> Iterator[str]:
    """A line of a capture for people."""
    match line:
        case CaptureHeader():
            yield f"# {line.device} {line.kind} {line.versions.get('line-agent', '')}"
        case DroppedLine():
            yield f"# {line.count} lines lost 丢失: {line.why}"
        case FrameLine():
            yield from _frame(line, _clock(line.at_s, header))
        case WireLine():
            event = f"连接 connection {line.wire}: {line.event}"
            yield f"{_clock(line.at_s, header)}  {event}"
        case ExchangeLine():
            yield f"{_clock(line.at_s, header)}  交互 {line.what}"
        case CallLine():
            told = ", ".join(str(each) for each in line.arguments)
            yield f"{_clock(line.at_s, header)}  调用 {line.call} {line.name}({told})"
        case OutcomeLine():
            came = line.error and f"{line.error}: {line.message}"
            yield f"{_clock(line.at_s, header)}  结果 {line.call} {came or line.result}"


def _frame(line: FrameLine, clock: str) -> Iterator[str]:
    data = bytes.fromhex(line.hex)
    head = f"{clock}  {ARROWS[line.direction]} {line.size or len(data):5}"
    for start in range(0, len(data), ROW_BYTES):
        part = data[start : start + ROW_BYTES]
        yield f"{head}  {part.hex(' '):{3 * ROW_BYTES - 1}}  {as_text(part)}"
        head = " " * 34
    if line.size is not None:
        yield f"{head}  … {line.size - len(data)} bytes more 更多字节"


def as_text(data: bytes) -> str:
    """Printable ASCII as it is, controls as their pictures, the rest as dots."""
    return "".join(
        chr(byte)
        if 0x20 <= byte < 0x7F
        else "␡"
        if byte == 0x7F
        else chr(0x2400 + byte)
        if byte < 0x20
        else "·"
        for byte in data
    )


def _clock(at_s: float, header: CaptureHeader) -> str:
    at = header.at_ms / 1000 + at_s - header.at_s
    local = datetime.fromtimestamp(at).astimezone()
    return local.strftime("%H:%M:%S.") + f"{local.microsecond // 1000:03}"
