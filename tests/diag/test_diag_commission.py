"""The commissioning check: what it sees, the fail-safe proven and not proven, and a
report that cannot be changed."""

import asyncio
import json
from contextlib import suppress

import pytest

from agent.client import AgentRefused
from agent.diagnostics.commissioning import (
    FAIL_SAFE,
    RESET,
    RETURN,
    Commissioning,
    Who,
)
from agent.diagnostics.report import verify
from agent.diagnostics.signing import KEY_NAME, SigningError, key_of, sign
from agent.line.triggering import Triggering
from drivers.errors import DriverError
from simulators.io.line_io import Status

WHO = Who(by="李工", reason="验收", role="supervisor")


WATCHDOG_S = 0.5  # as the contract wants it


def walk(line, *, press=True, watchdog_s=WATCHDOG_S, **how):
    """The check, with a person who presses the reset button when asked."""
    said = []
    line.plant.world.plc._watchdog_s = watchdog_s

    def say(text):
        said.append(text)
        if press and "reset button" in text:
            world = line.plant.world
            loop = asyncio.get_running_loop()
            loop.call_later(0.3, lambda: world.plc.operator_reset(loop.time()))

    return Commissioning(line.client, WHO, say=say, **how).walk()


def checks_of(found, device):
    return {
        c.what.split()[-1]: (c.verdict, c.seen)
        for c in found.checks
        if c.device == device
    }


async def test_a_line_in_order_passes(line):
    found = await walk(line)
    failed = [c for c in found.checks if c.verdict == "failed"]
    assert failed == []
    assert found.passed
    plc = {c.what: (c.verdict, c.seen) for c in found.checks if c.device == "plc"}
    verdict, seen = plc[FAIL_SAFE]
    assert verdict == "passed"
    assert 400 <= found.fail_safe.needs_reset_after_ms <= found.fail_safe.limit_ms, seen
    assert plc[RESET][0] == plc[RETURN][0] == "passed"
    assert checks_of(found, "jet")["job"][0] == "passed"
    assert checks_of(found, "case_reader")["no-read"] == ("passed", "'NOREAD'")
    assert not line.agent.line.triggering.state.needs_reset
    acts = [
        r.fact() for r in line.agent.reader.journal_after(0, 100) if r.kind == "ActDone"
    ]
    assert [a.act for a in acts][-1] == "fail_safe"
    assert {a.by for a in acts} == {"李工"}


async def test_a_plc_that_never_minds_fails(line):
    found = await walk(line, watchdog_s=10.0)
    plc = {c.what: (c.verdict, c.seen) for c in found.checks if c.device == "plc"}
    assert plc[FAIL_SAFE][0] == "failed"
    assert "the PLC went on" in plc[FAIL_SAFE][1]
    assert not found.passed


async def test_a_plc_that_minds_too_late_fails(line):
    found = await walk(line, watchdog_s=0.8)
    plc = {c.what: (c.verdict, c.seen) for c in found.checks if c.device == "plc"}
    assert plc[FAIL_SAFE][0] == "failed"
    assert "after the last heartbeat" in plc[FAIL_SAFE][1]


async def test_a_plc_that_goes_on_by_itself_fails(line):
    plc = line.plant.world.plc
    loop = asyncio.get_running_loop()

    async def forget():
        await line.until(lambda: plc.needs_reset)
        while plc.needs_reset:
            plc.operator_reset(loop.time())
            await asyncio.sleep(0.01)

    forgetting = asyncio.create_task(forget())
    found = await walk(line, press=False)
    await forgetting
    assert {c.what: c.verdict for c in found.checks if c.device == "plc"}[
        RESET
    ] == "failed"


async def test_without_a_person_the_line_stays_stopped(line):
    found = await walk(line, press=False, reset_s=0.5)
    plc = {c.what: (c.verdict, c.seen) for c in found.checks if c.device == "plc"}
    assert plc[RETURN][0] == "failed"
    assert line.agent.line.triggering.state.needs_reset


