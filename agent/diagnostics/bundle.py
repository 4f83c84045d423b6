"""The support bundle: one zip with all that somebody far away needs to see.

It is made with and without a running agent. A part that cannot be had is named in
README.txt with the reason; the rest is still there.
"""

import json
import os
import secrets
import sqlite3
import tomllib
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from agent.api.capture_models import CaptureHeader, EntryLine
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from agent.diagnostics.host import clock_facts, disk_facts, tool
from agent.diagnostics.redaction import Redactor
from agent.diagnostics.secrets import without_secrets
from agent.diagnostics.versions import versions
from agent.settings import Settings, SettingsError
from agent.store.database import DATABASE_NAME
from agent.store.errors import StoreError
from agent.store.reader import StoreReader
from agent.store.store import PACKAGES_NAME

JOURNAL_FACTS = 1000
LOG_LINES = 2000
UNIT = "line-agent"
# Fields of facts that hold a code as it was read.
CODE_FIELDS = ("read",)
EXPECTED = (
    OSError,
    ValueError,
    StoreError,
    sqlite3.Error,
    SettingsError,
    AgentUnreachable,
    AgentRefused,
)

README = """\
Support bundle of a line agent 诊断包

settings.json       settings, passwords and the like replaced by (hidden)
versions.json       versions of the agent, Python, libraries, system
disk.json           room on the data disk, files in the data folder
clock.json          wall clock, zone, time server, uptime, load
journal.jsonl       the last {facts} facts of the books
log.txt             the last lines of the agent's log
status.json         the line as the agent sees it
devices.jsonl       each device: link, identity, readings, latency
taps/DEVICE.jsonl   the last bytes of each device, as a capture file

{codes}

{problems}
"""
HIDDEN_CODES = """\
Codes are replaced: in taps, texts sent to printers and read by readers and every other
long run of letters and digits; in the journal, what was read. Each letter stands for a
letter and each digit for a digit, the same code always for the same. Everything else is
as it was. `--with-codes` leaves them in."""
PLAIN_CODES = "Codes are not replaced: give this file to nobody who may not see them."


@dataclass(slots=True)
class Parts:
    """Files of a bundle by name, and what could not be had."""

    files: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, name: str, make: Callable[[], str]) -> None:
        """Put in what `make` gives, or why it does not."""
        try:
            self.files[name] = make()
        except EXPECTED as error:
            self.problems.append(f"{name}: {error}")

    async def ask(self, name: str, make: Callable[[], Awaitable[str]]) -> None:
        """`add` for what takes its time."""
        try:
            self.files[name] = await make()
        except EXPECTED as error:
            self.problems.append(f"{name}: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundler:
    """Gathers a bundle. `redactor` is None where codes stay in."""

    settings: Settings
    redactor: Redactor | None = field(
        default_factory=lambda: Redactor(secrets.token_bytes(16))
    )

    def from_disk(self, parts: Parts) -> None:
        """All that needs no agent."""
        folder = self.settings.line.data
        parts.add("settings.json", lambda: _json(without_secrets(self.settings)))
        parts.add("disk.json", lambda: _json(disk_facts(folder)))
        parts.add("journal.jsonl", self._journal)
        from_machine(parts)

    async def from_agent(self, parts: Parts, client: AgentClient) -> None:
        """All that only the running agent knows."""
        try:
            status = await client.status()
            devices = await client.devices.all()
        except (AgentUnreachable, AgentRefused) as error:
            parts.problems.append(f"status, devices, taps: {error}")
            parts.add("log.txt", _journald)
            return
        parts.files["status.json"] = status.model_dump_json(indent=2) + "\n"
        await parts.ask("log.txt", lambda: client.log(LOG_LINES))
        shown = []
        for device in devices:
            detail = await client.devices.one(device.name)
            shown.append(detail.model_dump_json() + "\n")
            name = f"taps/{_file_name(device.name)}.jsonl"
            await parts.ask(name, partial(self._tap, client, device.name))
        parts.files["devices.jsonl"] = "".join(shown)

    async def _tap(self, client: AgentClient, name: str) -> str:
        header: CaptureHeader | None = None
        lines: list[EntryLine] = []
        async with aclosing(client.devices.tap(name, follow=False)) as coming:
            async for line in coming:
                if isinstance(line, CaptureHeader):
                    header = line
                else:
                    lines.append(line)
        assert header is not None, "a capture begins with its header"
        if self.redactor is not None:
            header = header.model_copy(update={"redacted": True})
            lines = self.redactor.redacted(lines)
        return "".join(f"{line.model_dump_json()}\n" for line in (header, *lines))

    def _journal(self) -> str:
        folder = self.settings.line.data
        with StoreReader(folder / DATABASE_NAME, folder / PACKAGES_NAME) as reader:
            rows = reader.journal_before(reader.head().seq + 1, JOURNAL_FACTS)
        return "".join(
            _json_line(
                {
                    "seq": row.seq,
                    "at_ms": row.at_ms,
                    "kind": row.kind,
                    "fields": self._fields(json.loads(row.payload)),
                    "hash": row.hash.hex(),
                }
            )
            for row in reversed(rows)
        )

    def _fields(self, fields: dict[str, object]) -> dict[str, object]:
        if self.redactor is None:
            return fields
        hidden = {
            key: self.redactor.replacement(str(fields[key]))
            for key in CODE_FIELDS
            if fields.get(key)
        }
        return fields | hidden


def from_machine(parts: Parts) -> None:
    """What the machine says, whatever the settings are."""
    parts.add("versions.json", lambda: _json(versions()))
    parts.add("clock.json", lambda: _json(clock_facts()))


def broken_settings(path: Path, parts: Parts, error: SettingsError) -> None:
    """Settings that cannot be used: which keys they have, and what is wrong."""
    parts.problems.append(f"settings: {error}")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except EXPECTED:
        return  # what is wrong with the file is said already
    parts.add("settings.json", lambda: _json(without_secrets(document)))


def readme(parts: Parts, *, with_codes: bool) -> str:
    """The page that explains a bundle."""
    missing = "\n".join(f"- {each}" for each in parts.problems)
    return README.format(
        facts=JOURNAL_FACTS,
        codes=PLAIN_CODES if with_codes else HIDDEN_CODES,
        problems=f"Missing 缺少:\n{missing}" if missing else "Nothing is missing 完整",
    )


def write_zip(path: Path, parts: Parts, *, with_codes: bool) -> None:
    """Write the bundle, for the owner's eyes; a half-written one never has its name."""
    partial = path.with_name(path.name + ".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with (
        os.fdopen(os.open(partial, flags, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("README.txt", readme(parts, with_codes=with_codes))
        for name, text in sorted(parts.files.items()):
            archive.writestr(name, text)
    partial.replace(path)


def _journald() -> str:
    """The log of an agent that does not run, where systemd kept it."""
    return tool("journalctl", "-u", UNIT, "-n", str(LOG_LINES), "--no-pager") + "\n"


def _file_name(device: str) -> str:
    """A device's name that is one file in one folder on any system."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in device)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"


def _json_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
