"""`line-sim demo`: the whole line on loopback."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulators.demo.run import DemoPlan
from simulators.demo.run import demo as run_demo


def demo(
    package: Annotated[
        Path | None, typer.Option(help="your own code package for the bottles")
    ] = None,
    bottles: Annotated[
        int | None, typer.Option(min=1, help="bottles to make (2,880)")
    ] = None,
    folder: Annotated[Path, typer.Option(help="where it keeps its files")] = Path(
        "demo"
    ),
    plain: Annotated[
        bool, typer.Option("--plain", help="lines of text instead of the screen")
    ] = False,
) -> None:
    """A line in your terminal: simulated plant, real agent. 演示产线

    Exit code 0: the books balance, or you stopped it; 1: they do not; 2: it could not
    begin. Ctrl-C stops cleanly; the same command goes on with the order.
    """
    screen = not plain and sys.stdout.isatty() and sys.stdin.isatty()
    plan = DemoPlan(folder=folder, bottles=bottles, package=package, screen=screen)
    raise typer.Exit(asyncio.run(run_demo(plan)))
