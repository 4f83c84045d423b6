"""The whole line under a lamp: what one exposure cannot show, two can."""

import signal

import pytest

from agent.domain.words import Reason
from simulators.cameras.defects import GOOD
from simulators.cameras.folder_camera import SECOND
from simulators.cameras.two_exposures import Lamp

TARGET = 60
# Burns the code out wherever it lies in the station's region.
LAMP = Lamp(strength=1.2, radius_px=60)
FATES = {Reason.ORDER_FULL, Reason.LATE}


def has_second(item: int) -> bool:
    return item % 6 != 0


@pytest.mark.timeout(150)
async def test_under_a_lamp_only_items_with_two_exposures_pass_and_the_books_close(
    running_site,
) -> None:
    async with running_site(
        TARGET, station="budget_ms = 100", camera=f"second_pattern = '{SECOND}'"
    ) as site:
        camera = site.site.camera
        camera.print_of = lambda _item: GOOD
        # One in three is under the lamp; every second of these has one exposure only.
        camera.lamp_of = lambda item: LAMP if item % 3 == 0 else None
        camera.second_of = has_second
        await site.start()
        await site.settled()
        site.life.send(signal.SIGTERM)
        assert await site.life.ended() == 0
        assert site.wrong() == []

        judged = {fact.item.number: fact for fact in site.facts("ItemJudged")}
        glared = {item: fact for item, fact in judged.items() if item % 3 == 0}
        once = [fact for item, fact in glared.items() if not has_second(item)]
        twice = [fact for item, fact in glared.items() if has_second(item)]
        assert min(len(once), len(twice)) >= TARGET // 8
        assert {fact.reason for fact in once} <= {Reason.NO_READ, *FATES}
        assert any(fact.reason is Reason.NO_READ for fact in once)
        # A ruined print or a missed trigger is no fault of the lamp.
        assert share_passed(twice) >= 0.7
        # What is not under the lamp waits for its second picture in vain, in time.
        assert share_passed(f for item, f in judged.items() if item % 3 != 0) >= 0.7


def share_passed(facts) -> float:
    """Of those that anything but a busy machine or a full order decided."""
    decided = [fact.passed for fact in facts if fact.reason not in FATES]
    assert len(decided) >= TARGET // 8
    return sum(decided) / len(decided)
