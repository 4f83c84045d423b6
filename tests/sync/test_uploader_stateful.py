"""Everything that can go wrong with an upload, in any order (I7, F42-F44, F48).

The mark store of the bench refuses a mark that the platform's ledger does not have,
so every step of every run checks that no mark comes of nonsense.
"""

import asyncio
from collections import defaultdict

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent import killpoints
from simulators.platform import faults

FAULTS = [
    faults.cut_before(),
    faults.lose_reply(),
    faults.truncate(20),
    faults.html(),
    faults.html(takes_effect=True),
    faults.redirect("http://elsewhere/"),
    faults.other_json(b'{"mark": 3}'),
    faults.trailing(),
    faults.bomb(1 << 16),
    faults.status(409),
    faults.status(413),
    faults.status(422),
    faults.status(429, retry_after="5"),
    faults.status(500),
    faults.status(503),
    # These edit a mark; where the ledger refused with a gap they edit that.
    faults.for_other_line(),
    faults.for_other_epoch(),
    faults.mark_beyond(1),
    faults.mark_beyond(100),
    faults.wrong_hash(),
]
POINTS = ["before_upload", "after_upload", "after_mark"]


class KilledError(BaseException):
    """The process died here."""


def machine(make_bench):
    class Upload(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.bench = make_bench()
            self.uploader = self.bench.uploader(max_entries=8)
            self.backup = None
            self.epochs = {"e1": self.bench.journal}

        def run_step(self, uploader) -> None:
            self.runner.run(uploader.step())

        @rule(count=st.integers(1, 20))
        def produce(self, count) -> None:
            self.bench.journal.produce(count)

        @rule(times=st.integers(1, 4))
        def upload(self, times) -> None:
            for _ in range(times):
                self.run_step(self.uploader)

        @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 2))
        def platform_errs(self, fault, times) -> None:
            self.bench.script.add(fault, on="events", times=times)
            for _ in range(times):
                self.run_step(self.uploader)

        @rule()
        def link_toggles(self) -> None:
            self.bench.transport.up = not self.bench.transport.up

        @rule(point=st.sampled_from(POINTS))
        def agent_dies(self, point) -> None:
            def die(name: str) -> None:
                if name == point:
                    raise KilledError

            killpoints.arm(die)
            try:
                self.run_step(self.uploader)
            except KilledError:
                pass
            finally:
                killpoints.arm(None)
            self.uploader = self.bench.uploader(max_entries=8)

        @rule(size=st.integers(1, 12))
        def another_sender(self, size) -> None:
            self.run_step(self.bench.uploader(max_entries=size))

        @rule(place=st.integers(0, 50))
        def proxy_replays(self, place) -> None:
            """An old request arrives once more; its reply goes nowhere."""
            posts = [sent for sent in self.bench.wire.sent if sent[0] == "POST"]
            if posts:
                method, url, body = posts[place % len(posts)]
                request = httpx.Request(
                    method,
                    url,
                    content=body,
                    headers={"Content-Type": "application/json"},
                )
                past_faults = self.bench.past_faults
                self.runner.run(past_faults.handle_async_request(request))

        @precondition(lambda self: self.backup is None)
        @rule()
        def platform_backs_up(self) -> None:
            self.backup = self.bench.ledger.snapshot()

        @precondition(lambda self: self.backup is not None)
        @rule()
        def platform_is_restored(self) -> None:
            self.bench.ledger.restore(self.backup)
            self.backup.close()
            self.backup = None

        @precondition(lambda self: len(self.epochs) < 3)
        @rule()
        def agent_is_restored(self) -> None:
            self.settle()
            epoch = f"e{len(self.epochs) + 1}"
            self.bench.new_epoch(epoch)
            self.epochs[epoch] = self.bench.journal
            self.uploader = self.bench.uploader(max_entries=8)
            self.bench.script.clear()

        @invariant()
        def ledger_is_a_beginning_of_the_journal(self) -> None:
            ours = self.bench.on_journal()
            theirs = self.bench.on_ledger(self.bench.journal.epoch)
            assert theirs == ours[: len(theirs)]

        @invariant()
        def same_range_same_bytes(self) -> None:
            bodies = defaultdict(set)
            for _, url, body in self.bench.wire.sent:
                if url.endswith("/events"):
                    bodies[url, body.split(b',"hash"')[0]].add(body)
            assert all(len(each) == 1 for each in bodies.values())

        def settle(self) -> None:
            self.bench.script.clear()
            self.bench.transport.up = True
            self.runner.run(self.bench.drain(self.uploader))
            # What a line does that has nothing to send (a restored platform).
            assert self.runner.run(self.uploader.check()) is None
            self.runner.run(self.bench.drain(self.uploader))

        def teardown(self) -> None:
            self.settle()
            status = self.uploader.status
            assert (status.backlog, status.held) == (0, False)
            for epoch, journal in self.epochs.items():
                self.bench.journal = journal
                ours = self.bench.on_journal()
                theirs = self.bench.on_ledger(epoch)
                # A platform restored after an epoch ended has only part of it.
                whole = journal is self.epochs[max(self.epochs)]
                assert theirs == (ours if whole else ours[: len(theirs)])
            if self.backup is not None:
                self.backup.close()
            self.runner.run(self.bench.close())
            self.runner.close()

    return Upload


@pytest.mark.timeout(300)
def test_ledger_equals_journal_whatever_happens(make_bench):
    upload = machine(make_bench).TestCase
    upload.settings = settings(
        max_examples=80,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    upload("runTest").runTest()
