"""`make matrix`: every driver on every transport, from a run of its tests."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from tested_kinds import Tested, by_fault, by_kind, complaints, ran


def counted(counts: Counter[str]) -> str:
    """`12`, and what did not pass beside it."""
    others = [
        f"{counts[word]} {word}" for word in ("failed", "skipped") if counts[word]
    ]
    return ", ".join([str(counts["passed"]), *others])


def kinds_table(kinds: Sequence[Tested]) -> Table:
    """A row a kind, a column a transport that any of them has."""
    transports = sorted({name for each in kinds for name in each.transports})
    table = Table(title="passing tests by driver and transport")
    for heading in ("kind", *transports, "contract", "bytes", "faults", "sources"):
        right = heading in {*transports, "bytes"}
        table.add_column(
            heading, justify="right" if right else "left", no_wrap=heading == "kind"
        )
    for each in kinds:
        table.add_row(
            each.kind,
            *(str(each.transports[name] or "") for name in transports),
            counted(each.contract),
            counted(each.wire),
            " ".join(sorted(each.faults)),
            " ".join(each.sources),
        )
    return table


def faults_table(faults: Mapping[str, Counter[str]]) -> Table:
    """A row a fault case."""
    table = Table(title="passing tests by fault case, of all tests")
    table.add_column("fault")
    table.add_column("tests")
    for fault, counts in faults.items():
        table.add_row(fault, counted(counts))
    return table


def main() -> int:
    """Exit code: 1 when a kind or a fault case has no passing test, or one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    wants_json = parser.parse_args().json
    facts = ran()
    kinds, faults = by_kind(facts), by_fault(facts)
    wrong = complaints(kinds, faults)
    if wants_json:
        told = {
            "kinds": [each.as_json() for each in kinds],
            "faults": faults,
            "wrong": wrong,
        }
        print(json.dumps(told, indent=1))  # noqa: T201 -- stdout is data
    else:
        console = Console(width=None if sys.stdout.isatty() else 200)
        console.print(kinds_table(kinds), faults_table(faults))
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
