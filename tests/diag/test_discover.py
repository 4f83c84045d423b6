"""Finding devices: only in the range that is named, only by asking who they are."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from agent.diagnostics import discovery
from agent.diagnostics.discovery import (
    PROBES,
    RangeError,
    discover,
    hosts_of,
    ports_of,
    serial_ports,
)
from simulators.hosting import LoopbackHost
from simulators.readers.dataman import DataManReader


def port_of(address):
    return int(address.rsplit(":", 1)[1].split("/")[0])


async def test_devices_of_a_line_are_named(line):
    at = {name: port_of(address) for name, address in line.plant.addresses.items()}
    ports = ports_of(
        f"{at['printer']}=leibinger_jet,{at['case_printer']}=zebra_zpl,"
        f"{at['plc']}=modbus,{at['reader']}=keyence_sr,{at['case_reader']}"
    )
    found = {f.port: f for f in await discover(hosts_of("127.0.0.1/32"), ports)}
    kinds = {name: found[port].kind for name, port in at.items()}
    assert kinds == {
        "printer": "leibinger_jet",
        "case_printer": "zebra_zpl",
        "plc": "modbus",
        "reader": "",
        "case_reader": "",
    }
    assert "V" in found[at["case_printer"]].said


@pytest.mark.parametrize("mode", [0, 1], ids=["silent", "extended"])
@pytest.mark.parametrize("ids", ["returned", "left out", "colons"])
async def test_a_dataman_is_named_in_every_mode(mode, ids):
    reader = DataManReader(ids=ids, banner=b"Welcome to In-Sight\r\n")
    reader.mode = mode
    host = LoopbackHost()
    try:
        port = port_of((await host.stream("reader", reader.serve)).address)
        (found,) = await discover(["127.0.0.1"], {port: PROBES["dataman"]})
    finally:
        await host.close()
    assert found.kind == "dataman"
    assert "DM475V" in found.said
    assert reader.mode == mode, "only asked, nothing set"


@pytest.mark.parametrize(
    "said",
    [
        b"||0:1>GET DEVICE.TYPE\r\n",  # an echo
        b"login: \r\n",
        b"CODE-DM1\r\n",  # a read of another make's reader
    ],
)
async def test_what_is_no_dataman_is_not_called_one(peers, said):
    (found,) = await discover(
        ["127.0.0.1"], {await peers(Peer(flood=said)): PROBES["dataman"]}
    )
    assert found.kind == ""


class Peer:
    """Takes down what it is sent, and says nothing or too much."""

    def __init__(self, flood=b""):
        self.heard = bytearray()
        self._flood = flood

    async def __call__(self, reader, writer):
        try:
            while True:
                if self._flood:
                    writer.write(self._flood)
                    await writer.drain()
                async with asyncio.timeout(0.05):
                    data = await reader.read(100)
                if not data:
                    return
                self.heard += data
        except TimeoutError:
            await asyncio.sleep(0)
        except OSError:
            pass
        finally:
            writer.transport.abort()


@pytest.fixture
async def peers():
    servers = []

    async def start(peer):
        server = await asyncio.start_server(peer, "127.0.0.1", 0)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_only_the_question_is_sent_and_nothing_to_a_port_without_one(peers):
    asked, plain = Peer(), Peer()
    ports = {await peers(asked): PROBES["dataman"], await peers(plain): None}
    found = await discover(["127.0.0.1"], ports)
    assert [each.kind for each in found] == ["", ""]
    assert bytes(asked.heard) == PROBES["dataman"].question
    assert bytes(plain.heard) == b""


async def test_a_flooding_device_does_not_hold_it(peers):
    port = await peers(Peer(flood=b"x" * 100_000))
    (found,) = await discover(["127.0.0.1"], {port: PROBES["zebra_zpl"]})
    assert found.kind == ""
    assert len(found.said) <= 120


async def test_no_more_than_so_many_at_once(monkeypatch):
    open_now, most = 0, 0

    async def look(host, port, probe):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0)
        open_now -= 1

    monkeypatch.setattr(discovery, "_look", look)
    await discover(hosts_of("10.0.0.0/24"), ports_of(""))
    assert most == discovery.AT_ONCE


@pytest.mark.parametrize(
    ("cidr", "why"),
    [
        ("10.0.0.0/21", "2048 addresses: at most a /22"),
        ("0.0.0.0/0", "at most a /22"),
        ("fd00::/120", "only IPv4"),
        ("plc.local", "name a range such as"),
        ("192.168.1.300/24", "name a range such as"),
    ],
)
def test_a_range_too_large_or_none_is_refused(cidr, why):
    with pytest.raises(RangeError, match=why):
        hosts_of(cidr)


def test_a_range_is_what_was_named():
    assert hosts_of("192.168.1.7/32") == ["192.168.1.7"]
    assert len(hosts_of("192.168.0.0/22")) == 1022


@pytest.mark.parametrize("text", ["0", "65536", "x", "9100=hp", "1,,2"])
def test_ports_that_are_none_are_refused(text):
    with pytest.raises(RangeError):
        ports_of(text)


def test_serial_ports_by_the_path_that_stays(tmp_path, monkeypatch):
    (tmp_path / "ttyUSB0").touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    stable = by_id / "usb-FTDI_FT232R_A10K-if00-port0"
    stable.symlink_to(tmp_path / "ttyUSB0")
    found = [
        Port(str(tmp_path / "ttyUSB0"), "FTDI", "FT232R", "A10K"),
        Port("/dev/ttyS0", None, None, None),
    ]
    monkeypatch.setattr(discovery.list_ports, "comports", lambda: found)
    ports = serial_ports(by_id)
    assert {p.path for p in ports} == {str(stable), "/dev/ttyS0"}
    assert {(p.make, p.model, p.serial) for p in ports} == {
        ("FTDI", "FT232R", "A10K"),
        ("", "", ""),
    }


class Port(SimpleNamespace):
    def __init__(self, device, manufacturer, product, serial_number):
        super().__init__(
            device=device,
            manufacturer=manufacturer,
            product=product,
            serial_number=serial_number,
        )

    def __lt__(self, other):
        return self.device < other.device


async def test_the_command(line):
    port = port_of(line.plant.addresses["printer"])
    where = ("--range", "127.0.0.1/32", "--ports", f"{port}=leibinger_jet")
    done = await line.alone("discover", *where)
    assert done.exit_code == 0
    assert done.stdout.startswith("串口 serial port")
    assert "leibinger_jet" in done.stdout
    done = await line.alone("discover", *where, "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["network"]["port"], last["network"]["kind"]) == (port, "leibinger_jet")
    done = await line.alone("discover", "--range", "10.0.0.0/8")
    assert (done.exit_code, done.stdout) == (2, "")
