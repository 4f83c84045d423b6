"""The whole line with a camera that grades: a bad print goes out, the books close."""

import dataclasses
import json
import signal

import pytest

from agent.domain.words import Reason
from agent.pictures.exporting import pictures_in
from simulators.cameras.defects import GOOD

TARGET = 60
# Every seventh print lacks most of its ink: it reads, but its contrast is an F or D.
FAINT = dataclasses.replace(GOOD, ink_share=0.3)


def is_faint(item: int) -> bool:
    return item % 7 == 0


@pytest.mark.timeout(150)
async def test_prints_below_the_minimum_are_rejected_and_the_books_close(
    running_site,
) -> None:
    async with running_site(
        TARGET, minimum_grade=1.5, station='grading = {}\nhead = "left"'
    ) as site:
        site.site.camera.print_of = lambda item: FAINT if is_faint(item) else GOOD
        await site.start()
        await site.passed(TARGET // 2)
        (head,) = (await site.client.quality()).heads
        await site.settled()
        told = await site.client.pictures()
        site.life.send(signal.SIGTERM)
        assert await site.life.ended() == 0
        assert site.wrong() == []

        judged = site.facts("ItemJudged")
        low = [fact for fact in judged if fact.reason is Reason.LOW_GRADE]
        faint = [fact for fact in judged if is_faint(fact.item.number)]
        assert len(faint) >= TARGET // 8
        # Nothing but its print was wrong with a bottle, unless the order was full.
        assert {f.reason for f in faint} <= {
            Reason.LOW_GRADE,
            Reason.ORDER_FULL,
            Reason.NO_READ,
            Reason.LATE,
        }
        assert len(low) >= TARGET // 8
        assert all(f.code is not None for f in low)
        assert all((f.grade_tenths or 0) < 15 for f in low)
        assert all(f.grade_tenths >= 15 for f in judged if f.passed)

        # The head's charts, the platform's ledger and the kept pictures agree.
        assert (head.head, head.lane) == ("left", 1)
        assert head.prints >= TARGET // 2
        assert {chart.state for chart in head.charts} == {"settling"}
        graded = [
            json.loads(event.payload)["grade_tenths"]
            for event in ledger_events(site)
            if event.kind == "ItemJudged" and "grade_tenths" in event.payload
        ]
        assert sorted(graded) == sorted(
            f.grade_tenths for f in judged if f.grade_tenths is not None
        )
        kept = [each for each in pictures_in(site.data) if each.reason == "low_grade"]
        assert kept
        assert {each.item for each in kept} <= {f.item.number for f in low}
        assert all(each.grade is not None and each.code_known for each in kept)
        assert {each.id for each in told.kept} <= {
            each.id for each in pictures_in(site.data)
        }


def ledger_events(site):
    """What the platform has, over all epochs of the line."""
    events = site.site.ledger.events
    (epoch,) = events.epochs("DEMO")
    return events.events("DEMO", epoch)
