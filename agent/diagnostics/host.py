"""Facts of the machine the agent runs on: disk, clock, load."""

import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

# A tool that hangs must not hold up a bundle.
TOOL_S = 5.0


def disk_facts(folder: Path) -> dict[str, object]:
    """Room under `folder`, and what lies in it by size."""
    usage = shutil.disk_usage(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "folder": str(folder),
        "total_bytes": usage.total,
        "free_bytes": usage.free,
        "free_share": round(usage.free / usage.total, 4),
        "files": [
            {"name": str(path.relative_to(folder)), "bytes": path.stat().st_size}
            for path in files
        ],
    }


def clock_facts() -> dict[str, object]:
    """Wall clock, zone, uptime, and whether a time server is heard."""
    now = datetime.now(UTC)
    return {
        "utc": now.isoformat(),
        "local": now.astimezone().isoformat(),
        "zone": time.tzname,
        "monotonic_s": time.monotonic(),
        "uptime_s": _uptime_s(),
        "synchronised": tool("timedatectl", "show", "--property=NTPSynchronized"),
        "load": os.getloadavg(),
        "cpus": os.cpu_count(),
    }


def _uptime_s() -> float | None:
    try:
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except OSError:
        return None


def tool(*command: str) -> str:
    """What a tool of the system says; why it says nothing, in brackets."""
    program = shutil.which(command[0])
    if program is None:
        return f"({command[0]} is not installed)"
    try:
        done = subprocess.run(  # noqa: S603
            [program, *command[1:]],
            capture_output=True,
            text=True,
            timeout=TOOL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"({command[0]}: {error})"
    return done.stdout.strip() or f"({done.stderr.strip() or 'nothing'})"
