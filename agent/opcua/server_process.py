"""The server's own process: plan and snapshots in on stdin, calls out on stdout.

Ends when the agent closes its end, so that no server outlives its agent.
"""

import asyncio
import itertools
import logging
import sys
import threading
from typing import Final

from pydantic import ValidationError

from agent.opcua.messages import Call, FromServer, ToServer
from agent.opcua.server import OpcUaError, OpcUaServer

log = logging.getLogger(__name__)

# How long the agent has for an act. It answers at once or not at all.
ANSWER_S: Final = 5.0


class ServerProcess:
    """The loop between the pipe and the server."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._numbers = itertools.count(1)

    async def run(self) -> int:
        """Until the agent is gone. Exit code 0: it told us to be, 1: could not be."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        plan = ToServer.model_validate_json(await self._lines.get()).plan
        if plan is None:
            raise ValueError("the first line must be the plan")
        try:
            server = OpcUaServer(plan, self._act)
            await server.start()
        except (OpcUaError, OSError, ValueError) as error:
            _say(FromServer(failed=str(error)))
            return 1
        _say(FromServer(ready=f"port {server.port}"))
        try:
            await self._serve(server)
        finally:
            await server.stop()
        return 0

    async def _serve(self, server: OpcUaServer) -> None:
        while line := await self._lines.get():
            try:
                message = ToServer.model_validate_json(line)
            except ValidationError:
                log.exception("not a message of the agent's: %.80s", line)
                continue
            if message.snapshot is not None:
                await server.show(message.snapshot)
            for event in message.events:
                await server.tell(event)
            if message.answer is not None:
                waiting = self._waiting.pop(message.answer.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.answer.done)

    async def _act(self, method: str, user: str) -> bool:
        number = next(self._numbers)
        answered = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        call = Call.model_validate({"id": number, "method": method, "user": user})
        _say(FromServer(call=call))
        try:
            async with asyncio.timeout(ANSWER_S):
                return bool(await answered)
        finally:
            self._waiting.pop(number, None)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        # A thread: Windows has no asynchronous reading of a pipe given as stdin.
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._lines.put_nowait, line)
        loop.call_soon_threadsafe(self._lines.put_nowait, "")


def _say(message: FromServer) -> None:
    sys.stdout.write(message.model_dump_json(exclude_defaults=True) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run; stderr goes to the agent's log."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    # Strangers, wrong passwords and lost clients make pages of it; ours are enough.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
    sys.exit(asyncio.run(ServerProcess().run()))


if __name__ == "__main__":
    main()
