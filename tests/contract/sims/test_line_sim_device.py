"""`line-sim device KIND` as an engineer meets it: raw bytes on a plain socket."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from simulators.cli import app
from simulators.cli.device import KINDS, Place, standing

COMMAND = [sys.executable, "-m", "simulators.cli", "device"]
SCENE = "010690123456789221SIM0000001"

# What is sent to a device, and how its answer begins and ends. Formats are those that
# the wire tests hold to manuals and captures.
TALKS = {
    "dataman": (b"||>TRIGGER ON\r\n", b"", SCENE.encode() + b"\r\n"),
    "keyence_sr": (b"LON\r", b"", SCENE.encode() + b"\r"),
    "sick_cola": (b"\x02sMN mTCgateon\x03", b"\x02sAN mTCgateon 1\x03", b"\r\n"),
    "zebra_zpl": (b"~HS", b"\x02", b"\x03\r\n"),
    "leibinger_jet": (b"^0?RS\r", b"^0=RS2\t", b"\r"),
    "domino_codenet": (b"\x1bA?\x04", b"\x1bA", b"\x04"),
    "videojet_wsi": (b"\x02E\x03", b"\x02000000", b"\x03"),
    "videojet_zipher": (b"\rGST\r", b"STS|4|0|LINE|", b"\r"),
    "text_printer/counter": (b"?ID\r\n", b"ID EXAMPLE", b"\r\n"),
    "text_printer/read_back": (b"SB\r", b"SB,", b"\r"),
    "text_printer/laser": (b"\x02FNOR\r", b"\x02FNOA0001", b"\r"),
    # The maker's example: the unit information; this printer is ready.
    "hitachi_modbus": (
        bytes.fromhex("000100000006010400000008"),
        bytes.fromhex("000100000013010410003100310032003000000000" + "00000000"),
        b"",
    ),
    # Modbus TCP: one holding register from 0: the map's version.
    "line_io": (
        bytes.fromhex("000100000006010300000001"),
        bytes.fromhex("0001000000050103020001"),
        b"",
    ),
}


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address it says it took; gone afterwards."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            said = process.stderr.readline()
            match = re.search(r" at (\S+)", said)
            assert match, said
            yield process, match[1]
        finally:
            process.kill()


def port_of(address: str) -> int:
    found = re.search(r"127\.0\.0\.1:(\d+)", address)
    assert found, address
    return int(found[1])


def talk(port: int, request: bytes, begins: bytes, ends: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(request)
        said = b""
        while not (len(said) > len(begins) and said.endswith(ends)):
            more = wire.recv(1000)
            assert more, said
            said += more
            if said == begins and not ends:
                break
        return said


@pytest.mark.parametrize("kind", ["dataman", "keyence_sr", "zebra_zpl"])
def test_it_answers_raw_bytes(kind: str) -> None:
    request, begins, ends = TALKS[kind]
    with started(kind, "--every", "0") as (process, address):
        said = talk(port_of(address), request, begins, ends)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert said.startswith(begins)
    assert process.returncode == 0


@pytest.fixture
def nobody_types(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield


@pytest.mark.parametrize("kind", [kind for kind in TALKS if kind != "zebra_zpl"])
@pytest.mark.usefixtures("nobody_types")
async def test_every_kind_listens(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request, begins, ends = TALKS[kind]
    place = Place(port=0, pty=False, every_s=0, scene=SCENE, items=False)
    device = asyncio.create_task(standing(kind, place))
    try:
        async with asyncio.timeout(30):
            while " at " not in (said := capsys.readouterr().err):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(said))
            writer.write(request)
            answer = b""
            while len(answer) < len(begins) + bool(ends) or not answer.endswith(ends):
                answer += await reader.read(1000)
            writer.close()
    finally:
        device.cancel()
        await asyncio.gather(device, return_exceptions=True)
    assert answer.startswith(begins)


@pytest.mark.skipif(shutil.which("nc") is None, reason="nc is not installed")
@pytest.mark.parametrize("kind", ["dataman", "keyence_sr", "zebra_zpl"])
def test_it_answers_nc(kind: str) -> None:
    request, _, ends = TALKS[kind]
    with started(kind) as (_, address):
        done = subprocess.run(
            ["nc", "-w", "2", "127.0.0.1", str(port_of(address))],
            input=request,
            capture_output=True,
            timeout=20,
            check=False,
        )
    assert done.stdout.endswith(ends)


def test_a_host_that_closes_its_half_still_gets_its_answer() -> None:
    """`printf … | nc` sends and closes at once."""
    with started("dataman") as (_, address):
        where = ("127.0.0.1", port_of(address))
        with socket.create_connection(where, timeout=10) as wire:
            wire.sendall(TALKS["dataman"][0])
            wire.shutdown(socket.SHUT_WR)
            said = b""
            while more := wire.recv(1000):
                said += more
    assert said == SCENE.encode() + b"\r\n"


def test_a_printer_prints_what_passes() -> None:
    with (
        started("text_printer/numbered", "--every", "0.02") as (process, address),
        socket.create_connection(("127.0.0.1", port_of(address))) as wire,
    ):
        wire.sendall(b"PUT=000001,A\r\nPUT=000002,B\r\nSTART\r\n")
        assert process.stdout
        printed = [process.stdout.readline() for _ in range(2)]
    assert printed == ["A\n", "B\n"]


def test_a_pseudo_terminal_is_a_serial_line() -> None:
    with started("keyence_sr", "--pty") as (_, path):
        line = os.open(path, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(line, b"LON\r")
            said = b""
            patience_s = time.monotonic() + 10
            while not said.endswith(b"\r") and time.monotonic() < patience_s:
                said += os.read(line, 100)
        finally:
            os.close(line)
    assert said == SCENE.encode() + b"\r"


@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed")
@pytest.mark.parametrize("kind", ["line_io", "remote_io/wago_750"])
def test_line_io_on_a_serial_line_answers_mbpoll(kind: str) -> None:
    # The map's version; the watchdog's time in tenths of a second.
    at, expected = {"line_io": (0, 1), "remote_io/wago_750": (0x1000, 10)}[kind]
    with started(kind, "--pty") as (_, address):
        path = re.sub(r"^modbus-rtu:|\?.*", "", address)
        line = ["-m", "rtu", "-a", "1", "-b", "115200", "-P", "none", "-0", "-1"]
        done = subprocess.run(
            ["mbpoll", *line, "-t", "4", "-r", str(at), "-c", "1", path],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert re.search(rf"^\[{at}\]:\s+{expected}$", done.stdout, re.MULTILINE), done


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["device", *arguments])


def test_without_a_kind_it_says_which_there_are() -> None:
    assert run().stdout.split() == list(KINDS)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["datamn"], "no simulated device 'datamn'; did you mean 'dataman'?"),
        (["opencv_camera"], "opencv_camera: pictures come as files"),
        (["keyboard_wedge"], "keyboard_wedge: types through the kernel"),
        (["handheld", "--items"], "a handheld scanner knows no items"),
        (["opcua_line_io", "--pty"], "OPC UA has no serial side"),
        (["opcua_coder", "--pty"], "OPC UA has no serial side"),
        (["hitachi_modbus", "--pty"], "it speaks Modbus TCP only"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], why: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert why in done.stderr
