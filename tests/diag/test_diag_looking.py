"""What devices are, say, and how fast they answer: over the API and as commands."""

import asyncio
import json
from contextlib import aclosing

import pytest

from agent.cli.tables import table
from agent.client import AgentRefused
from agent.diagnostics.secrets import HIDDEN, without_secrets


async def test_every_device_with_its_role_address_and_link(line):
    devices = {each.name: each for each in await line.client.devices.all()}
    assert {name: (d.kind, d.role) for name, d in devices.items()} == {
        "plc": ("line_io", "line_io"),
        "jet": ("leibinger_jet", "printer"),
        "eye": ("text_reader", "reader"),
        "case_labels": ("zebra_zpl", "labeller"),
        "case_reader": ("text_reader", "reader"),
    }
    assert {d.link for d in devices.values()} == {"ready"}
    assert devices["jet"].address == line.plant.addresses["printer"]
    assert devices["case_labels"].identity.startswith("Zebra ")


async def test_readings_carry_unit_range_and_ages(line):
    board = line.agent.devices.all[0].board
    board.put("belt", 480, unit="mm/s", low=0, high=450)
    await asyncio.sleep(0.05)
    board.put("belt", 480, unit="mm/s", low=0, high=450)
    plc = await line.client.devices.one("plc")
    (belt,) = [each for each in plc.readings if each.name == "belt"]
    assert (belt.value, belt.unit, belt.low, belt.high) == (480, "mm/s", 0, 450)
    assert not belt.normal
    assert belt.changed_s - belt.heard_s >= 0.05


async def test_latency_has_a_histogram_that_adds_up(line):
    table = line.agent.devices.line.io.latency.by_exchange
    await line.until(lambda: any(each.total > 5 for each in table.values()))
    plc = await line.client.devices.one("plc")
    exchange = max(plc.latency, key=lambda each: each.total)
    assert exchange.total == sum(bucket.count for bucket in exchange.buckets) > 0
    assert 0 < exchange.p50_ms <= exchange.p99_ms <= exchange.max_ms
    assert exchange.buckets[-1].up_to_ms is None


async def test_a_live_device_shows_a_lost_link(line):
    seen = []
    async with aclosing(line.client.devices.live("case_reader", 0.1)) as stream:
        async for device in stream:
            seen.append(device.link)
            if device.link == "ready" and len(seen) == 1:
                line.plant.wires["case_reader"].refuse(on=True)
                line.plant.wires["case_reader"].cut()
            if device.link != "ready":
                break
    assert seen[0] == "ready"


@pytest.mark.parametrize("path", ["", "/live", "/tap"])
async def test_an_unknown_device_is_named(line, path):
    with pytest.raises(AgentRefused, match=r"'nobody' is not a device") as refused:
        await line.client._socket.get(f"/v1/devices/nobody{path}")
    assert refused.value.status == 404


async def test_the_commands(line):
    listed = await line.cli("diag", "list")
    assert listed.exit_code == 0
    heading, *rows = listed.stdout.splitlines()
    assert heading.split()[:4] == ["设备", "device", "类型", "kind"]
    assert [row.split()[0] for row in rows] == [d.name for d in line.agent.devices.all]
    as_json = await line.cli("diag", "list", "--json")
    assert json.loads(as_json.stdout.splitlines()[0])["name"] == "plc"

    line.agent.devices.all[0].board.put("belt", 480, unit="mm/s", high=450)
    shown = await line.cli("diag", "readings", "plc")
    assert "超限 out of range" in shown.stdout
    shown = await line.cli("diag", "latency", "plc")
    assert "p99 ms" in shown.stdout
    assert "#" in shown.stdout
    for command in ("readings", "latency"):
        unknown = await line.cli("diag", command, "nobody")
        assert (unknown.exit_code, unknown.stdout) == (1, "")
        assert "'nobody' is not a device" in unknown.stderr


def test_without_an_agent_it_says_so(cli, folder):
    path = folder / "line.toml"
    assert cli("init", path, "--data", folder / "data").exit_code == 0
    result = cli("diag", "list", "-s", path)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "is it running?" in result.stderr


def test_columns_stand_under_each_other():
    assert table(("设备 a", "b"), [("x", 1), ("喷码机器", 22)]) == (
        "设备 a    b\nx         1\n喷码机器  22"
    )


def test_secrets_are_hidden_and_the_rest_is_not():
    shown = without_secrets(
        {
            "address": "opc.tcp://u:geheim@10.0.0.1:4840/x",
            "password": "geheim",
            "user_pin": "1234",
            "pinned": 3,
            "token_list": ["geheim"],
            "deep": {"client_secret": "geheim", "port": 1},
            "password_empty": "",
        }
    )
    assert "geheim" not in json.dumps(shown)
    assert shown["user_pin"] == HIDDEN
    assert shown["pinned"] == 3
    assert shown["deep"] == {"client_secret": HIDDEN, "port": 1}
    assert shown["address"] == f"opc.tcp://{HIDDEN}@10.0.0.1:4840/x"
