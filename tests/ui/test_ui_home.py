"""The home screen, driven by keys, over a real API."""

import pytest

from agent.domain.run_state import RunState
from agent.domain.words import StopCause
from ui import signs
from ui.texts import STOPS


@pytest.fixture
def showing(agent, started, client, until):
    """`async with showing() as (app, pilot)`: a screen that has its first status."""
    import contextlib

    @contextlib.asynccontextmanager
    async def start(**options):
        agent.start()
        async with started(client, **options) as (app, pilot):
            await until(pilot, lambda: app.home.view is not None)
            yield app, pilot

    return start


def change(status, **update):
    return status.model_copy(update=update)


async def test_a_running_line_is_shown(showing, seen):
    async with showing() as (app, _):
        text = seen(app)
    for part in (
        "运 行 中",
        "RUNNING",
        "PO-2026-0117",
        "1,234 / 2,880  42.8 %",
        "未读到码 no read",
        "10/24",
        "待扫描 to scan: № 51",
        "✓ 就绪 ready",
        "✗ 重连中 retrying",
        "↑ 回传中 SENDING",
        "✓ 在线 online",
        "5,200 / 5,212",
    ):
        assert part in text, part


async def test_every_line_fills_its_row_in_terminal_cells(showing, seen):
    """A wide character counted as one cell would push a border out of line."""
    from rich.cells import cell_len

    async with showing() as (app, _):
        lines = seen(app).splitlines()
    assert {cell_len(line) for line in lines} == {120}
    right = [line for line in lines if line.rstrip().endswith(("│", "╮", "╯"))]
    assert len(right) > 20
    assert all(line[-1] in "│╮╯" for line in right)


@pytest.mark.parametrize("cause", list(StopCause))
async def test_a_stop_shows_cause_and_remedy(showing, seen, until, agent, fakes, cause):
    agent.view.now = change(fakes.held(cause, "item 7/42"), needs_reset=True)
    async with showing() as (app, _):
        text = seen(app)
    advice = STOPS[cause]
    for words in (advice.name, advice.cause, advice.remedy):
        assert words.zh in text
        assert words.en in text
    assert "item 7/42" in text
    assert "按柜上的复位按钮" in text
    assert "已 停 线" in text


async def test_a_change_of_state_arrives(showing, seen, until, agent, fakes):
    async with showing() as (app, pilot):
        agent.view.now = fakes.held(StopCause.DISK, "4 % free")
        await until(pilot, lambda: app.home.view.run.stop is not None)
        assert "磁盘空间不足" in seen(app)
        assert "运 行 中" not in seen(app)


async def test_the_screen_may_start_first_and_the_agent_may_go_and_return(
    started, client, agent, until, seen
):
    async with started(client) as (app, pilot):
        await until(pilot, lambda: "does not answer" in seen(app))
        assert "等待代理启动" in seen(app)
        assert app.home.view is None
        agent.start()
        await until(pilot, lambda: not app.home.is_away)
        assert "RUNNING" in seen(app)
        assert "等待代理启动" not in seen(app)
        await agent.stop()
        await until(pilot, lambda: app.home.is_away)
        text = seen(app)
        assert "正在重连" in text
        assert "状 态 未 知" in text
        for claim in ("RUNNING", "SENDING", "online", "就绪"):
            assert claim not in text, "claims a state nobody knows"
        assert "1,234 / 2,880" in text
        agent.start()
        await until(pilot, lambda: not app.home.is_away)
        assert app.home.view.run.sign is signs.RUN_SIGNS[RunState.EXECUTE]
        assert "正在重连" not in seen(app)


HOSTILE = "\x1b[2J[bold red]x[/] [@click=app.quit]y[/] \u202e[/nope] \x00"
SHOWN = "␛[2J[bold red]x[/] [@click=app.quit]y[/] ‹202E›[/nope] ␀"


async def test_text_from_outside_is_only_text(showing, seen, agent, fakes, until):
    short = "[red]\x1b[0m[/x]"
    agent.view.now = change(
        fakes.held(StopCause.READER, HOSTILE),
        line=short,
        order=change(fakes.ORDER, order=HOSTILE, product=short, batch=short),
        reasons={"[b]z[/q]": 2},
        containers=(change(fakes.RUNNING.containers[0], attention=short),),
        devices=(
            change(fakes.RUNNING.devices[0], name="[i]d[/w]", link="[u]", detail=short),
        ),
        sync=change(fakes.RUNNING.sync, last_error=short),
    )
    async with showing() as (app, pilot):
        text = seen(app)
        assert SHOWN in text
        assert text.count("[red]␛[0m[/x]") >= 5
        assert "[b]z[/q]" in text
        assert "[i]d[/w]" in text
        assert not {"\x1b", "\u202e", "\x00"} & set(text)
        agent.view.refusal = HOSTILE
        await pilot.press("r")
        await until(pilot, lambda: len(app.screen_stack) == 3)
        await pilot.press("7", "enter", "x", "enter")
        await until(pilot, lambda: bool(app.home.answer))
        assert "[@click=app.quit]y[/]" in seen(app)


async def test_a_megabyte_of_text_is_cut(showing, seen, agent, fakes):
    huge = "长" * 150_000
    agent.view.now = change(
        fakes.held(StopCause.READER, huge), order=change(fakes.ORDER, batch=huge)
    )
    async with showing() as (app, _):
        assert "…" in seen(app)
        assert "已 停 线" in seen(app)
        assert "检查电源、网线和镜头" in seen(app), "the remedy is pushed out"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36), (200, 60)])
async def test_state_remedy_and_progress_fit_every_terminal(
    showing, seen, agent, fakes, size
):
    agent.view.now = fakes.held(StopCause.OPERATOR)
    async with showing(size=size) as (app, _):
        text = seen(app)
    for part in ("HELD", "确认现场安全", "1,234 / 2,880", "恢复 Resume"):
        assert part in text, part
    # The rate stands in big digits where there is room, else in a line.
    assert ("每小时 /h 35,870" in text) == (size[1] < 34)


async def test_q_leaves(showing):
    async with showing() as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value is None
    assert app.return_code == 0
