"""What tests say of each kind of device: gathered from pytest, summed up by kind."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from drivers.registry import models

ROOT = Path(__file__).resolve().parent.parent
# The fault cases of devices.
FAULTS = tuple(f"F{number}" for number in range(20, 39))

Facts = Mapping[str, Mapping[str, Any]]


def collected() -> Facts:
    """Facts of the tests of drivers by their ids, without running any.

    The same on every machine: tests over pictures and captures kept outside the
    repository are left out.
    """
    return _facts_from(
        *("--collect-only", "tests/wire", "tests/contract"), data=os.devnull
    )


def ran() -> Facts:
    """Run all tests of drivers and of fault cases, on two cores; pytest speaks on
    stderr."""
    return _facts_from("-n2", "tests", show=True)


def _facts_from(*arguments: str, show: bool = False, data: str = "") -> Facts:
    """`SystemExit` when pytest could not collect."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    if data:
        environment["LINE_AGENT_SHARED_DATA"] = data
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facts.json"
        done = subprocess.run(  # noqa: S603 -- our own arguments
            [
                *(sys.executable, "-m", "pytest", "-p", "matrix_plugin"),
                *(f"--facts={path}", "-p", "no:cacheprovider"),
                *arguments,
            ],
            cwd=ROOT,
            env=environment,
            stdout=sys.stderr if show else subprocess.PIPE,
            text=True,
            check=False,
        )
        # 1: tests failed, which is for the reader of the facts to judge.
        if done.returncode not in {0, 1} or not path.exists():
            raise SystemExit(f"pytest ended with {done.returncode}\n{done.stdout}")
        facts: Facts = json.loads(path.read_text(encoding="utf-8"))
        return facts


@dataclass(slots=True)
class Tested:
    """One kind. `contract` and `wire` count tests by what they came to ("collected"
    when they were not run), `transports` those that passed or were collected."""

    kind: str
    role: str
    contract: Counter[str] = field(default_factory=Counter)
    wire: Counter[str] = field(default_factory=Counter)
    transports: Counter[str] = field(default_factory=Counter)
    faults: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, facts: Mapping[str, Any]) -> None:
        """Count one test of this kind."""
        outcome = facts.get("outcome", "collected")
        is_good = outcome in {"passed", "collected"}
        if is_good:
            self.faults |= set(facts["faults"])
        if facts["part"] == "wire":
            self.wire[outcome] += 1
            self.sources |= facts["sources"]
        elif facts["part"] == "contract":
            self.contract[outcome] += 1
            if is_good and facts["transport"]:
                self.transports[facts["transport"]] += 1

    @property
    def complaint(self) -> str:
        """What is wrong with it; empty if nothing."""
        failed = self.contract["failed"] + self.wire["failed"]
        if failed:
            return f"{self.kind}: {failed} tests failed"
        if not self.contract["passed"] + self.contract["collected"]:
            return f"{self.kind}: no contract test passed"
        return ""

    def as_json(self) -> dict[str, Any]:
        """As `make matrix` gives it with --json."""
        return {**asdict(self), "faults": sorted(self.faults)}


def by_kind(facts: Facts) -> list[Tested]:
    """Every kind settings may name, tested or not."""
    kinds = {
        kind: Tested(kind=kind, role=model.role.value)
        for kind, model in models().items()
    }
    for test, each in facts.items():
        if each["kind"]:
            if each["kind"] not in kinds:
                raise SystemExit(f"{test}: there is no kind {each['kind']!r}")
            kinds[each["kind"]].add(each)
    return list(kinds.values())


def by_fault(facts: Facts) -> dict[str, Counter[str]]:
    """What the tests of each fault case came to."""
    table: dict[str, Counter[str]] = {fault: Counter() for fault in FAULTS}
    for each in facts.values():
        for fault in each["faults"]:
            if fault in table:
                table[fault][each.get("outcome", "collected")] += 1
    return table


def complaints(
    kinds: Sequence[Tested], faults: Mapping[str, Counter[str]]
) -> list[str]:
    """Why the matrix is not complete, a line each."""
    untested = [
        f"{fault}: no test passed" for fault, n in faults.items() if not n["passed"]
    ]
    return [each.complaint for each in kinds if each.complaint] + untested
