"""Serves the API on a Unix socket, inside the agent's own loop."""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

# sockaddr_un.sun_path: 108 bytes with the closing zero (unix(7)).
MAX_PATH_BYTES = 107
MODE = 0o660
# Screens, commands and a platform link: a dozen connections is a busy day.
MAX_CONNECTIONS = 64
# Live streams end at once; this is for a client that does not take its answer.
LINGER_S = 1


class SocketError(Exception):
    """The API cannot be served at this path; says why and what to do."""


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone: they are the agent's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: FastAPI, socket_path: Path) -> None:
    """Serve `app` until cancelled; the socket answers as soon as this is scheduled.

    Raises `SocketError` at once if the path cannot be used. Ends within 2 s of its
    cancellation and leaves no socket file behind.
    """
    listener = bind(socket_path)
    inode = socket_path.stat().st_ino
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            ws="none",
            http="h11",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=LINGER_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="api server")
    try:
        await asyncio.shield(serving)
    finally:
        app.state.closing.set()
        server.should_exit = True
        await asyncio.wait({serving})
        listener.close()
        _remove(socket_path, inode)


def bind(path: Path) -> socket.socket:
    """A listening socket at `path`, mode 0660; a stale file there is replaced."""
    size_bytes = len(os.fsencode(path))
    if size_bytes > MAX_PATH_BYTES:
        raise SocketError(
            f"socket path {path} is {size_bytes} bytes long, at most {MAX_PATH_BYTES} "
            "are possible: choose a shorter folder"
        )
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        # Before listen nobody can connect, so nobody slips in under a wider mode.
        path.chmod(MODE)
        listener.listen(MAX_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SocketError(
            f"cannot make the socket {path}: {error.strerror}; check that the folder "
            "exists and belongs to the agent"
        ) from None
    listener.setblocking(False)
    return listener


def _clear(path: Path) -> None:
    """Remove what a dead agent left at `path`; never what somebody answers on."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise SocketError(f"cannot look at {path}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise SocketError(f"{path} is there and is no socket: move it away")
    if _answers(path):
        raise SocketError(f"another agent answers on {path}: stop it first")
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except BlockingIOError:
            return True  # its queue is full: busy, not dead
        except OSError as error:
            raise SocketError(f"cannot try {path}: {error.strerror}") from None
    return True


def _remove(path: Path, inode: int) -> None:
    """Take away our own socket file, not that of a successor."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_ino == inode:
            path.unlink()
