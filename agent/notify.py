"""Readiness and watchdog over systemd's notify socket (sd_notify(3))."""

import os
import socket

LONGEST_WAIT_S = 0.05


def notify(state: str) -> bool:
    """Send `state` (such as `READY=1`); False where no service manager takes it.

    Hardly waits: the loop that decides the gate calls this.
    """
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.settimeout(LONGEST_WAIT_S)
        try:
            sock.connect(address)
            sock.sendall(state.encode())
        except OSError:
            # A manager that is being restarted; it hears the next one.
            return False
    return True


def watchdog_interval_s() -> float | None:
    """Half the time systemd grants between signs of life; None if it asks none."""
    usec = os.environ.get("WATCHDOG_USEC")
    return int(usec) / 2_000_000 if usec else None
