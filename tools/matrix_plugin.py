"""A pytest plugin: which driver, transport and fault each test is about.

A test module names its driver by `KIND`, a wire module its `SOURCES` as well. The
transport of a test is the parameter of its wires (`any_wires`, `net_wires`), or memory
where it runs on virtual time. `TRANSPORTS` of the module says what such a parameter is
for this driver ("tcp": "modbus"), and on what a test runs that dials for itself (by its
name, or that of a fixture it uses; "" is for all others).

With `--facts FILE` all of it is written there as JSON, with what each test came to
unless tests were only collected.
"""

import json
from pathlib import Path
from typing import Any

import pytest

WIRES = ("any_wires", "net_wires")
IN_MEMORY = {"virtual", "memory_wires"}
PARTS = ("wire", "contract")
WORST_LAST = ("passed", "skipped", "failed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option `--facts`."""
    parser.addoption("--facts", type=Path, help="write facts of the tests here")


def pytest_configure(config: pytest.Config) -> None:
    """Notes facts in every process, and gathers them in the first."""
    if config.getoption("--facts"):
        config.pluginmanager.register(Facts(config), "facts-of-tests")


def facts_of(item: pytest.Item) -> dict[str, Any]:
    """What the test is about."""
    module = getattr(item, "module", None)
    folder, *_ = item.path.relative_to(item.config.rootpath / "tests").parts
    return {
        "kind": getattr(module, "KIND", ""),
        "part": folder,
        "transport": transport_of(item, getattr(module, "TRANSPORTS", {})),
        "faults": sorted({str(m.args[0]) for m in item.iter_markers("fault")}),
        "sources": getattr(module, "SOURCES", {}) if folder == "wire" else {},
    }


def transport_of(item: pytest.Item, names: dict[str, str]) -> str:
    """memory, tcp, pty, modbus …; empty for a test that opens no wire."""
    function, _, _ = item.name.partition("[")
    fixtures = getattr(item, "fixturenames", ())
    for name in (function, *fixtures):
        if name in names:
            return names[name]
    callspec = getattr(item, "callspec", None)
    for wires in WIRES:
        if callspec is not None and wires in callspec.params:
            given = str(callspec.params[wires])
            return names.get(given, given)
    return "memory" if IN_MEMORY & set(fixtures) else names.get("", "")


class Facts:
    """Facts by test, and outcomes where tests were run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves what speaks for a driver or a fault, and notes facts at each test."""
        kept, other = [], []
        for item in items:
            facts = facts_of(item)
            if facts["part"] in PARTS or facts["faults"]:
                item.user_properties.append(("facts", facts))
                self._tests[item.nodeid] = facts
                kept.append(item)
            else:
                other.append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=other)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The worst of set-up, call and tear-down is what the test came to."""
        facts = self._tests.setdefault(
            report.nodeid, dict(report.user_properties).get("facts", {})
        )
        before = facts.get("outcome", WORST_LAST[0])
        facts["outcome"] = max(before, report.outcome, key=WORST_LAST.index)

    def pytest_sessionfinish(self) -> None:
        """Written once, where the reports of all processes come together."""
        if not hasattr(self._config, "workerinput"):
            path: Path = self._config.getoption("--facts")
            path.write_text(json.dumps(self._tests), encoding="utf-8")
