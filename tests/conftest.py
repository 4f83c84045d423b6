"""For all tests: nothing of a failed one is left to the next, and packages of npm."""

import gc
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTALL_S = 120


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Sockets of a failed test are collected with it, not as another test's fault."""
    failed = item.session.testsfailed
    done = yield
    if item.session.testsfailed > failed:
        # Kept for a debugger; through it, everything the test had in its hands.
        for name in ("last_type", "last_value", "last_traceback"):
            vars(sys).pop(name, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return done


@pytest.fixture(scope="session")
def npm_package() -> Callable[[str, str], Path]:
    """`npm_package(name, version)`: folder with it in its node_modules.

    Fetched once. Skips where there is no node, or the package cannot be had.
    """

    def folder_of(name: str, version: str) -> Path:
        npm = shutil.which("npm")
        if shutil.which("node") is None or npm is None:
            pytest.skip(f"node and npm are not installed; they run {name}")
        folder = ROOT / ".venv" / "npm" / name
        if _version(folder, name) != version:
            _install(npm, folder, name, version)
        return folder

    return folder_of


def _version(folder: Path, name: str) -> object:
    path = folder / "node_modules" / name / "package.json"
    return json.loads(path.read_text())["version"] if path.exists() else None


def _install(npm: str, folder: Path, name: str, version: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Test processes may get here at the same time: each installs, one moves in.
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        command = [npm, "install", "--prefix", made, "--no-audit", "--no-fund"]
        command += ["--ignore-scripts", f"{name}@{version}"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_S, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm install {name}@{version} took over {INSTALL_S} s")
        if done.returncode:
            pytest.skip(f"npm cannot install {name}@{version}: {done.stderr[-300:]}")
        if _version(folder, name) != version:
            shutil.rmtree(folder, ignore_errors=True)
            Path(made).rename(folder)
            Path(made).mkdir()
