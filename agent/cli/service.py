"""`init`, `check` and `run`: from an empty folder to a working line."""

import asyncio
import gc
import json
import os
import shutil
import signal
import socket
from pathlib import Path
from typing import Annotated

import typer

from agent import killpoints, log
from agent.api.app import create_app
from agent.api.server import serve
from agent.app import Agent
from agent.cli.exits import Exit, last_words, plain_errors, say
from agent.cli.template import TEMPLATE
from agent.devices import open_devices
from agent.diagnostics.secrets import address_of
from agent.notify import notify, watchdog_interval_s
from agent.settings import Settings, load, parse
from agent.store.store import Store
from agent.surroundings import real
from agent.view import View
from drivers.transports.addresses import parse_registers, parse_stream

SettingsPath = Annotated[
    Path, typer.Option("--settings", "-s", help="settings file 配置文件")
]
DEFAULT_SETTINGS = Path("line.toml")
# What is on the belt takes about a second to clear itself; a stopped line longer.
RUN_OUT_S = 8.0


def socket_of(settings: Settings) -> Path:
    """Where the API of this line listens."""
    runtime = os.environ.get("RUNTIME_DIRECTORY")
    folder = Path(runtime) if runtime else settings.line.data
    return folder / "agent.sock"


def init(
    path: Annotated[Path, typer.Argument(help="where to write it")] = DEFAULT_SETTINGS,
    line: Annotated[str, typer.Option(help="line id 产线编号")] = "L01",
    data: Annotated[Path, typer.Option(help="data folder 数据目录")] = Path("data"),
) -> None:
    """Write a settings file with every key explained. 生成配置文件"""
    with plain_errors():
        text = TEMPLATE.format(line=_quoted(line), data=_quoted(str(data.absolute())))
        parse(text, path)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            say(f"{path} exists already: give another name or remove it first")
            raise typer.Exit(Exit.UNUSABLE) from None
    say(f"{path} written: set the addresses, then `line-agent check -s {path}`")


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON writes the same, and escapes what must be."""
    return json.dumps(text, ensure_ascii=False)


def check(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Check settings, data folder and addresses, without starting. 检查配置"""
    with plain_errors():
        loaded = load(settings)
        # Opening dials nobody; it reads the label templates that settings name.
        around = real()
        open_devices(loaded, around.dialer, around.rng, around.see)
        problems = [*_folder_problems(loaded.line.data), *_address_problems(loaded)]
    for name, device in loaded.devices.items():
        print(f"{name}\t{device.kind}\t{address_of(device)}")
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(Exit.NEGATIVE)
    say("settings are usable 配置可用")


def _folder_problems(folder: Path) -> list[str]:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(existing, os.W_OK):
        return [f"data folder {folder}: cannot write to {existing}"]
    free = shutil.disk_usage(existing).free
    if free < 1 << 30:
        return [f"data folder {folder}: only {free >> 20} MB free"]
    return []


def _address_problems(settings: Settings) -> list[str]:
    """Names that do not resolve; whether anybody answers is for the line to see."""
    problems = []
    for name, device in settings.devices.items():
        address = getattr(device, "address", None)
        host = None if address is None else _host(address)
        if host is None:
            continue
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            problems.append(f"devices.{name}: {host} cannot be found: {error.strerror}")
    return problems


def _host(address: str) -> str | None:
    parsed = (
        parse_registers(address)
        if address.startswith("modbus")
        else parse_stream(address)
    )
    return getattr(parsed, "host", None)


def run(
    settings: SettingsPath = DEFAULT_SETTINGS,
    verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False,
) -> None:
    """Run the line until it is told to stop. 运行"""
    log.set_up(verbose=verbose)
    with plain_errors():
        loaded = load(settings)
        try:
            killpoints.arm_from_environment(os.environ.get("LINE_AGENT_KILL_AT"))
        except ValueError as error:
            say(str(error))
            raise typer.Exit(Exit.UNUSABLE) from None
        with last_words(), Store.open(loaded.line.data, loaded.line.id) as store:
            asyncio.run(_run(loaded, store))


async def _run(settings: Settings, store: Store) -> None:
    """The agent and its API, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    agent = Agent(settings, store, real(), on_turn=_Watchdog())
    app = create_app(View(agent))
    try:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(serve(app, socket_of(settings)))
            working = group.create_task(agent.run(ready=_say_ready))
            await stop.wait()
            notify("STOPPING=1")
            if not await agent.line.run_out(RUN_OUT_S):
                say("stopped with items on the belt: they will be rejected")
            working.cancel()
            serving.cancel()
    finally:
        # What was handed over is written before the folder is given up.
        await agent.writer.finish()


def _say_ready() -> None:
    # What was loaded stays until the end. Looking through it all for garbage stopped
    # every thread for 0.1 s once in a minute: as long as a bottle takes to the gate.
    gc.collect()
    gc.freeze()
    notify("READY=1")
    say("ready 就绪")


class _Watchdog:
    """Tells systemd that the loop which decides the gate still turns."""

    def __init__(self) -> None:
        self._interval_s = watchdog_interval_s()
        self._due_s = 0.0

    def __call__(self) -> None:
        if self._interval_s is None:
            return
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._due_s:
            self._due_s = now_s + self._interval_s
            notify("WATCHDOG=1")
