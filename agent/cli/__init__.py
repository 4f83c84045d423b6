"""The command `line-agent`. Data goes to stdout, narration to stderr."""

from agent.cli.main import main

__all__ = ["main"]
