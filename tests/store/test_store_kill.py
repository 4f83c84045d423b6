"""kill -9 of a real process that commits: what it acknowledged is there (F01, F02)."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent import killpoints
from agent.store.replay import verify_chain, verify_projection
from agent.store.store import Store

KILLS = 30

WORKER = """
import asyncio, os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from agent import killpoints
from agent.domain.facts import *
from agent.domain.words import *
from agent.store.store import Store
from agent.store.writer import GroupCommit

CODES = 1_000_000

async def work():
    store = Store.open(Path(sys.argv[1]), "L1")
    with ThreadPoolExecutor(1) as thread:
        loop = asyncio.get_running_loop()
        run = lambda work: loop.run_in_executor(thread, work)
        group = GroupCommit(store.ledger, run, lambda: 0)
        with store.reader() as reader:
            package = reader.package("U1")
        if package is None:
            seq = await group.commit(
                OrderReceived(order="O1", product="P", batch="B", target=1, spec="S",
                              spec_version=1, spec_json="{}"),
                OrderStarted(order="O1", by="op"),
                PackageAccepted(package="U1", level=Level.UNIT, mode=Mode.PRINT,
                                order="O1", codes=CODES, sha256=""),
            )
            os.write(1, b"%d %d 0\\n" % (seq, os.getpid()))
            leased = 0
        else:
            leased = package.leased_to
        await asyncio.gather(*(lane(group, leased, n) for n in range(4)))

async def lane(group, leased, n):
    # Lane 0 leases and voids; the others note rejects. All acknowledge.
    boot, number = os.getpid(), n
    while True:
        number += 4
        if n == 0:
            leased += 1
            facts = [CodesLeased(package="U1", first=leased, last=leased, device="p"),
                     CodesVoided(package="U1", indices=(leased,),
                                 cause=VoidCause.UNKNOWN_FATE)]
        else:
            item = ItemRef(boot=boot, number=number)
            facts = [ItemJudged(order="O1", item=item, passed=False,
                                reason=Reason.NO_READ, code=None, read="")]
        seq = await group.commit(*facts)
        os.write(1, b"%d %d %d\\n" % (seq, boot, leased if n == 0 else -number))

killpoints.arm_from_environment(os.environ.get("LINE_AGENT_KILL_AT"))
# Everything is imported once; each line of input is one life of the process.
for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        asyncio.run(work())
    _, status = os.waitpid(pid, 0)
    os.write(1, b"ended %d\\n" % os.waitstatus_to_exitcode(status))
"""


class Worker:
    """A real process on `folder` that can be started again and again."""

    def __init__(self, folder: Path, kill_at: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "LINE_AGENT_KILL_AT": kill_at},
        )

    def live(self, kill_after_s: float | None) -> list[tuple[int, int, int]]:
        """One life, killed so long after its first acknowledgement (None: by itself);
        its acknowledgements: sequence, process, and a code or minus an item."""
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        lines = [self._process.stdout.readline()]
        if kill_after_s is not None:
            end = time.monotonic() + kill_after_s
            while time.monotonic() < end:
                lines.append(self._process.stdout.readline())
            os.kill(int(lines[0].split()[1]), signal.SIGKILL)
        while not lines[-1].startswith(b"ended"):
            lines.append(self._process.stdout.readline())
        assert lines.pop() == b"ended %d\n" % -signal.SIGKILL
        return [tuple(map(int, line.split())) for line in lines]

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def check_kept(folder: Path, acks: list[tuple[int, int, int]]) -> None:
    with Store.open(folder, "L1") as store, store.reader() as reader:
        head = reader.head().seq
        kept: dict[int, set[tuple[int, int]]] = {}
        after = 0
        while rows := reader.journal_after(after, 5_000):
            after = rows[-1].seq
            for row in rows:
                fact = row.fact()
                if row.kind == "CodesVoided":
                    kept[row.seq] = {(0, fact.indices[0])}
                elif row.kind == "ItemJudged":
                    kept[row.seq] = {(fact.item.boot, -fact.item.number)}
        for seq, boot, what in acks:
            assert seq <= head
            if what != 0:
                assert (0 if what > 0 else boot, what) in kept[seq]


def check_whole(folder: Path) -> None:
    path = folder / "line.sqlite"
    assert verify_chain(path) is None
    assert verify_projection(path) == []


def test_what_was_acknowledged_survives_being_killed(folder: Path) -> None:
    chosen = random.Random(20)
    with Worker(folder) as worker:
        acks = [
            ack for _ in range(KILLS) for ack in worker.live(chosen.uniform(0, 0.05))
        ]
    assert len(acks) > KILLS
    check_kept(folder, acks)
    check_whole(folder)


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
@pytest.mark.parametrize("visit", [1, 2, 17])
def test_killed_around_a_commit(folder: Path, point: str, visit: int) -> None:
    assert point in killpoints.NAMES
    with Worker(folder, f"{point}:{visit}") as worker:
        acks = worker.live(kill_after_s=None)
    check_kept(folder, acks)
    check_whole(folder)
    with Store.open(folder, "L1") as store:
        # The transaction that died has happened or not, as its point says.
        grew = store.ledger.head.seq - max((seq for seq, _, _ in acks), default=0)
        assert (grew > 0) == (point == "after_commit")
