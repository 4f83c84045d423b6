"""F8: the last rejects with their pictures, as an operator finds them."""

import pytest

from agent.api.quality_models import PictureModel, PicturesModel
from ui.rejects import half_blocks, reject_rows
from ui.screens.rejects import RejectsScreen

HOSTILE = "\x1b[2J[red]\u202ex\x00"


def picture(item: int, reason: str = "low_grade", **more) -> PictureModel:
    given = {
        "id": f"177200000000{item}-7-{item}-{reason}",
        "at_ms": 1_772_000_000_000 + item,
        "order": "MO-1",
        "boot": 7,
        "item": item,
        "reason": reason,
        "read": "010690\x1d21A",
        "symbology": "gs1_data_matrix",
        "grade": 1.4,
        "notes": "",
    }
    return PictureModel(**(given | more))


PGM = b"P5\n2 4\n255\n" + bytes([0, 255, 16, 32, 200, 0, 1, 2])


def test_rows_tell_reason_grade_and_what_to_do() -> None:
    kept = (picture(2), picture(1, "no_read", grade=None, read="", notes=HOSTILE))
    first, second = reject_rows(PicturesModel(kept=kept))
    assert (first.item, first.reason.en, first.grade) == (2, "low grade", "1.4")
    assert first.read == "010690␝21A"
    assert first.remedy is not None
    assert (second.grade, second.reason.zh) == ("", "未读到码")
    assert not set(second.notes) & set("\x1b\u202e\x00")


def test_a_reason_of_a_newer_agent_stays_visible() -> None:
    (row,) = reject_rows(PicturesModel(kept=(picture(1, "too_shiny"),)))
    assert (row.reason.zh, row.remedy) == ("too_shiny", None)


def test_two_pixels_are_one_character() -> None:
    text = half_blocks(PGM, 80)
    assert text.plain == "▀▀\n▀▀\n"
    styles = [span.style for span in text.spans]
    assert [(s.color.name, s.bgcolor.name) for s in styles] == [
        ("#000000", "#101010"),
        ("#ffffff", "#202020"),
        ("#c8c8c8", "#010101"),
        ("#000000", "#020202"),
    ]


def test_a_picture_is_never_wider_than_its_place() -> None:
    wide = b"P5\n72 54\n255\n" + bytes(range(72)) * 54
    lines = half_blocks(wide, 40).plain.splitlines()
    assert {len(line) for line in lines} == {40}
    assert len(lines) == 15  # 54 rows of 72, seen 40 wide: 30, two a line
    assert {len(line) for line in half_blocks(wide, 1).plain.splitlines()} == {1}


async def test_the_picture_of_a_reject_is_not_broken_by_a_narrow_screen(
    agent, started, client, until, seen
):
    agent.view.kept = PicturesModel(kept=(picture(2),))
    wide = b"P5\n72 54\n255\n" + bytes(72 * 54)
    agent.view.files[f"{picture(2).id} small"] = wide
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f8")
        await until(pilot, lambda: "▀▀" in seen(app))
        shown = [line for line in seen(app).splitlines() if "▀" in line]
        assert len({line.count("▀") for line in shown}) == 1


@pytest.mark.parametrize(
    "data", [b"", b"P6\n2 4\n255\n" + bytes(8), PGM[:-1], b"P5\nx y\n255\n", b"\x89PNG"]
)
def test_what_is_no_picture_is_said(data) -> None:
    with pytest.raises(ValueError, match="not a small picture"):
        half_blocks(data, 80)


async def test_f8_shows_the_pictures_one_by_one(agent, started, client, until, seen):
    kept = (picture(2), picture(1, "no_read", read="", grade=None, notes="歪斜"))
    agent.view.kept = PicturesModel(kept=kept)
    agent.view.files[f"{kept[0].id} small"] = PGM
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, RejectsScreen))
        await until(pilot, lambda: "▀▀" in seen(app))
        text = seen(app)
        for part in ("最近剔除", "印刷等级低 low grade", "010690␝21A", "未读到码"):
            assert part in text, part
        await pilot.press("down")
        await until(pilot, lambda: "图片取不到" in seen(app))
        assert "歪斜" in seen(app)
        await pilot.press("f8")
        assert isinstance(app.screen, RejectsScreen)
        await pilot.press("escape")
        assert app.screen is app.home


async def test_where_nothing_is_kept_f8_says_so(agent, started, client, until, seen):
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f8")
        await until(pilot, lambda: "没有剔除图片" in seen(app))
        assert app.screen is app.home


async def test_books_that_come_up_meanwhile_can_be_left(
    agent, started, client, until, fakes
):
    agent.view.kept = PicturesModel(kept=(picture(1),))
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, RejectsScreen))
        await pilot.press("f3")
        await until(pilot, lambda: not isinstance(app.screen, RejectsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RejectsScreen))
        await pilot.press("escape")
        assert app.screen is app.home
