"""`make matrix` counts what tests are about, and is not content with less than all."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = {
    "contract/test_one.py": """
import pytest
KIND = "one"
TRANSPORTS = {"tcp": "modbus", "test_by_itself": "modbus-rtu", "film": "file"}

@pytest.fixture(params=["memory", "tcp"])
def net_wires(request):
    return request.param

@pytest.mark.fault("F20")
def test_wires(net_wires):
    assert net_wires == "memory"

def test_by_itself():
    pass

@pytest.fixture
def film():
    pass

def test_fixture(film):
    pass

def test_nowhere():
    pytest.skip("not today")
""",
    "wire/test_wire_one.py": """
import pytest
KIND = "one"
SOURCES = {"BOOK": "a manual"}

@pytest.mark.parametrize("n", [1, 2, 3])
def test_bytes(n):
    assert n
""",
    "unit/test_more.py": """
import pytest

@pytest.mark.fault("F21")
def test_fault():
    pass

def test_other():
    raise AssertionError("is not run")
""",
}


@pytest.fixture
def facts(tmp_path):
    """Facts of `TESTS`, as the plugin writes them; `collect` runs nothing."""
    for name, text in TESTS.items():
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = fault(id): a case\n")

    def gather(*arguments):
        out = tmp_path / "facts.json"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "matrix_plugin"),
                *(f"--facts={out}", "--import-mode=importlib", *arguments),
            ],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT / "tools")},
            capture_output=True,
            check=False,
        )
        told = json.loads(out.read_text())
        return {name.partition("::")[2]: each for name, each in told.items()}

    return gather


@pytest.fixture
def kinds(monkeypatch):
    """`tools/tested_kinds.py`."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import tested_kinds

    yield tested_kinds
    sys.modules.pop("tested_kinds")


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_what_tests_are_about_and_came_to(facts, processes):
    told = facts(processes)
    assert {
        name: (each["transport"], each["outcome"]) for name, each in told.items()
    } == {
        "test_wires[memory]": ("memory", "passed"),
        "test_wires[tcp]": ("modbus", "failed"),
        "test_by_itself": ("modbus-rtu", "passed"),
        "test_fixture": ("file", "passed"),
        "test_nowhere": ("", "skipped"),
        "test_bytes[1]": ("", "passed"),
        "test_bytes[2]": ("", "passed"),
        "test_bytes[3]": ("", "passed"),
        "test_fault": ("", "passed"),
    }
    assert told["test_wires[tcp]"]["faults"] == ["F20"]
    assert told["test_bytes[1]"]["sources"] == {"BOOK": "a manual"}


def test_what_is_only_collected_came_to_nothing(facts):
    assert not any("outcome" in each for each in facts("--collect-only").values())


def told(**changes):
    return {
        "kind": "zebra_zpl",
        "part": "contract",
        "transport": "tcp",
        "faults": ["F22"],
        "sources": {},
        "outcome": "passed",
    } | changes


def test_only_what_passed_counts(kinds):
    facts = {"a": told(), "b": told(outcome="failed", transport="pty", faults=["F23"])}
    (zebra,) = [each for each in kinds.by_kind(facts) if each.kind == "zebra_zpl"]
    assert zebra.transports == Counter(tcp=1)
    assert zebra.faults == {"F22"}
    assert zebra.complaint == "zebra_zpl: 1 tests failed"
    assert kinds.by_fault(facts)["F23"] == Counter(failed=1)


def test_a_kind_and_a_fault_without_a_passing_test_are_named(kinds):
    facts = {"a": told(), "b": told(kind="ssi", outcome="skipped")}
    wrong = kinds.complaints(kinds.by_kind(facts), kinds.by_fault(facts))
    assert "ssi: no contract test passed" in wrong
    assert "dataman: no contract test passed" in wrong
    assert "F23: no test passed" in wrong
    assert not any(line.startswith(("zebra_zpl", "F22")) for line in wrong)


def test_a_kind_that_settings_do_not_know_is_refused(kinds):
    with pytest.raises(SystemExit, match="there is no kind 'zebra'"):
        kinds.by_kind({"tests/x.py::test": told(kind="zebra")})
