"""`line-sim` as an engineer starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

COMMAND = [sys.executable, "-m", "simulators.cli"]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and the port it says it took; gone afterwards."""
    with subprocess.Popen(
        [*COMMAND, *arguments, "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            said = process.stderr.readline()
            match = re.search(r" at \w+://127\.0\.0\.1:(\d+)", said)
            assert match, said
            yield process, int(match[1])
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_zpl_serves_until_stopped(number: signal.Signals) -> None:
    with started("zpl") as (process, port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
            wire.sendall(b"^XA^BCN,9,N,N,N^FD>:A^FS^XZ~HS")
            said = b""
            while said.count(b"\x03\r\n") < 3:
                said += wire.recv(1000)
            assert process.stdout
            assert '"text": "A"' in process.stdout.readline()
        process.send_signal(number)
        _, narrated = process.communicate(timeout=10)
    assert (process.returncode, narrated) == (0, "stopped\n")


def test_reader_pushes_what_is_typed() -> None:
    with started("reader") as (process, port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
            assert process.stdin
            wire.settimeout(0.1)
            said = b""
            # What is typed before the device has seen us connect is lost.
            for _ in range(50):
                process.stdin.write("A\n\n")
                process.stdin.flush()
                with suppress(TimeoutError):
                    said += wire.recv(1000)
                if said.endswith(b"NOREAD\r\n"):
                    break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert said.startswith(b"]Q1A\r\n")
    assert b"NOREAD\r\n" in said
    assert process.returncode == 0


def test_a_taken_port_ends_with_a_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for device in ("jet", "plc"):
            done = subprocess.run(
                [*COMMAND, device, "--port", str(port)],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
                env=os.environ,
            )
            assert done.returncode == 1
            assert done.stdout == ""
            assert f"{device}: cannot listen on 127.0.0.1:{port}" in done.stderr
            assert "Traceback" not in done.stderr
