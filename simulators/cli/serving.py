"""Keeping a simulated device up until somebody stops it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine

import typer


def serve(device: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `device` until Ctrl-C or SIGTERM. A port that is taken ends with status 1."""
    try:
        asyncio.run(_until_stopped(device))
    except OSError as error:
        typer.echo(f"line-sim: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None


async def _until_stopped(device: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(device())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        typer.echo("stopped", err=True)


def say(text: str) -> None:
    """Narration, for a person."""
    typer.echo(text, err=True)
