"""What a process loads, seen from outside: the layers hold at run time too."""

import json
import subprocess
import sys

import pytest

LOADED = "import json, sys; import {modules}; print(json.dumps(sorted(sys.modules)))"


def loaded(*modules: str) -> set[str]:
    """Everything in memory once these are imported, in a process of their own."""
    program = LOADED.format(modules=", ".join(modules))
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return set(json.loads(done.stdout))


def within(names: set[str], *packages: str) -> list[str]:
    return sorted(
        name
        for name in names
        if any(name == each or name.startswith(f"{each}.") for each in packages)
    )


@pytest.mark.parametrize("module", ["agent.cli.main", "agent.app", "ui.app", "ui"])
def test_nothing_at_run_time_loads_a_simulator(module) -> None:
    assert within(loaded(module), "simulators", "tests") == []


def test_the_screen_is_only_a_client() -> None:
    names = loaded("ui.app")
    inner = ("agent.line", "agent.store", "agent.sync", "agent.vision", "agent.app")
    assert within(names, "drivers", *inner) == []
    assert within(names, "sqlite3", "cv2", "zxingcpp", "pymodbus", "serial") == []


def test_the_domain_is_pure() -> None:
    names = loaded(
        "agent.domain.judging",
        "agent.domain.packing",
        "agent.domain.code_format",
        "agent.domain.facts",
        "agent.domain.tracking",
        "agent.domain.print_window",
        "agent.domain.run_state",
        "agent.domain.spec",
        "agent.domain.gs1",
    )
    impure = ("asyncio", "socket", "sqlite3", "httpx", "cv2", "pydantic", "drivers")
    assert within(names, *impure) == []
    assert within(names, "agent") == within(names, "agent.domain", "agent")
    outer = [n for n in within(names, "agent") if not n.startswith("agent.domain")]
    assert outer == ["agent"]


def test_the_agent_does_not_load_the_screen() -> None:
    assert within(loaded("agent.cli.main"), "ui", "textual") == []


def test_a_driver_family_loads_only_when_it_is_wanted() -> None:
    names = loaded("drivers.registry", "drivers.settings")
    assert within(names, "cv2", "pymodbus", "serial") == []
    assert within(names, "agent", "simulators", "ui") == []
