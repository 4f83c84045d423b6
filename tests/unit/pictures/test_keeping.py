"""Which picture is kept for which reject, and what it may never cost."""

import asyncio
import functools

import numpy as np
import pytest

from agent.domain.facts import ItemJudged, LineStopped
from agent.domain.words import CodeRef, ItemRef, Reason, StopCause
from agent.eye.look import Look
from agent.pictures.keeping import WAITING, RejectPictures
from agent.pictures.shelf import Quota, Shelf
from agent.pictures.shots import MOST, MOST_AGE_S, MOST_BYTES, Shots
from agent.vision.checks.finding import CheckName, Finding
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.grading.grade import Method, PrintGrade
from agent.vision.symbology import Symbology
from drivers.cameras.frame import Frame
from simulators.bench.virtual_time import run_virtual

NOTHING = Look(result=VisionResult(codes=(), elapsed_ms=1, tries=(), timed_out=False))


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


def frame(item: int, size: int = 64, at_s: float | None = None) -> Frame:
    now_s = asyncio.get_running_loop().time() if at_s is None else at_s
    return Frame(
        item=item,
        image=np.full((size, size), item % 256, np.uint8),
        captured_at_s=now_s,
    )


def judged(item: int, reason: Reason | None = Reason.NO_READ) -> ItemJudged:
    return ItemJudged(
        order="O1",
        item=ItemRef(boot=7, number=item),
        passed=reason is None,
        reason=reason,
        code=CodeRef(package="P", index=1) if reason is Reason.LOW_GRADE else None,
        read="K1",
    )


class Desk:
    """`keep` runs at once, or waits for `let_go`; a fault is raised when asked."""

    def __init__(self, folder, *, free=0.5, most_per_s=2.0, pictures=100) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.fault: Exception | None = None
        self.shelf = Shelf(
            folder / "pictures",
            Quota(pictures=pictures, size=10**7),
            lambda _: free,
        )
        self.pictures = RejectPictures(
            self.shelf,
            keep=self.keep,
            wall_ms=lambda: 1_772_000_000_000,
            most_per_s=most_per_s,
        )

    async def keep(self, work):
        await self.go.wait()
        if self.fault is not None:
            raise self.fault
        return work()

    def reject(self, item: int, look: Look = NOTHING, reason=Reason.NO_READ) -> None:
        self.pictures.seen(frame(item), look)
        self.pictures.take(judged(item, reason))


