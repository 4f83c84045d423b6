"""Versions of the agent and of what it stands on."""

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version

# Those that speak to devices, see, store and serve.
PACKAGES = (
    "line-agent",
    "asyncua",
    "cryptography",
    "fastapi",
    "httpx",
    "numpy",
    "opencv-python-headless",
    "pydantic",
    "pymodbus",
    "pypylon",
    "pyserial",
    "pyzbar",
    "uvicorn",
    "zxing-cpp",
)


def versions() -> dict[str, str]:
    """By name; a package that is not installed is left out."""
    found = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
