"""What the operator does with keys, and what reaches the agent."""

import contextlib

import pytest

from agent.domain.run_state import RunState
from agent.domain.words import StopCause
from ui.screens.act import ActDialog


@pytest.fixture
def showing(agent, started, client, until):
    @contextlib.asynccontextmanager
    async def start(status, **options):
        agent.view.now = status
        agent.start()
        async with started(client, **options) as (app, pilot):
            await until(pilot, lambda: app.home.view is not None)
            yield app, pilot

    return start


@pytest.fixture
def dialog(until):
    """`await dialog(app, pilot, key)`: press and wait for the dialog."""

    async def open_it(app, pilot, key) -> ActDialog:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, ActDialog))
        return app.screen

    return open_it


def done(agent) -> list[tuple[str, str, str]]:
    return [(what, act.by, act.reason) for what, act in agent.view.acts]


@pytest.mark.parametrize("key", ["r", "f9"])
async def test_resume_says_who_and_why(showing, dialog, until, agent, fakes, seen, key):
    async with showing(fakes.held(StopCause.PRINTER)) as (app, pilot):
        await dialog(app, pilot, key)
        await pilot.press(*"7731", "enter", *"ink r", "enter")
        await until(pilot, lambda: bool(app.home.answer))
        assert done(agent) == [("resume", "7731", "ink r")]
        assert "✓ 恢复 Resume" in seen(app)
        await until(pilot, lambda: app.home.view.run.stop is None)
        assert "RUNNING" in seen(app)


async def test_nothing_is_sent_without_name_and_reason(
    showing, dialog, agent, fakes, seen
):
    async with showing(fakes.held(StopCause.PRINTER)) as (app, pilot):
        screen = await dialog(app, pilot, "r")
        await pilot.press("enter", *"77", "enter", "enter", "space", "enter")
        assert app.screen is screen
        await pilot.click("#confirm")
        assert app.screen is screen
        assert "请填写操作人和原因" in seen(app)
        await pilot.press("escape")
        assert app.screen is app.home
    assert agent.view.acts == []


async def test_the_mouse_can_do_it_too(showing, dialog, until, agent, fakes):
    async with showing(fakes.held(StopCause.PRINTER)) as (app, pilot):
        await dialog(app, pilot, "r")
        await pilot.click("#by")
        await pilot.press(*"77")
        await pilot.click("#reason")
        await pilot.press(*"ok")
        await pilot.click("#confirm")
        await until(pilot, lambda: bool(agent.view.acts))
        await dialog(app, pilot, "f5")
        await pilot.click("#cancel")
        assert app.screen is app.home
    assert done(agent) == [("resume", "77", "ok")]


async def test_the_name_is_kept_for_the_next_act(showing, dialog, until, agent, fakes):
    async with showing(fakes.RUNNING) as (app, pilot):
        await dialog(app, pilot, "f6")
        await pilot.press(*"77", "enter", *"torn", "enter")
        await until(pilot, lambda: len(agent.view.acts) == 1)
        await until(pilot, lambda: app.screen is app.home)
        await dialog(app, pilot, "f6")
        await pilot.press(*"lost", "enter")
        await until(pilot, lambda: len(agent.view.acts) == 2)
    assert done(agent) == [("relabel 51", "77", "torn"), ("relabel 51", "77", "lost")]
    ids = {act.act_id for _, act in agent.view.acts}
    assert len(ids) == 2


async def test_close_short_asks_which(showing, dialog, until, agent, fakes, seen):
    async with showing(fakes.RUNNING) as (app, pilot):
        await dialog(app, pilot, "f5")
        assert "箱 case  10 / 24" in seen(app)
        assert "垛 pallet  50 / 60" in seen(app)
        await pilot.press("down", "enter", *"77", "enter", *"end", "enter")
        await until(pilot, lambda: bool(agent.view.acts))
    assert done(agent) == [("close-short pallet", "77", "end")]


async def test_start_offers_the_orders_that_are_open(
    showing, dialog, until, agent, fakes, seen
):
    agent.view.listed = tuple(
        fakes.ORDER.model_copy(update={"order": name, "state": state})
        for name, state in (
            ("OLD", "closed"),
            ("[red]A/1", "received"),
            ("B", "started"),
        )
    )
    idle = fakes.RUNNING.model_copy(update={"run_state": RunState.IDLE, "order": None})
    async with showing(idle) as (app, pilot):
        assert "没有任务" in seen(app)
        await dialog(app, pilot, "f2")
        assert "OLD" not in seen(app)
        assert "[red]A/1" in seen(app)
        await pilot.press("enter", *"77", "enter", *"go", "enter")
        await until(pilot, lambda: bool(agent.view.acts))
    assert done(agent) == [("start [red]A/1", "77", "go")]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("r", "产线没有停线"),
        ("f2", "产线不空闲"),
        ("f5", "没有未满的箱或垛"),
        ("f6", "没有等待扫描标签"),
    ],
)
async def test_an_act_that_is_not_possible_says_why(
    showing, until, agent, fakes, seen, key, why
):
    bare = fakes.RUNNING.model_copy(update={"containers": ()})
    async with showing(bare) as (app, pilot):
        await pilot.press(key)
        await until(pilot, lambda: bool(app.home.answer))
        assert why in seen(app)
        assert app.screen is app.home
    assert agent.view.acts == []


async def test_a_refusal_is_shown_in_the_agent_s_words(
    showing, dialog, until, agent, fakes, seen
):
    agent.view.refusal = "the guard door is open"
    async with showing(fakes.held(StopCause.PRINTER)) as (app, pilot):
        await dialog(app, pilot, "r")
        await pilot.press(*"77", "enter", *"x", "enter")
        await until(pilot, lambda: bool(app.home.answer))
        assert "✗ 恢复 Resume" in seen(app)
        assert "the guard door is open" in seen(app)


async def test_with_the_agent_away_nothing_is_claimed(
    showing, dialog, until, agent, fakes, seen
):
    async with showing(fakes.held(StopCause.PRINTER)) as (app, pilot):
        await dialog(app, pilot, "r")
        await agent.stop()
        await pilot.press(*"77", "enter", *"x", "enter")
        await until(pilot, lambda: bool(app.home.answer))
        assert "不知是否已执行" in seen(app)
        await until(pilot, lambda: app.home.is_away)
        await pilot.press("r")
        await until(pilot, lambda: "不能操作" in seen(app))
        assert app.screen is app.home
