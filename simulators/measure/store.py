"""The store beside bare SQLite: durable commits, and package import."""

import asyncio
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from agent.domain.facts import (
    CodesLeased,
    ItemJudged,
    OrderReceived,
    OrderStarted,
    PackageAccepted,
)
from agent.domain.words import CodeRef, ItemRef, Level, Mode
from agent.store.chain import seal
from agent.store.database import connect_writer
from agent.store.fact_json import encode, kind_of
from agent.store.package_import import import_package
from agent.store.package_meta import PackageClaim
from agent.store.schema import FIRST
from agent.store.store import Store
from agent.store.writer import GroupCommit

T = TypeVar("T")

GROUP = 50
ROUNDS = 3
CODES = 1_000_000
_ORDER, _PACKAGE = "MEASURE", "M1"
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Durations in seconds of work done in steps; `per_step` facts in each."""

    took_s: list[float]
    per_step: int

    def per_second(self) -> float:
        """Facts a second over all steps."""
        return len(self.took_s) * self.per_step / sum(self.took_s)

    def percentile_ms(self, percent: int) -> float:
        """The slowest of the fastest `percent` steps, in milliseconds."""
        return statistics.quantiles(self.took_s, n=100)[percent - 1] * 1_000


def run(console: Console) -> None:
    """Print both comparisons."""
    with tempfile.TemporaryDirectory(prefix="line-agent-measure-") as folder:
        console.print(_commit_table(Path(folder)))
        measure_import(console, Path(folder), CODES)


def _commit_table(folder: Path) -> Table:
    table = Table(title="durable verdicts (WAL, FULL), same rows, same disk")
    for heading in ("", "verdicts/s", "p50 ms", "p99 ms", "of bare"):
        table.add_column(heading, justify="right" if heading else "left")
    for size, commits in ((1, 3_000), (GROUP, 300)):
        store, bare = measure_commits(folder, commits=commits, size=size)
        for name, pace in (("sqlite3", bare), ("store", store)):
            table.add_row(
                f"{name}, {size} a commit",
                f"{pace.per_second():,.0f}",
                f"{pace.percentile_ms(50):.2f}",
                f"{pace.percentile_ms(99):.2f}",
                f"{pace.per_second() / bare.per_second():.2f}",
            )
    return table


def measure_commits(folder: Path, *, commits: int, size: int) -> tuple[Pace, Pace]:
    """The store's and bare SQLite's pace, in turns, so that both meet the same disk."""
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(ROUNDS):
        each = max(commits // ROUNDS, 2)
        ours += _store_turn(folder / f"store-{size}-{turn}", each, size)
        bare += _bare_turn(folder / f"bare-{size}-{turn}.sqlite", each, size)
    return Pace(took_s=ours, per_step=size), Pace(took_s=bare, per_step=size)


def _verdict(number: int) -> ItemJudged:
    return ItemJudged(
        order=_ORDER,
        item=ItemRef(boot=1, number=number),
        passed=True,
        reason=None,
        code=CodeRef(package=_PACKAGE, index=number),
        read=f"https://example.com/c/{number:012d}",
    )


def _store_turn(folder: Path, commits: int, size: int) -> list[float]:
    """Through the same door as the line: tasks, one transaction, one thread."""
    with Store.open(folder, "measure") as store, ThreadPoolExecutor(1) as thread:
        codes = commits * size
        store.ledger.append(
            [
                OrderReceived(
                    order=_ORDER,
                    product="P",
                    batch="B",
                    target=codes,
                    spec="S",
                    spec_version=1,
                    spec_json="{}",
                ),
                PackageAccepted(
                    package=_PACKAGE,
                    level=Level.UNIT,
                    mode=Mode.PRINT,
                    order=_ORDER,
                    codes=codes,
                    sha256="",
                ),
                OrderStarted(order=_ORDER, by="measure"),
                CodesLeased(package=_PACKAGE, first=1, last=codes, device="none"),
            ],
            at_ms=0,
        )
        return asyncio.run(_store_commits(store, thread, commits, size))


async def _store_commits(
    store: Store, thread: ThreadPoolExecutor, commits: int, size: int
) -> list[float]:
    loop = asyncio.get_running_loop()

    async def off_loop(work: Callable[[], T]) -> T:
        return await loop.run_in_executor(thread, work)

    commit = GroupCommit(store.ledger, off_loop, wall_ms=lambda: 0).commit
    took = []
    for step in range(commits):
        facts = [_verdict(step * size + each + 1) for each in range(size)]
        start = time.perf_counter()
        await asyncio.gather(*(commit(fact) for fact in facts))
        took.append(time.perf_counter() - start)
    return took


_BARE = (
    "INSERT INTO journal VALUES (?, 0, ?, ?, ?)",
    "INSERT INTO codes VALUES (1, ?, 'good', NULL, 1, ?)",
    "INSERT INTO touches VALUES (1, ?, ?)",
    "INSERT INTO items VALUES (1, ?, ?, 'passed', NULL, 1, ?, NULL)",
    "UPDATE packages SET in_flight = in_flight - 1, good = good + 1 WHERE no = 1",
    "INSERT INTO tallies VALUES (?, 'judged', 'passed', 1)"
    " ON CONFLICT DO UPDATE SET n = n + 1",
)


def _bare_turn(path: Path, commits: int, size: int) -> list[float]:
    """The rows the store writes, made beforehand and written with nothing around."""
    db = connect_writer(path)
    for statement in FIRST:
        db.execute(statement)
    codes = commits * size
    db.execute(
        "INSERT INTO packages (no, package, level, mode, order_id, codes, sha256,"
        " leased_to, unused, in_flight)"
        " VALUES (1, ?, 'unit', 'print', ?, ?, '', ?, 0, ?)",
        (_PACKAGE, _ORDER, codes, codes, codes),
    )
    took = []
    sets = list(_bare_sets(codes))
    for step in range(commits):
        chosen = sets[step * size : (step + 1) * size]
        start = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        for values in chosen:
            for statement, row in zip(_BARE, values, strict=True):
                db.execute(statement, row)
        db.execute("COMMIT")
        took.append(time.perf_counter() - start)
    db.close()
    return took


def _bare_sets(codes: int) -> Iterator[tuple[tuple[object, ...], ...]]:
    for n in range(1, codes + 1):
        fact = _verdict(n)
        payload = encode(fact)
        sealed = seal(b"", n, 0, kind_of(fact), payload)
        yield (
            (n, kind_of(fact), payload, sealed),
            (n, n),
            (n, n),
            (n, _ORDER, n),
            (),
            (_ORDER,),
        )


def measure_import(console: Console, folder: Path, codes: int) -> float:
    """Rows a second of an import of `codes` codes, printed beside the shell's."""
    source = folder / "codes.txt"
    _write_codes(source, codes)
    claim = PackageClaim(
        package=_PACKAGE, level=Level.UNIT, mode=Mode.PRINT, order=_ORDER, product="P"
    )
    start = time.perf_counter()
    import_package(source, folder, claim, lambda code: (code, code))
    ours = codes / (time.perf_counter() - start)
    console.print(
        f"package import of {codes:,} codes, checked and synced: {ours:,.0f} rows/s"
    )
    shell = shutil.which("sqlite3")
    if shell is None:
        console.print("  beside the shell's .import: skipped, no sqlite3 command here")
        return ours
    theirs = codes / _shell_import_s(shell, source, folder / "shell.sqlite")
    console.print(
        f"  sqlite3 shell, .import of the same file: {theirs:,.0f} rows/s; "
        f"ours is {ours / theirs:.2f} of that"
    )
    return ours


def _write_codes(path: Path, codes: int) -> None:
    """Distinct codes in no order."""
    chosen = random.Random(7)
    with path.open("w", encoding="ascii") as file:
        for number in range(codes):
            front = "".join(chosen.choices(_ALPHABET, k=8))
            file.write(f"{front}{number:07d}\n")


def _shell_import_s(shell: str, source: Path, target: Path) -> float:
    start = time.perf_counter()
    subprocess.run(  # noqa: S603
        [
            shell,
            str(target),
            "CREATE TABLE code (key TEXT PRIMARY KEY) WITHOUT ROWID",
            f".import {source} code",
        ],
        check=True,
    )
    return time.perf_counter() - start
