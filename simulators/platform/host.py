"""The platform on a real socket, for the demo and for people with `curl`."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

# Long polls that are open when the host stops are given so long to end.
GRACE_S = 1


class PortTakenError(OSError):
    """The address cannot be had; says what to do."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that hosts us."""
        yield


@asynccontextmanager
async def running(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[tuple[str, int]]:
    """Serve inside the block; the address really bound. `PortTakenError` if it is not
    free. Port 0 takes any."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        # Whoever connects before the server accepts waits in the listener's queue.
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        await serving
        listener.close()


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until cancelled."""
    async with running(app, host, port):
        await asyncio.Event().wait()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(
                error.errno,
                f"port {port} of {host} is taken; stop the other program or "
                "choose another port",
            ) from None
        raise PortTakenError(
            error.errno, f"cannot listen on {host} port {port}: {error.strerror}"
        ) from None
