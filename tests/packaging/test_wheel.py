"""The wheel: what is in it, that it runs by itself, and whose names it takes.

Built by the backend itself, which needs no network.
"""

import email
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"agent", "drivers", "simulators", "ui"}


def run(*command: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = (
        "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    )
    run(sys.executable, "-c", build, folder, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone in a folder; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps")
    run(*pip, "--target", folder, wheel, cwd=folder)
    return folder


def test_exactly_the_four_packages(names) -> None:
    top = {name.split("/")[0] for name in names}
    assert {each for each in top if not each.startswith("line_agent-")} == PACKAGES
    for package in PACKAGES:
        assert f"{package}/py.typed" in names


def test_nothing_but_the_product(names) -> None:
    stray = [
        name
        for name in names
        if "test" in Path(name).name or "__pycache__" in name or name.endswith(".pyc")
    ]
    assert stray == []


def test_every_source_file_is_in(names) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= set(names)
    assert "ui/theme.tcss" in names


def test_unit_file_is_where_it_says(names) -> None:
    (unit,) = [name for name in names if name.endswith(".service")]
    assert unit.endswith(".data/data/share/line-agent/systemd/line-agent.service")
    text = (ROOT / "systemd" / "line-agent.service").read_text(encoding="utf-8")
    assert "share/line-agent/systemd/line-agent.service" in text


def test_metadata(wheel, names) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(path))
        (path,) = [name for name in names if name.endswith("entry_points.txt")]
        scripts = archive.read(path).decode()
    assert metadata["Name"] == "line-agent"
    assert metadata["Version"] == declared["version"]
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "line-agent = agent.cli.main:main" in scripts
    assert "line-sim = simulators.cli:main" in scripts


@pytest.mark.parametrize("script", ["line-agent", "line-sim"])
def test_commands_run_from_the_wheel(installed, tmp_path, script) -> None:
    path = installed / "bin" / script
    text = run(path, "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "Usage" in text


def test_the_wheel_runs_away_from_its_sources(installed, tmp_path) -> None:
    run(
        installed / "bin" / "line-agent",
        "init",
        cwd=tmp_path,
        PYTHONPATH=str(installed),
    )
    program = "import agent.app, ui.app; print(agent.__file__); print(ui.__file__)"
    places = run(
        sys.executable, "-c", program, cwd=tmp_path, PYTHONPATH=str(installed)
    ).splitlines()
    assert [Path(place).parents[1] for place in places] == [installed, installed]
    assert (tmp_path / "line.toml").is_file()


def test_its_names_are_nobody_elses(installed) -> None:
    """Four common words as package names: another distribution must not own one."""
    owners = packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, [])) <= {"line-agent"}
    (ours,) = distributions(path=[str(installed)])
    assert ours.metadata["Name"] == "line-agent"
    commands = {point.name for point in ours.entry_points}
    others = {
        point.name
        for each in distributions()
        if each.metadata["Name"] != "line-agent"
        for point in each.entry_points
        if point.group == "console_scripts"
    }
    assert commands.isdisjoint(others)
