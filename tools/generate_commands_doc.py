"""Writes the generated part of docs/commands.md: the help of every command."""

import os
import sys
from collections.abc import Iterator

# Plain text of a fixed width; typer looks at this when it is imported.
os.environ["TYPER_USE_RICH"] = "0"

import typer
from generated_part import write_or_check
from typer.testing import CliRunner

from agent.cli.main import app as line_agent
from simulators.cli import app as line_sim

_ENVIRONMENT = {"COLUMNS": "80", "TERMINAL_WIDTH": "80"}


def _commands(app: typer.Typer, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """The path of every command, in the order of the help."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield [*path, command.name or command.callback.__name__]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        assert group.name is not None
        yield from _commands(group.typer_instance, (*path, group.name))


def _help(app: typer.Typer, name: str, path: list[str]) -> str:
    result = CliRunner().invoke(
        app, [*path, "--help"], prog_name=name, env=_ENVIRONMENT
    )
    assert result.exit_code == 0, result.output
    lines = (line.rstrip() for line in result.output.strip().splitlines())
    return "\n".join(lines)


def _page() -> str:
    blocks = [
        f"## {' '.join([name, *path])}\n\n```text\n{_help(app, name, path)}\n```\n"
        for name, app in (("line-agent", line_agent), ("line-sim", line_sim))
        for path in ([], *_commands(app))
    ]
    return "\n".join(blocks)


if __name__ == "__main__":
    sys.exit(write_or_check("commands.md", _page(), "generate_commands_doc.py"))
