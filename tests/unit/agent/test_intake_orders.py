"""Orders from the platform: a repeat changes nothing, a newer word is taken."""

from datetime import date
from pathlib import Path

from agent.domain.facts import Fact
from agent.intake import StoreIntake
from agent.store.store import Store
from simulators.platform import OrderPlan, PlatformLedger, issue_order


class Journal:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.facts: list[Fact] = []

    async def commit(self, *facts: Fact) -> int:
        self.facts += facts
        return self.store.ledger.append(facts, 0).last_seq


async def aside(work):
    return work()


async def test_a_repeat_changes_nothing_and_a_newer_word_is_taken(
    tmp_path: Path,
) -> None:
    with PlatformLedger(None) as platform, Store.open(tmp_path, "L1") as store:
        plan = OrderPlan(line="L1", order="WO-1", target=10, seed=1)
        issued = issue_order(platform, plan)
        with store.reader() as reader:
            journal = Journal(store)
            intake = StoreIntake(store, reader, journal, aside)
            await intake.take_order(issued.order, issued.spec)
            await intake.take_order(issued.order, issued.spec)
            assert len(journal.facts) == 1
            more = issued.order.model_copy(update={"target": 12, "batch": "B2"})
            await intake.take_order(more, issued.spec)
            dated = more.model_copy(update={"expiry": date(2027, 3, 1)})
            await intake.take_order(dated, issued.spec)
            await intake.take_order(dated, issued.spec)
            assert len(journal.facts) == 3
            view = reader.order("WO-1")
    assert view is not None
    assert (view.target, view.batch) == (12, "B2")
    assert (view.production, view.expiry) == ("", "2027-03-01")
