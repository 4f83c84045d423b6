"""Keeps the server's process going and fed. No fault of it ever stops the line."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import ValidationError

from agent.opcua.messages import Answer, Call, FromServer, Snapshot, ToServer
from agent.opcua.ports import Served

log = logging.getLogger(__name__)

# Values go out at most four times a second, and only when they have changed.
EVERY_S: Final = 0.25
RETRY_S: Final = 30.0
STOP_S: Final = 3.0
COMMAND: Final = (sys.executable, "-m", "agent.opcua.server_process")


class OpcUaHost:
    """`alarm` says in words why there is no server; `up` is set while there is."""

    def __init__(self, served: Served, command: Sequence[str] = COMMAND) -> None:
        self._served = served
        self._command = tuple(command)
        self._acts: set[asyncio.Task[None]] = set()
        self.alarm = ""
        self.up = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled: start the process, feed it, start it again when it ends."""
        while True:
            try:
                why = await self._one_life()
            except Exception as error:  # noqa: BLE001 (no fault here is the line's)
                why = f"{type(error).__name__}: {error}"
            self.up.clear()
            self._alarm(why)
            await asyncio.sleep(RETRY_S)

    def _alarm(self, why: str) -> None:
        text = f"OPC UA server is down: {why}"
        if text != self.alarm:
            log.warning("%s; next try in %.0f s", text, RETRY_S)
        self.alarm = text

    async def _one_life(self) -> str:
        """Why it ended."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            await _send(process.stdin, ToServer(plan=self._served.plan()))
            why = await self._listen(process.stdout, process.stdin)
            return why or f"its process ended with code {await process.wait()}"
        finally:
            for act in self._acts:
                act.cancel()
            await _end(process)

    async def _listen(
        self, heard: asyncio.StreamReader, said: asyncio.StreamWriter
    ) -> str:
        feeding: asyncio.Task[None] | None = None
        try:
            while line := await heard.readline():
                try:
                    message = FromServer.model_validate_json(line)
                except ValidationError:
                    return f"its process says what is no message: {line[:80]!r}"
                if message.failed:
                    return message.failed
                if message.ready:
                    self.alarm = ""
                    self.up.set()
                    log.info("OPC UA server is up: %s", message.ready)
                    feeding = asyncio.create_task(self._feed(said))
                if message.call is not None:
                    act = asyncio.create_task(self._act(message.call, said))
                    self._acts.add(act)
                    act.add_done_callback(self._acts.discard)
            return ""
        finally:
            if feeding is not None:
                feeding.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await feeding

    async def _feed(self, said: asyncio.StreamWriter) -> None:
        last: Snapshot | None = None
        try:
            while True:
                now = self._served.snapshot()
                events = tuple(self._served.take_events())
                if now != last or events:
                    last = now
                    await _send(said, ToServer(snapshot=now, events=events))
                await asyncio.sleep(EVERY_S)
        finally:
            # Values that stand still are worse than no server: its process ends.
            said.close()

    async def _act(self, call: Call, said: asyncio.StreamWriter) -> None:
        act = self._served.hold if call.method == "Hold" else self._served.unhold
        log.info("OPC UA: %s calls %s", call.user, call.method)
        done = await act(call.user)
        with suppress(OSError):
            await _send(said, ToServer(answer=Answer(id=call.id, done=done)))


async def _send(said: asyncio.StreamWriter, message: ToServer) -> None:
    said.write(message.model_dump_json(exclude_defaults=True).encode() + b"\n")
    await said.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end by closing its stdin; kill it where it does not listen."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
