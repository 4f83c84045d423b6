"""Runs what a page shows.

A block that begins with ```console is a terminal: lines after `$ ` (and `> `, their
continuation) are typed, what follows must come out. All blocks of a page are one
session in one empty folder. `…` stands for any text, a line of `…` for any lines.
Blocks of other kinds are not run.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Two busy cores: nothing on these pages takes so long unless it is broken.
PATIENCE_S = 40.0
# The progress bar, one line of it where there is no terminal.
_BAR = re.compile(r"^.* \d+/[\d?]+ \d+:\d\d:\d\d\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a page says is typed, and what it says comes out."""

    where: str
    command: str
    shown: str


def steps_of(page: Path) -> Iterator[Step]:
    """The steps of a page in its order."""
    text = page.read_text(encoding="utf-8")
    for block in re.finditer(
        r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    ):
        line = text.count("\n", 0, block.start()) + 2
        command: list[str] = []
        shown: list[str] = []
        for number, each in enumerate(block[1].splitlines(), line):
            if each.startswith("$ "):
                if command:
                    yield _step(page, line, command, shown)
                command, shown, line = [each[2:]], [], number
            elif each.startswith("> ") and not shown:
                command.append(each[2:])
            else:
                shown.append(each)
        yield _step(page, line, command, shown)


def _step(page: Path, line: int, command: list[str], shown: list[str]) -> Step:
    return Step(
        where=f"{page.relative_to(ROOT)}:{line}",
        command="\n".join(command),
        shown="".join(f"{each}\n" for each in shown),
    )


def fits(shown: str, said: str) -> bool:
    """Whether what came out is what is shown."""
    whole = "".join(
        r"(?:.*\n)*" if line == "…\n" else re.escape(line).replace("…", ".*")
        for line in shown.splitlines(keepends=True)
    )
    return re.fullmatch(whole, said) is not None


class Session:
    """A terminal in `folder`, with this checkout's commands on its path.

    `instead` is put in place of texts of the page, such as an address, both ways.
    """

    def __init__(self, folder: Path, instead: dict[str, str]) -> None:
        self._folder = folder
        self._instead = instead
        self._running: list[asyncio.subprocess.Process] = []
        commands = Path(sys.executable).parent
        self._environment = {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            # As on a terminal, where both outputs come line by line.
            "PYTHONUNBUFFERED": "1",
        }

    async def do(self, step: Step) -> None:
        """Type the command; what comes out must fit."""
        typed = step.command
        for text, really in self._instead.items():
            typed = typed.replace(text, really)
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"exec {typed}" if _stays(typed) else typed,
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            if _stays(typed):
                self._running.append(process)
                said = await _until(process.stdout, step.shown)
            else:
                said = (await process.communicate())[0].decode()
        for text, really in self._instead.items():
            said = said.replace(really, text)
        said = _BAR.sub("", said)
        if said and not said.endswith("\n"):
            said += "\n"
        assert fits(step.shown, said), (
            f"{step.where}\n$ {step.command}\nshown:\n{step.shown}\nsaid:\n{said}"
        )

    async def stop(self) -> list[int]:
        """Ctrl-C to what still runs; the exit codes."""
        codes = []
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            async with asyncio.timeout(PATIENCE_S):
                await process.communicate()
            codes.append(process.returncode or 0)
        self._running.clear()
        return codes


def _stays(command: str) -> bool:
    """Whether a command works on until it is stopped, in a terminal of its own."""
    return command.startswith("line-agent run")


async def _until(stream: asyncio.StreamReader, shown: str) -> str:
    """Lines until what is shown has come, or the end."""
    said = ""
    while not fits(shown, said):
        line = await stream.readline()
        if not line:
            break
        said += line.decode()
    return said


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def steps() -> Callable[[Path], Iterator[Step]]:
    return steps_of


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Callable[..., Session]]:
    """`session({text: instead})`: a terminal in an empty folder."""
    opened: list[Session] = []

    def start(instead: dict[str, str] | None = None) -> Session:
        opened.append(Session(tmp_path, instead or {}))
        return opened[-1]

    yield start
    for each in opened:
        await each.stop()
