"""What the agent will not start on, or ends with: a sentence and an exit code each."""

import hashlib
import os
import signal
import socket
from pathlib import Path

from agent.cli.exits import Exit
from agent.store.store import Store


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def test_second_instance_says_who_holds_the_folder_and_touches_nothing(
    short, bare, agents
) -> None:
    settings = bare()
    with Store.open(short / "agent", "DEMO") as store:
        before = digests(store.folder)
        life = await agents.start(settings)
        assert await life.ended() == Exit.BUSY
        assert digests(store.folder) == before
    assert f"is in use by process {os.getpid()}" in life.said
    assert len(life.said.splitlines()) == 1


async def test_second_instance_leaves_the_first_at_work(bare, agents, ready) -> None:
    settings = bare()
    first = await agents.start(settings)
    await ready(first)
    second = await agents.start(settings)
    assert await second.ended() == Exit.BUSY
    assert f"is in use by process {first.process.pid}" in second.said
    assert first.alive
    first.send(signal.SIGINT)
    assert await first.ended() == Exit.OK


async def test_socket_of_another_agent_is_left_to_it(short, bare, agents) -> None:
    path = short / "run" / "agent.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        life = await agents.start(bare(), RUNTIME_DIRECTORY=str(path.parent))
        assert await life.ended() == Exit.FAILED
        assert path.is_socket()
    assert f"another agent answers on {path}: stop it first" in life.said
    assert "Traceback" not in life.said


async def test_socket_left_by_a_dead_agent_is_taken_over(
    short, bare, agents, ready
) -> None:
    settings = bare()
    life = await agents.start(settings)
    await ready(life)
    life.send(signal.SIGKILL)
    await life.ended()
    assert (short / "agent" / "agent.sock").is_socket()
    life = await agents.start(settings)
    await ready(life)
    life.send(signal.SIGTERM)
    assert await life.ended() == Exit.OK


async def test_folder_of_another_line_is_refused(short, bare, agents) -> None:
    with Store.open(short / "agent", "L77"):
        pass
    life = await agents.start(bare())
    assert await life.ended() == Exit.FAILED
    assert "belongs to line 'L77', not 'DEMO'" in life.said
    assert "Traceback" not in life.said


BREAKS = """
import asyncio
from agent import app
from agent.cli.main import main

async def _watch(self):
    await asyncio.sleep(0)
    raise KeyError("no such belt")

app.Agent._watch = _watch
main()
"""


async def test_a_fault_of_our_own_is_one_sentence_and_the_rest_is_in_the_log(
    bare, agents
) -> None:
    life = await agents.start(bare(), program=BREAKS)
    assert await life.ended() == Exit.BROKEN
    lines = life.said.splitlines()
    told = [line for line in lines if not line.startswith("timestamp=")]
    logged = [line for line in lines if "Traceback" in line]
    assert told[-1].startswith("程序内部错误")
    assert "KeyError: 'no such belt'" in told[-1]
    assert len(told) <= 2  # that, and perhaps "ready"
    assert len(logged) == 1
    assert "in _watch" in logged[0]
