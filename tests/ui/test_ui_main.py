"""`python -m ui` as an operator starts it, on a terminal of its own."""

import asyncio
import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from agent.api.models import Reconciliation
from ui.__main__ import main

FORBIDDEN = (
    "agent.line",
    "agent.store",
    "agent.sync",
    "drivers",
    "simulators",
    "fastapi",
)


def test_the_screen_loads_no_other_part_of_the_program():
    code = "import sys, ui.__main__; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ui.app" in loaded
    assert not [name for name in loaded if name.startswith(FORBIDDEN)]


def test_it_says_what_it_needs(capsys):
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "--socket" in capsys.readouterr().err


class Terminal:
    """A pseudo terminal of 120 × 36 with the screen in it."""

    def __init__(self, *args: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ui", *args],
            stdin=slave,
            stderr=slave,
            stdout=subprocess.PIPE if "--finish-after-order" in args else slave,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.written = b""

    async def shows(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(30):
            while text.encode() not in self.written:
                ready = loop.create_future()
                loop.add_reader(self._master, ready.set_result, None)
                try:
                    await ready
                finally:
                    loop.remove_reader(self._master)
                self.written += os.read(self._master, 65536)

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    async def ends(self) -> int:
        """The exit code; drains the terminal meanwhile."""
        async with asyncio.timeout(30):
            while self.process.poll() is None:
                self._drain()
                await asyncio.sleep(0.01)
        self._drain()
        return self.process.returncode

    def _drain(self) -> None:
        with contextlib.suppress(OSError):  # nothing there, or nobody any more
            while True:
                self.written += os.read(self._master, 65536)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        os.close(self._master)


async def test_started_before_its_agent_it_waits_and_leaves_at_q(agent):
    terminal = Terminal("--socket", str(agent.path))
    try:
        await terminal.shows("等待代理启动")
        agent.start()
        await terminal.shows("PO-2026-0117")
        terminal.press(b"q")
        assert await terminal.ends() == 0
    finally:
        terminal.close()


async def test_told_to_stop_it_gives_the_terminal_back(agent):
    terminal = Terminal("--socket", str(agent.path))
    try:
        await terminal.shows("等待代理启动")
        terminal.process.terminate()
        assert await terminal.ends() == 0
        assert b"\x1b[?1049l" in terminal.written, "still on the alternate screen"
    finally:
        terminal.close()


@pytest.mark.parametrize(("good", "code"), [(2880, 0), (2879, 1)])
async def test_it_ends_with_the_order_and_says_whether_the_books_close(
    agent, fakes, good, code
):
    books = fakes.books(good=good)
    agent.view.books[fakes.ORDER.order] = books
    order = fakes.ORDER.model_copy(update={"state": "closed"})
    agent.view.now = fakes.RUNNING.model_copy(update={"order": order})
    agent.start()
    terminal = Terminal("--socket", str(agent.path), "--finish-after-order")
    try:
        await terminal.shows("平衡" if code == 0 else "不平衡")
        terminal.press(b"\r")
        assert await terminal.ends() == code
        said = terminal.process.stdout.read().decode()
        assert Reconciliation.model_validate_json(said) == books
    finally:
        terminal.close()