@pytest.fixture
def beside():
    async def run(desk, seconds: float) -> None:
        task = asyncio.create_task(desk.pictures.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return run


@on_virtual_time
async def test_a_reject_is_kept_with_what_was_seen(tmp_path, beside) -> None:
    desk = Desk(tmp_path)
    code = Decoded(
        payload=b"K1",
        text="K1",
        aim="]d1",
        symbology=Symbology.DATA_MATRIX,
        decoder="zxing",
        variant="plain",
        corners=((0, 0), (1, 0), (1, 1), (0, 1)),
    )
    look = Look(
        result=VisionResult(codes=(code,), elapsed_ms=1, tries=(), timed_out=False),
        code=code,
        grade=PrintGrade(
            method=Method.ISO_15415_2011,
            grade=1.0,
            parameters=(),
            aperture_modules=0.8,
        ),
        findings=(
            Finding(check=CheckName.TEXT, passed=True, detail="L20260302"),
            Finding(check=CheckName.PLACEMENT, passed=False, detail="3 mm off"),
        ),
    )
    desk.reject(5, look, Reason.LOW_GRADE)
    await beside(desk, 1)
    (kept,) = desk.pictures.kept
    assert (kept.item, kept.boot, kept.order, kept.reason) == (5, 7, "O1", "low_grade")
    assert (kept.read, kept.code_known, kept.grade) == ("K1", True, 1.0)
    assert (kept.symbology, kept.notes) == ("data_matrix", "3 mm off")
    data = await desk.pictures.file(kept.id)
    assert data is not None
    assert data.startswith(b"\x89PNG")
    small = await desk.pictures.small(kept.id)
    assert small == b"P5\n72 72\n255\n" + bytes([5]) * 72 * 72
    assert await desk.pictures.small("1772000000000-7-9-no_read") is None


@on_virtual_time
async def test_what_passed_is_forgotten(tmp_path, beside) -> None:
    desk = Desk(tmp_path)
    desk.reject(1, reason=None)
    desk.pictures.take(judged(1))  # and not kept by a later word on the item
    desk.pictures.take(LineStopped(cause=StopCause.OPERATOR, detail=""))
    desk.pictures.take(judged(2))  # a reject nobody took a picture of
    await beside(desk, 1)
    assert desk.pictures.kept == ()
    assert desk.pictures.dropped == 0


@on_virtual_time
async def test_a_flood_of_rejects_waits_for_nobody(tmp_path, beside) -> None:
    desk = Desk(tmp_path, most_per_s=2)
    for item in range(1, 101):
        desk.reject(item)
    assert desk.pictures.dropped == 100 - WAITING
    await beside(desk, 2.1)  # the shelf is written twice a second, no faster
    assert [each.item for each in desk.pictures.kept] == [1, 2, 3, 4, 5]


@on_virtual_time
async def test_a_thread_that_hangs_costs_pictures_and_nothing_else(tmp_path) -> None:
    desk = Desk(tmp_path)
    desk.go.clear()
    task = asyncio.create_task(desk.pictures.run())
    await asyncio.sleep(1)
    for item in range(1, 30):
        desk.reject(item)
    assert desk.pictures.dropped == 29 - WAITING
    desk.go.set()
    await asyncio.sleep(10)
    assert len(desk.pictures.kept) == WAITING
    task.cancel()


@pytest.mark.parametrize("from_the_start", [True, False])
@on_virtual_time
async def test_a_broken_disk_is_told_and_comes_back(
    tmp_path, caplog, from_the_start
) -> None:
    desk = Desk(tmp_path)
    if from_the_start:
        desk.fault = PermissionError(13, "permission denied")
    task = asyncio.create_task(desk.pictures.run())
    await asyncio.sleep(1)
    desk.fault = PermissionError(13, "permission denied")
    for item in (1, 2, 3):
        desk.reject(item)
    await asyncio.sleep(3)
    assert desk.pictures.dropped == 3
    assert "permission denied" in desk.pictures.fault
    assert len([r for r in caplog.records if "cannot be kept" in r.message]) == 1
    desk.fault = None
    desk.reject(4)
    await asyncio.sleep(3)
    assert [each.item for each in desk.pictures.kept] == [4]
    assert desk.pictures.fault == ""
    task.cancel()


@on_virtual_time
async def test_no_room_to_spare_is_counted(tmp_path, beside) -> None:
    desk = Desk(tmp_path, free=0.1)
    desk.reject(1)
    await beside(desk, 1)
    assert (desk.pictures.kept, desk.pictures.dropped) == ((), 1)


@on_virtual_time
async def test_former_pictures_are_there_before_the_first_reject(
    tmp_path, beside
) -> None:
    first = Desk(tmp_path)
    first.reject(1)
    await beside(first, 1)
    again = Desk(tmp_path)
    await beside(again, 0.1)
    assert [each.item for each in again.pictures.kept] == [1]
    (tmp_path / "line.png").write_bytes(b"none of our pictures")
    assert await again.pictures.file("../line") is None
    assert await again.pictures.file("1772000000000-7-9-no_read") is None


@on_virtual_time
async def test_memory_is_bounded_by_number_and_bytes() -> None:
    shots = Shots()
    for item in range(MOST + 10):
        shots.add(frame(item), NOTHING)
    assert shots.take(9, 0.0) is None
    assert shots.take(10, 0.0) is not None
    large = Shots()
    side = 4096
    for item in range(10):
        large.add(frame(item, side), NOTHING)
    kept = [item for item in range(10) if large.take(item, 0.0) is not None]
    assert kept == list(range(10 - MOST_BYTES // side**2, 10))


@on_virtual_time
async def test_a_number_from_before_the_plc_restarted_is_another_item() -> None:
    shots = Shots()
    shots.add(frame(3, at_s=0.0), NOTHING)
    assert shots.take(3, MOST_AGE_S + 1) is None
    shots.add(frame(3, at_s=50.0), NOTHING)
    assert shots.take(3, 51.0) is not None
