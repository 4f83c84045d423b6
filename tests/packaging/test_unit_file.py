"""The systemd unit: what it promises, and what systemd itself says of it."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.cli import service

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "line-agent.service"
# `systemd-analyze security` scores exposure from 0 to 100; below 20 it says "OK".
THRESHOLD = 15


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


def test_exposure_stays_low() -> None:
    done = analyze(
        "security", "--no-pager", "--offline=true", f"--threshold={THRESHOLD}", UNIT
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot judge a file offline")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "Overall exposure level" in done.stdout
