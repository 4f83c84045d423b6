"""The systemd unit: what it promises, and what systemd itself says of it."""

import configparser
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import service

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "line-agent.service"
# `systemd-analyze security` scores exposure from 0 to 100; below 20 it says "OK".
THRESHOLD = 15
# Refused by the filter, and lived without: numpy's libraries ask where their memory
# should lie; SQLite, as root, gives its files to their folder's owner.
REFUSED = {"mbind", "fchown"}
SETTINGS = """
[line]
id = "L01"
data = "{data}"
[platform]
url = "http://127.0.0.1:9"
[devices.plc]
kind = "line_io"
address = "modbus://127.0.0.1:9/1"
[devices.camera]
kind = "opencv_camera"
folder = "{data}"
[[stations]]
kind = "reading"
io = "plc"
camera = "camera"
"""


@pytest.fixture(scope="module")
def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def seconds(text: str) -> float:
    return float(re.fullmatch(r"(\d+)s?", text)[1])  # type: ignore[index]


def test_restarts_and_is_watched(unit) -> None:
    own = unit["Service"]
    assert own["Type"] == "notify"
    assert own["Restart"] == "on-failure"
    assert seconds(own["WatchdogSec"]) == 5
    assert own["ExecStart"].endswith(
        "line-agent run --settings /etc/line-agent/line.toml"
    )


def test_a_stop_has_time_to_run_the_belt_out(unit) -> None:
    assert unit["Service"]["KillSignal"] == "SIGTERM"
    assert seconds(unit["Service"]["TimeoutStopSec"]) > service.RUN_OUT_S + 5


def test_holds_no_privilege(unit) -> None:
    own = unit["Service"]
    assert own["User"] not in ("", "root")
    assert own["CapabilityBoundingSet"] == ""
    assert own["NoNewPrivileges"] == "yes"
    assert own["ProtectSystem"] == "strict"
    assert own["DevicePolicy"] == "closed"
    # The places the agent writes to, and no other.
    assert own["StateDirectory"] == own["RuntimeDirectory"] == "line-agent"
    assert "ReadWritePaths" not in own


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run(
        [tool, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_systemd_understands_it(tmp_path) -> None:
    """With a program that exists in place of ours, so that only the unit is judged."""
    text = UNIT.read_text(encoding="utf-8")
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("/opt/line-agent/bin/line-agent", "/bin/true"))
    done = analyze("verify", "--man=no", copy)
    ours = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def expanded(calls: str) -> set[str]:
    """System calls of a filter's words, groups taken apart."""
    found: set[str] = set()
    for word in calls.split():
        if not word.startswith("@"):
            found.add(word)
            continue
        listing = analyze("syscall-filter", "--no-pager", word).stdout
        found |= expanded(" ".join(re.findall(r"(?m)^\s+([@\w-]+)", listing)))
    return found


def allowed() -> set[str]:
    """What the unit's filters let through, applied in their order (systemd.exec(5))."""
    calls: set[str] = set()
    for words in re.findall(r"(?m)^SystemCallFilter=(.*)$", UNIT.read_text("utf-8")):
        if words.startswith("~"):
            calls -= expanded(words[1:])
        else:
            calls |= expanded(words)
    return calls


def test_the_agent_lives_within_the_filter(tmp_path) -> None:
    """Seen by strace: it starts, works on its store and its wires, and stops; what the
    filter would refuse is refused."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    permitted = allowed()
    assert permitted.isdisjoint(REFUSED)
    assert "SystemCallErrorNumber=EPERM" in UNIT.read_text(encoding="utf-8")
    settings, log = tmp_path / "line.toml", tmp_path / "calls"
    settings.write_text(SETTINGS.format(data=tmp_path / "d"), encoding="utf-8")
    refuse = f"inject={','.join(sorted(REFUSED))}:error=EPERM"
    # Without -D the program's signals would go to strace.
    strace = ["strace", "-D", "-f", "-qq", "-o", log, "-e", refuse]
    agent = [sys.executable, "-m", "agent", "run", "-s", settings]
    with subprocess.Popen([*strace, *agent], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line)
            if b"ready" in line:
                process.send_signal(signal.SIGTERM)
    if any(b"ptrace" in line for line in told):
        pytest.skip("this machine lets nobody trace a process")
    assert process.returncode == 0, told
    calls = set(re.findall(r"(?m)^\d+ +(\w+)\(", log.read_text(errors="replace")))
    assert {"execve", "fdatasync", "connect", "flock"} <= calls
    assert calls - permitted == REFUSED & calls


def test_exposure_stays_low() -> None:
    done = analyze(
        "security", "--no-pager", "--offline=true", f"--threshold={THRESHOLD}", UNIT
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot judge a file offline")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "Overall exposure level" in done.stdout
