"""`diag replay`: recordings of a running line, and how a difference is told."""

import json

from agent.api.capture_models import FrameLine, OutcomeLine
from agent.diagnostics import capture
from drivers.base import PrintRecord


async def _recorded(line, name):
    file = line.folder / f"{name}.jsonl"
    done = await line.cli("diag", "tap", name, "--file", file)
    assert done.exit_code == 0, done.stderr
    return file


async def test_a_running_line_plays_back(line):
    jet = line.agent.devices.line.printer
    await jet.clear()
    await jet.progress()
    for name in ("jet", "plc", "case_labels", "case_reader", "eye"):
        file = await _recorded(line, name)
        done = await line.alone("diag", "replay", file)
        assert done.exit_code == 0, (name, done.stdout, done.stderr)
    assert "与录制一致" in done.stderr


async def test_facts_links_and_readings_are_printed(line):
    jet = line.agent.devices.line.printer
    await jet.clear()
    await jet.progress()
    file = await _recorded(line, "jet")
    shown = (await line.alone("diag", "replay", file)).stdout
    assert "ready" in shown
    assert "progress" in shown
    told = json.loads((await line.alone("diag", "replay", file, "--json")).stdout)
    assert told["true"]
    assert [fact["name"] for fact in told["facts"]] == ["clear", "progress"]


async def test_a_difference_is_told_with_place_and_bytes(line):
    jet = line.agent.devices.line.printer
    await jet.clear()
    await jet.queue([PrintRecord(number=1, text="ABCDEF12")])
    made = capture.read(await _recorded(line, "jet"))
    file = line.folder / "changed.jsonl"

    def changed(each):
        if isinstance(each, FrameLine) and b"ABCDEF12" in bytes.fromhex(each.hex):
            data = bytes.fromhex(each.hex).replace(b"ABCDEF12", b"ABCDEF13")
            return each.model_copy(update={"hex": data.hex()})
        return each

    lines = [changed(each) for each in made.lines]
    capture.write(file, made.header, lines)
    done = await line.alone("diag", "replay", file)
    assert done.exit_code == 1
    assert "other bytes sent" in done.stdout
    assert "ABCDEF13" in done.stdout
    assert "ABCDEF12" in done.stdout
    position = 1 + next(n for n, e in enumerate(lines) if e != made.lines[n])
    assert f"entry {position}, connection 1" in done.stdout

    other = [
        e.model_copy(update={"result": {"x": 1}})
        if isinstance(e, OutcomeLine) and not e.error
        else e
        for e in made.lines
    ]
    capture.write(file, made.header, other)
    done = await line.alone("diag", "replay", file)
    assert done.exit_code == 1
    assert "不同 differs" in done.stdout


async def test_against_other_settings(line):
    file = await _recorded(line, "plc")
    against = line.folder / "other.toml"
    text = line.settings.read_text(encoding="utf-8")
    against.write_text(
        text.replace('kind = "line_io"', 'kind = "line_io"\nbase = 100', 1),
        encoding="utf-8",
    )
    done = await line.alone("diag", "replay", file, "--against", line.settings)
    assert done.exit_code == 0
    done = await line.alone("diag", "replay", file, "--against", against)
    assert done.exit_code == 1
    assert "another request" in done.stdout
    done = await line.alone(
        "diag", "replay", file, "--against", against, "--device", "plx"
    )
    assert done.exit_code == 2
    assert "did you mean 'plc'" in done.stderr


def test_no_capture_is_said(cli, folder):
    path = folder / "x"
    path.write_text("hello\n", encoding="utf-8")
    done = cli("diag", "replay", path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no line of a capture" in done.stderr
    assert cli("diag", "replay", folder / "nothing").exit_code == 4
