"""Readiness and watchdog over systemd's notify socket (sd_notify(3))."""

import os
import socket


def notify(state: str) -> bool:
    """Send `state` (such as `READY=1`); False where no service manager listens."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect(address)
        sock.sendall(state.encode())
    return True


def watchdog_interval_s() -> float | None:
    """Half the time systemd grants between signs of life; None if it asks none."""
    usec = os.environ.get("WATCHDOG_USEC")
    return int(usec) / 2_000_000 if usec else None
