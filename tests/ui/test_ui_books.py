"""The end of an order: its books come up by themselves."""

from ui.app import LineApp
from ui.screens.books import BooksScreen


def closed(fakes):
    order = fakes.ORDER.model_copy(update={"state": "closed"})
    return fakes.RUNNING.model_copy(update={"order": order})


async def test_books_come_up_when_the_order_closes_and_go_at_a_key(
    agent, started, client, until, fakes, seen
):
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        agent.view.books[fakes.ORDER.order] = fakes.books()
        agent.view.now = closed(fakes)
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))
        text = seen(app)
        for part in ("对账", "✓ 平衡 BALANCED", "3,000", "任务已关闭", "箱 case 120"):
            assert part in text, part
        await pilot.press("escape")
        assert app.screen is app.home
        agent.view.now = agent.view.now.model_copy(update={"passed": 2880})
        await until(pilot, lambda: app.home.view.counts.passed == 2880)
        assert app.screen is app.home, "shown once"
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))


async def test_books_that_do_not_balance_say_where(
    agent, started, client, until, fakes, seen
):
    agent.view.books[fakes.ORDER.order] = fakes.books(good=2879, escaped=2)
    agent.view.now = closed(fakes)
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))
        text = seen(app)
    assert "✗ 不平衡 NOT BALANCED" in text
    assert "✗ +1" in text
    assert "违判放行 escaped" in text


async def test_an_order_that_leaves_the_status_closed_shows_its_books(
    agent, started, client, until, fakes
):
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        agent.view.books[fakes.ORDER.order] = fakes.books()
        agent.view.now = fakes.RUNNING.model_copy(update={"order": None})
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))


async def test_an_agent_that_restarts_in_mid_order_ends_nothing(
    agent, started, client, until, fakes
):
    agent.start()
    async with started(client, finish_after_order=True) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        agent.view.now = fakes.RUNNING.model_copy(update={"order": None})
        await until(pilot, lambda: app.home.view.order is None)
        agent.view.now = fakes.RUNNING.model_copy(update={"passed": 1300})
        await until(pilot, lambda: app.home.view.counts.passed == 1300)
        assert app.screen is app.home
        agent.view.books[fakes.ORDER.order] = fakes.books()
        agent.view.now = closed(fakes)
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))


async def test_finish_after_order_ends_by_itself_with_the_books(
    agent, started, client, until, fakes, monkeypatch
):
    monkeypatch.setattr(LineApp, "SHOW_BOOKS_S", 0.01)
    agent.view.books[fakes.ORDER.order] = fakes.books()
    agent.view.now = closed(fakes)
    agent.start()
    async with started(client, finish_after_order=True) as (app, pilot):
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == fakes.books()


async def test_finish_after_order_ends_at_a_key(agent, started, client, until, fakes):
    agent.view.books[fakes.ORDER.order] = fakes.books()
    agent.view.now = closed(fakes)
    agent.start()
    async with started(client, finish_after_order=True) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == fakes.books()


async def test_books_of_an_open_order_on_f3(agent, started, client, until, fakes, seen):
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))
        assert "生产中，尚未结账" in seen(app)
        await pilot.press("enter")
        assert app.screen is app.home


async def test_hostile_books_are_only_text(agent, started, client, until, fakes, seen):
    agent.view.books[fakes.ORDER.order] = fakes.books().model_copy(
        update={"product": "[red]\x1b[0m", "reasons": {"[/b]\x00": 1}}
    )
    agent.view.now = closed(fakes)
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, BooksScreen))
        assert "[red]␛[0m" in seen(app)
        assert "[/b]␀" in seen(app)


async def test_f3_without_any_order_says_so(agent, started, client, until, fakes, seen):
    agent.view.now = fakes.RUNNING.model_copy(update={"order": None})
    agent.start()
    async with started(client) as (app, pilot):
        await until(pilot, lambda: app.home.view is not None)
        await pilot.press("f3")
        await until(pilot, lambda: "还没有任务可以对账" in seen(app))
