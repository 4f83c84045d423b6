"""The real agent as a process of its own, restarted when it dies, as systemd would."""

import asyncio
import signal
import sys
from pathlib import Path

from agent.cli.exits import Exit

# As in the unit file: RestartSec=1.
RESTART_S = 1.0
STOP_S = 20.0


class AgentFailedError(Exception):
    """The agent will not start; says what it said."""


class AgentProcess:
    """`line-agent run` on a settings file, its narration in `log`."""

    def __init__(self, settings: Path, log: Path) -> None:
        self._settings = settings
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self.deaths = 0

    @property
    def pid(self) -> int | None:
        """The process now running."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Until `stop`. `AgentFailedError` if it cannot work at all."""
        while not self._stopping:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "agent",
                    "run",
                    "--settings",
                    str(self._settings),
                    stdout=log,
                    stderr=log,
                    # Its own group: Ctrl-C in the terminal is for the demo alone.
                    start_new_session=True,
                )
            code = await self._process.wait()
            if self._stopping:
                return
            if code in (Exit.UNUSABLE, Exit.BUSY, Exit.FAILED):
                raise AgentFailedError(f"the agent ended with {code}:\n{self._tail()}")
            self.deaths += 1
            await asyncio.sleep(RESTART_S)

    async def stop(self) -> None:
        """Ask it to stop, as systemd does, and wait."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-5:])