@pytest.mark.parametrize("what", ["items", "order"])
async def test_no_proof_unless_the_line_is_empty_and_free(line, monkeypatch, what):
    if what == "items":
        line.plant.world.plc.trigger(0.0)
        await line.until(lambda: line.agent.line.triggering.state.items_at_trigger == 1)
        why = "under way"
    else:
        monkeypatch.setattr(type(line.agent.line), "is_free", False)
        why = "while an order runs"
    silences = []
    monkeypatch.setattr(Triggering, "be_silent", lambda _, s: silences.append(s))
    with pytest.raises(AgentRefused, match=why):
        await line.client.devices.prove_fail_safe(WHO.act())
    assert silences == []


async def test_what_is_wrong_at_a_device_is_said(line):
    line.plant.wires["printer"].refuse(on=True)
    line.plant.wires["printer"].cut()
    line.plant.world.plc.set_status(Status.AIR_OK, on=False)
    line.agent.devices.all[0].board.put("belt", 9, high=5)
    jet = line.agent.devices.line.printer
    with suppress(DriverError):
        await jet.status_of_printer()
    found = await walk(line)
    assert checks_of(found, "jet")["link"][0] == "failed"
    plc = checks_of(found, "plc")
    assert "no air" in plc["state"][1]
    assert "belt 9" in plc["readings"][1]
    assert not found.passed


async def test_the_command_its_report_and_what_happens_when_it_is_changed(line):
    who = ("--reason", "验收", "--role", "supervisor", "--by", "李工")
    out = line.folder / "L1.report"
    line.plant.world.plc._watchdog_s = WATCHDOG_S
    pressing = asyncio.create_task(press(line))
    done = await line.cli("diag", "commission", *who, "-o", out)
    await pressing
    assert done.exit_code == 0, (done.stdout, done.stderr)
    page, text = line.folder / "L1.report.html", line.folder / "L1.report.json"
    key = json.loads(text.read_text("utf-8"))["public_key"]
    assert key in page.read_text("utf-8")
    assert key in done.stderr
    for path in (page, text):
        good = await line.alone("diag", "verify", path, "--key", key)
        assert good.exit_code == 0, good.stderr
        assert "通过 passed" in good.stdout
        other = await line.alone("diag", "verify", path, "--key", "x")
        assert other.exit_code == 1
        for old, new in (("李工", "王工"), ("jet", "jat")):
            changed = line.folder / f"changed{path.suffix}"
            whole = path.read_text("utf-8")
            for at in range(whole.count(old)):
                parts = whole.split(old)
                changed.write_text(
                    old.join(parts[: at + 1]) + new + old.join(parts[at + 1 :]),
                    encoding="utf-8",
                )
                with pytest.raises(SigningError):
                    verify(changed)
    bad = await line.alone("diag", "verify", changed)
    assert bad.exit_code == 2
    assert "changed after it was signed" in bad.stderr


async def press(line):
    plc = line.plant.world.plc
    loop = asyncio.get_running_loop()
    await line.until(lambda: plc.needs_reset)
    await asyncio.sleep(1.2)
    assert plc.operator_reset(loop.time())


async def test_the_command_wants_a_supervisor(line):
    done = await line.cli("diag", "commission", "--reason", "x")
    assert (done.exit_code, "--role" in done.stderr) == (2, True)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path):
    first = key_of(tmp_path)
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert sign({}, key_of(tmp_path)) == sign({}, first)
    (tmp_path / KEY_NAME).write_text("nonsense")
    with pytest.raises(SigningError, match="no private key"):
        key_of(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{}", "hello", '{"report":{},"algorithm":"none"}']
)
def test_what_is_no_report_is_said(tmp_path, text):
    path = tmp_path / "r"
    path.write_text(text)
    with pytest.raises(SigningError, match="no signed report"):
        verify(path)
