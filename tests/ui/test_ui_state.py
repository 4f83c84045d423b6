"""From what the agent says to what is shown, without a screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api.models import QualityNote
from agent.domain.run_state import RunState
from agent.domain.words import Level, Notice, StopCause
from ui import signs
from ui.actions import BY_NAME
from ui.books import books_view
from ui.plain import LIMIT_CHARS, plain
from ui.state import NEEDS_RESET, away_view, ended_order, home_view, link_sign, span
from ui.texts import NOTICES, REASONS, STOPS
from ui.widgets.order_panel import ratio
from ui.widgets.panels import BAR_CELLS, bar

HOSTILE = "\x1b[2J[red]\u202ex\x00\u2028[/red]\x1d"


def change(status, **update):
    return status.model_copy(update=update)


def test_a_running_line(fakes):
    view = home_view(fakes.RUNNING)
    assert view.run.sign is signs.RUN_SIGNS[fakes.RUNNING.run_state]
    assert view.run.stop is None
    assert (view.order.order, view.order.target) == ("PO-2026-0117", 2880)
    assert (view.counts.passed, view.counts.rate_per_h) == (1234, 35870)
    assert [(row.name.en, row.count) for row in view.rejects] == [
        ("no read", 15),
        ("late", 4),
        ("duplicate", 2),
    ]
    assert [(row.held, row.size, row.closed) for row in view.packing] == [
        (10, 24, 50),
        (50, 60, 0),
    ]
    assert view.packing[0].waiting_for_scan == (51,)
    assert [words.zh for words, _ in view.codes_left] == ["瓶", "箱", "垛"]
    assert [row.sign.words.en for row in view.devices] == ["ready", "ready", "retrying"]


@pytest.mark.parametrize("cause", list(StopCause))
def test_a_stop_brings_its_cause_and_remedy(fakes, cause):
    view = home_view(fakes.held(cause, "detail"))
    assert view.run.sign.words.zh == "已停线"
    assert view.run.stop is STOPS[cause]
    assert view.run.detail == "detail"


def test_a_print_that_gets_worse_is_told_with_its_cause_and_remedy(fakes):
    note = QualityNote(
        head=f"jet{HOSTILE}",
        lane=1,
        parameter="unused_error_correction",
        cause="nozzle",
        cause_zh="有喷孔堵塞。",
        cause_en="A blocked nozzle.",
        remedy_zh="清洗喷头。",
        remedy_en="Clean the head.",
        detail="行 row 5",
    )
    status = change(fakes.RUNNING, notices=(Notice.PRINT_QUALITY,), quality=(note,))
    general, told = home_view(status).run.notices
    assert general == NOTICES[Notice.PRINT_QUALITY]
    assert told.zh.endswith("行 row 5: 有喷孔堵塞。清洗喷头。")
    assert told.en == "A blocked nozzle. Clean the head."
    assert not set(told.zh) & set("\x1b\u202e\x00\u2028")


def test_a_waiting_reset_is_a_notice(fakes):
    assert home_view(change(fakes.RUNNING, needs_reset=True)).run.notices == (
        NEEDS_RESET,
    )


@pytest.mark.parametrize(
    ("online", "backlog", "held", "expected"),
    [
        (True, 0, False, signs.SYNC_DONE),
        (True, 1, False, signs.SYNC_SENDING),
        (False, 1, False, signs.SYNC_WAITING),
        (False, 0, False, signs.SYNC_DONE),
        (True, 5, True, signs.SYNC_HELD),
        (True, 0, True, signs.SYNC_HELD),
    ],
)
def test_synced_is_said_only_when_nothing_is_left(
    fakes, online, backlog, held, expected
):
    sync = change(fakes.RUNNING.sync, online=online, backlog=backlog, held=held)
    view = home_view(change(fakes.RUNNING, sync=sync)).sync
    assert view.sign is expected
    assert view.link is (signs.ONLINE if online else signs.OFFLINE)


def test_while_the_agent_is_away_no_state_is_claimed(fakes):
    last = home_view(fakes.RUNNING)
    away = away_view(last)
    assert away.run.sign is signs.RUN_UNKNOWN
    assert {row.sign for row in away.devices} == {signs.UNKNOWN}
    assert (away.sync.sign, away.sync.link) == (signs.UNKNOWN, signs.UNKNOWN)
    assert away.counts == last.counts
    assert away.at == last.at


def test_words_this_screen_does_not_know_stay_visible(fakes):
    view = home_view(change(fakes.RUNNING, reasons={"from_the_future": 9, "late": 1}))
    assert [(r.name.en, r.remedy is None) for r in view.rejects] == [
        ("from_the_future", True),
        ("late", False),
    ]
    assert link_sign("warp").words.en == "warp"


def test_an_order_ends_by_being_closed_or_by_leaving(fakes):
    order = fakes.ORDER
    running = fakes.RUNNING
    assert ended_order("", running) == ""
    assert ended_order(order.order, running) == ""
    closed = change(running, order=change(order, state="closed"))
    assert ended_order("", closed) == order.order
    assert ended_order(order.order, change(running, order=None)) == order.order
    other = change(running, order=change(order, order="PO-2"))
    assert ended_order(order.order, other) == order.order
    assert ended_order("", change(running, order=None)) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0s"),
        (0.4, "0s"),
        (119.9, "119s"),
        (120, "2min"),
        (7200, "2h"),
        (1e6, "11d"),
    ],
)
def test_spans_have_one_unit(seconds, shown):
    assert span(seconds) == shown


@pytest.mark.parametrize(
    ("passed", "target", "shown"),
    [
        (0, 0, "0 / 0  0.0 %"),
        (2879, 2880, "2,879 / 2,880  99.9 %"),
        (2880, 2880, "2,880 / 2,880  100.0 %"),
    ],
)
def test_the_whole_is_said_only_of_the_whole(passed, target, shown):
    assert ratio(passed, target) == shown


@given(size=st.integers(0, 5000), data=st.data())
def test_a_bar_is_full_only_when_full(size, data):
    held = data.draw(st.integers(0, size))
    drawn = bar(held, size)
    assert len(drawn) == BAR_CELLS
    assert ("░" not in drawn) == (size > 0 and held == size)


@given(st.text(st.characters(), max_size=400))
def test_plain_text_hides_nothing_and_is_bounded(text):
    shown = plain(text)
    assert all(
        unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for c in shown
    )
    assert len(shown) <= LIMIT_CHARS * len("‹10FFFF›") + 1


def test_plain_text_shows_what_was_there():
    assert plain("A\x1dB\x1b[0m\x7f") == "A␝B␛[0m␡"
    assert plain("x\u202ey") == "x‹202E›y"
    assert plain("中文 é") == "中文 é"
    assert plain("e" + "\u0301" * 50) == "e\u0301\u0301"
    assert plain("x" * 1_000_000, 10) == "x" * 10 + "…"


def test_every_text_from_outside_is_made_plain(fakes):
    status = change(
        fakes.held(StopCause.READER, HOSTILE),
        line=HOSTILE,
        version=HOSTILE,
        order=change(fakes.ORDER, order=HOSTILE, product=HOSTILE, batch=HOSTILE),
        reasons={HOSTILE: 1},
        containers=(change(fakes.RUNNING.containers[0], attention=HOSTILE),),
        devices=(
            change(
                fakes.RUNNING.devices[0], name=HOSTILE, link=HOSTILE, detail=HOSTILE
            ),
        ),
        sync=change(fakes.RUNNING.sync, last_error=HOSTILE),
    )
    shown = repr(home_view(status))
    for char in "\x1b\u202e\x00\u2028\x1d":
        assert char not in shown
        assert f"\\x{ord(char):02x}" not in shown
        assert f"\\u{ord(char):04x}" not in shown
    books = change(
        fakes.books(),
        order=HOSTILE,
        product=HOSTILE,
        batch=HOSTILE,
        reasons={HOSTILE: 1},
        containers={HOSTILE: 1},
        head_hash=HOSTILE,
    )
    assert "\\x1b" not in repr(books_view(books))


def test_books_balance_or_say_where_they_do_not(fakes):
    view = books_view(fakes.books())
    assert view.verdict is signs.BALANCED
    assert view.rows[0].figures == (3000, 60, 0, 2880, 40, 20, 0, 0)
    short = books_view(fakes.books(good=2879))
    assert short.verdict is signs.NOT_BALANCED
    assert short.rows[0].figures[-1] == 1
    assert books_view(fakes.books(escaped=1)).verdict is signs.NOT_BALANCED
    assert view.reasons[0][0] is REASONS["no_read"].name


def test_an_open_order_is_neither_balanced_nor_wrong(fakes):
    books = fakes.books(closed=False)
    moving = books.model_copy(update={"items_judged": books.items_judged + 4})
    view = books_view(moving)
    assert view.verdict is signs.BOOKS_OPEN
    assert view.on_the_way == 4
    wrong = books.model_copy(update={"items_judged": books.items_judged - 1})
    for faulty in (wrong, fakes.books(closed=False, good=2879)):
        assert books_view(faulty).verdict is signs.NOT_BALANCED
    assert books_view(fakes.books(closed=False, escaped=1)).verdict is (
        signs.NOT_BALANCED
    )
    at_the_end = moving.model_copy(update={"closed": True})
    assert books_view(at_the_end).verdict is signs.NOT_BALANCED


def test_acts_are_offered_only_for_what_is_there(fakes):
    running, held = fakes.RUNNING, fakes.held(StopCause.PRINTER)
    idle = change(running, run_state=RunState.IDLE, containers=())
    orders = (fakes.ORDER, change(fakes.ORDER, order="PO-0", state="closed"))

    def keys(act: str, status) -> list[str]:
        return [c.key for c in BY_NAME[act].choices(status, orders)]

    assert keys("resume", running) == []
    assert keys("resume", held) == ["LINE-1"]
    assert keys("start", running) == []
    assert keys("start", idle) == [fakes.ORDER.order]
    assert keys("close_short", running) == [Level.CASE, Level.PALLET]
    assert keys("close_short", idle) == []
    assert keys("relabel", running) == ["51"]
    assert keys("relabel", idle) == []
