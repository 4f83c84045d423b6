"""`line-sim demo` as a person runs it: to the end, interrupted, and on bad input."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.database import DATABASE_NAME
from agent.store.replay import verify_chain, verify_projection

DEMO = [sys.executable, "-m", "simulators.cli", "demo", "--plain"]


def start(folder: Path, *options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DEMO, "--folder", str(folder), *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until_good(demo: subprocess.Popen[str], count: int) -> None:
    """Read along until so many bottles are good."""
    assert demo.stdout is not None
    for line in demo.stdout:
        good = re.search(r"(\d+)/\d+ good", line)
        if good and int(good[1]) >= count:
            return
    pytest.fail("the demo ended early")


def rest(demo: subprocess.Popen[str]) -> str:
    told, _ = demo.communicate(timeout=100)
    return told


@pytest.mark.long
@pytest.mark.timeout(200)
def test_interrupted_and_killed_the_same_order_is_finished(short) -> None:
    demo = start(short, "--bottles", 130)
    until_good(demo, 20)
    demo.send_signal(signal.SIGINT)
    assert "The same command goes on with this order." in rest(demo)
    assert demo.returncode == 0

    demo = start(short)
    until_good(demo, 60)
    agent = int((short / "agent" / "lock").read_text())
    os.kill(agent, signal.SIGKILL)
    told = rest(demo)
    assert demo.returncode == 0, told
    assert "target 130, passed 130" in told
    assert "The books balance. 账目平衡" in told
    assert "no code twice, every bottle in its case, every fact there once" in told
    assert (short / "reconciliation-DEMO-0001.json").is_file()
    database = short / "agent" / DATABASE_NAME
    assert verify_chain(database) is None
    assert verify_projection(database) == []


@pytest.mark.long
@pytest.mark.timeout(100)
def test_a_package_of_ones_own(short) -> None:
    file = short / "mine.csv"
    codes = [f"HTTPS://M.EXAMPLE.COM/q/{n:08}" for n in range(1, 61)]
    file.write_text("".join(f"{code}\r\n" for code in codes), encoding="utf-8")
    demo = start(short, "--package", file)
    told = rest(demo)
    assert demo.returncode == 0, told
    assert "The books balance. 账目平衡" in told


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (None, 2, "No such file"),
        ("", 2, "no codes"),
        # This only the agent finds out.
        ("https://c.example.com/1\nhttps://c.example.com/1\n", 1, "line 2"),
    ],
)
def test_a_package_that_cannot_be_used(short, text, code, said) -> None:
    file = short / "mine.txt"
    if text is not None:
        file.write_text(text)
    demo = start(short / "demo", "--package", file)
    told = rest(demo)
    assert demo.returncode == code, told
    assert "demo: " in told
    assert said in told
    assert "Traceback" not in told
