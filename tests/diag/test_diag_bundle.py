"""The support bundle, with and without an agent, and what must not be in it."""

import json
import logging
import zipfile

from agent import log
from drivers.base import PrintRecord

CODE = "010690123456789221ABCD"
OFFLINE = {"settings.json", "versions.json", "disk.json", "clock.json"}


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_beside_a_running_agent(line):
    log.set_up(verbose=False)
    logging.getLogger("agent.test").info("a line of the log")
    jet = line.agent.devices.line.printer
    await jet.clear()
    await jet.queue([PrintRecord(number=1, text=CODE)])
    out = line.folder / "b.zip"
    done = await line.cli("diag", "bundle", "-o", out)
    assert done.exit_code == 0, done.stderr
    got = contents(out)
    assert set(got) == OFFLINE | {
        "README.txt",
        "journal.jsonl",
        "log.txt",
        "status.json",
        "devices.jsonl",
        *(f"taps/{device.name}.jsonl" for device in line.agent.devices.all),
    }
    assert done.stdout.split() == sorted(set(got) - {"README.txt"})
    assert "Nothing is missing" in got["README.txt"]
    assert "a line of the log" in got["log.txt"]
    assert json.loads(got["disk.json"])["free_bytes"] > 0
    assert json.loads(got["journal.jsonl"].splitlines()[0])["kind"] == "AgentStarted"
    everything = "".join(got.values())
    assert CODE not in everything
    assert CODE.encode().hex() not in everything
    assert out.stat().st_mode & 0o777 == 0o600

    plain = await line.cli("diag", "bundle", "-o", out, "--with-codes")
    assert plain.exit_code == 0
    assert CODE.encode().hex() in contents(out)["taps/jet.jsonl"]


def test_without_an_agent(cli, folder):
    path, out = folder / "line.toml", folder / "b.zip"
    assert cli("init", path, "--data", folder / "data").exit_code == 0
    (folder / "data").mkdir()
    done = cli("diag", "bundle", "-o", out, "-s", path)
    assert done.exit_code == 0
    got = contents(out)
    assert set(got) == OFFLINE | {"README.txt", "log.txt"}
    assert "status, devices, taps: the agent does not answer" in got["README.txt"]
    assert "journal.jsonl:" in done.stderr


def test_with_settings_that_cannot_be_used(cli, folder):
    path, out = folder / "line.toml", folder / "b.zip"
    path.write_text('[platform]\npassword = "geheim"\nurl = 3\n', encoding="utf-8")
    assert cli("diag", "bundle", "-o", out, "-s", path).exit_code == 0
    got = contents(out)
    assert set(got) == {"README.txt", "settings.json", "versions.json", "clock.json"}
    assert "geheim" not in "".join(got.values())
    assert "settings:" in got["README.txt"]


def test_a_bundle_that_cannot_be_written_says_so(cli, folder):
    path = folder / "line.toml"
    assert cli("init", path, "--data", folder / "data").exit_code == 0
    done = cli("diag", "bundle", "-o", folder / "no" / "b.zip", "-s", path)
    assert done.exit_code == 4
    assert "No such file" in done.stderr
