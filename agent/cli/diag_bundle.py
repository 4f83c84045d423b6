"""`diag bundle`: everything for support in one file. 诊断包"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import plain_errors, say
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath, socket_of
from agent.client import AgentClient
from agent.diagnostics.bundle import (
    Bundler,
    Parts,
    broken_settings,
    from_machine,
    write_zip,
)
from agent.settings import Settings, SettingsError, load


def bundle(
    output: Annotated[Path, typer.Option("--output", "-o", help="zip file 输出文件")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    with_codes: Annotated[
        bool, typer.Option("--with-codes", help="leave the codes in 保留码值")
    ] = False,
) -> None:
    """Pack settings, versions, devices, bytes, journal and log. 诊断包

    Works without a running agent, and with settings that cannot be used.
    """
    parts = Parts()
    try:
        loaded = load(settings)
    except SettingsError as error:
        broken_settings(settings, parts, error)
        from_machine(parts)
    else:
        _gather(loaded, parts, with_codes=with_codes)
    with plain_errors():
        write_zip(output, parts, with_codes=with_codes)
    for name in sorted(parts.files):
        print(name)
    for problem in parts.problems:
        say(f"missing 缺少: {problem}")
    say(f"{output}: {len(parts.files)} parts 项")


def _gather(settings: Settings, parts: Parts, *, with_codes: bool) -> None:
    bundler = (
        Bundler(settings=settings, redactor=None)
        if with_codes
        else Bundler(settings=settings)
    )
    bundler.from_disk(parts)

    async def ask() -> None:
        async with AgentClient(socket_of(settings)) as client:
            await bundler.from_agent(parts, client)

    asyncio.run(ask())
