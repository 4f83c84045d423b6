"""What can be asked, and how it is answered."""

import asyncio

import pytest

from agent.api.models import (
    CodeModel,
    HealthModel,
    JournalEntry,
    JournalPage,
    Reconciliation,
    StatusModel,
)
from agent.api.status import has_news, live_lines
from agent.domain.run_state import RunState
from agent.domain.words import StopCause


async def test_status_is_the_view_s(http, view):
    reply = await http.get("/v1/status")
    assert reply.status_code == 200
    assert StatusModel.model_validate_json(reply.text) == view.now


async def test_orders_and_books(http, fakes):
    orders = (await http.get("/v1/orders")).json()
    assert [o["order"] for o in orders] == [fakes.ORDER.order]
    reply = await http.get(f"/v1/orders/{fakes.ORDER.order}/reconciliation")
    books = Reconciliation.model_validate_json(reply.text)
    assert books.balanced
    assert not books.closed


async def test_an_order_number_may_hold_a_slash(http, view, act, fakes):
    view.books["PO/2026/1"] = fakes.books()
    reply = await http.get("/v1/orders/PO%2F2026%2F1/reconciliation")
    assert reply.status_code == 200
    await http.post("/v1/orders/PO%2F2026%2F1/start", json=act())
    assert view.acts[0][0] == "start PO/2026/1"


async def test_code_with_group_separator_and_url(http, view, fakes):
    view.codes["0106901234567892\x1d21A"] = fakes.CODE
    url = "https://id.example.cn/01/06901234567892/21/A?x=1#f"
    view.codes[url] = fakes.CODE
    for code in ("0106901234567892\x1d21A", url):
        reply = await http.get("/v1/codes", params={"code": code})
        assert CodeModel.model_validate_json(reply.text) == fakes.CODE
        assert view.asked_codes[-1] == code


async def test_unknown_code_and_order_say_what_and_where(http):
    reply = await http.get("/v1/codes", params={"code": "nobody's"})
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert (problem["status"], problem["where"]) == (404, "query.code")
    assert "nobody's" in problem["detail"]
    assert problem["remedy"]
    reply = await http.get("/v1/orders/none/reconciliation")
    assert (reply.status_code, reply.json()["where"]) == (404, "path.order")


async def test_journal_pages(http, view):
    view.facts = [
        JournalEntry(seq=n, at_ms=n, kind="CodeSeen", fields={"n": n}, hash="00")
        for n in range(1, 6)
    ]
    page = JournalPage.model_validate_json(
        (await http.get("/v1/journal", params={"after": 1, "limit": 2})).text
    )
    assert [e.seq for e in page.entries] == [2, 3]
    assert page.next_after == 3
    last = (await http.get("/v1/journal?after=5")).json()
    assert last == {"entries": [], "next_after": 5}


@pytest.mark.parametrize("query", ["after=-1", "limit=0", "limit=1001", "after=x"])
async def test_journal_refuses_nonsense(http, query):
    reply = await http.get(f"/v1/journal?{query}")
    assert reply.status_code == 422
    assert reply.json()["where"].startswith("query.")


async def test_health_gives_every_reason(http, view, fakes):
    reply = await http.get("/v1/health")
    assert reply.status_code == 503
    assert reply.json()["reasons"] == [
        "case-labels: link backing_off connection refused"
    ]
    view.now = fakes.held(StopCause.DISK, "4 % free")
    sync = view.now.sync.model_copy(update={"held": True, "last_error": "hash differs"})
    view.now = view.now.model_copy(update={"needs_reset": True, "sync": sync})
    reasons = (await http.get("/v1/health")).json()["reasons"]
    assert any("disk" in r and "4 % free" in r for r in reasons)
    assert any("reset" in r for r in reasons)
    assert any("hash differs" in r for r in reasons)


async def test_offline_is_healthy(http, view):
    sync = view.now.sync.model_copy(update={"online": False, "backlog": 10**6})
    view.now = view.now.model_copy(update={"devices": (), "sync": sync})
    reply = await http.get("/v1/health")
    assert reply.status_code == 200
    assert HealthModel.model_validate_json(reply.text).ready


async def test_metrics_are_whole_numbers_with_escaped_labels(http, view):
    view.now = view.now.model_copy(
        update={"passed": 123456789, "reasons": {'a"b\\c\nd': 3}}
    )
    text = (await http.get("/v1/metrics")).text
    lines = text.splitlines()
    assert "line_agent_passed 123456789" in lines
    assert r'line_agent_rejects_by_reason{reason="a\"b\\c\nd"} 3' in lines
    assert 'line_agent_run_state{state="execute"} 1' in lines
    assert 'line_agent_run_state{state="held"} 0' in lines
    assert 'line_agent_device_ready{device="case-labels"} 0' in lines


def test_clocks_are_no_news(fakes):
    before = fakes.RUNNING
    device = before.devices[0].model_copy(update={"since_s": 9999.0})
    later = before.model_copy(
        update={"at_ms": before.at_ms + 1, "devices": (device, *before.devices[1:])}
    )
    assert not has_news(before, later)
    assert has_news(before, later.model_copy(update={"passed": 1235}))
    lost = device.model_copy(update={"link": "down"})
    assert has_news(
        before, before.model_copy(update={"devices": (lost, *before.devices[1:])})
    )


async def test_live_tells_at_once_what_changes(view, fakes):
    closing = asyncio.Event()
    lines = live_lines(view, interval_s=60, look_s=0.001, closing=closing)
    first = StatusModel.model_validate_json(await anext(lines))
    assert first.run_state is RunState.EXECUTE
    view.now = fakes.held(StopCause.READER)
    second = StatusModel.model_validate_json(await anext(lines))
    assert second.stop_cause is StopCause.READER
    closing.set()
    with pytest.raises(StopAsyncIteration):
        await anext(lines)


async def test_live_repeats_an_unchanged_status_after_the_interval(view):
    closing = asyncio.Event()
    lines = live_lines(view, interval_s=0.01, look_s=0.001, closing=closing)
    assert await anext(lines) == await anext(lines) == view.now.model_dump_json() + "\n"


async def test_live_writes_an_empty_line_when_there_is_nothing_to_tell(
    view, monkeypatch
):
    monkeypatch.setattr("agent.api.status.HEARTBEAT_S", 0.01)
    closing = asyncio.Event()
    lines = live_lines(view, interval_s=60, look_s=0.001, closing=closing)
    await anext(lines)
    assert await anext(lines) == "\n"


async def test_openapi_names_every_path_and_the_docs_do_too(http):
    from pathlib import Path

    paths = (await http.get("/v1/openapi.json")).json()["paths"]
    docs = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    assert "/v1/status" in paths
    for path, methods in paths.items():
        for method in methods:
            assert f"`{method.upper()} {path}" in docs, f"{method} {path}"
