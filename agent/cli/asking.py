"""Commands that ask the running agent."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from agent.cli.exits import plain_errors
from agent.cli.service import socket_of
from agent.client import AgentClient
from agent.settings import load

T = TypeVar("T")


def ask(settings: Path, question: Callable[[AgentClient], Awaitable[T]]) -> T:
    """`question` put to the agent of these settings; its errors end the command."""

    async def asking(path: Path) -> T:
        async with AgentClient(path) as client:
            return await question(client)

    with plain_errors():
        return asyncio.run(asking(socket_of(load(settings))))


def follow(
    settings: Path,
    stream: Callable[[AgentClient], AsyncIterator[T]],
    show: Callable[[T], None],
) -> None:
    """`show` each thing of a live stream until Ctrl-C or the agent's end."""

    async def following(client: AgentClient) -> None:
        async with aclosing(stream(client)) as things:  # type: ignore[type-var]
            async for each in things:
                show(each)
                sys.stdout.flush()

    try:
        ask(settings, following)
    except KeyboardInterrupt:
        return
