"""Feeds, manifests and package files over HTTP."""

import asyncio
import hashlib
import threading

import pytest

from simulators.platform import OrderPlan, create_app, issue_order


@pytest.fixture
def issued(ledger):
    return issue_order(ledger, OrderPlan(line="L1", order="MO-1", target=9, seed=1))


async def test_feed_pages_by_cursor(http, ledger, issued):
    first = (await http.get("/v1/lines/L1/packages")).json()
    assert [item["package"] for item in first["items"]] == [
        "MO-1-unit",
        "MO-1-case",
        "MO-1-pallet",
    ]
    rest = (await http.get(f"/v1/lines/L1/packages?after={first['next']}")).json()
    assert rest == {"items": [], "next": first["next"]}
    plan = OrderPlan(line="L1", order="MO-2", target=9, seed=1)
    issue_order(ledger, plan)
    more = (await http.get(f"/v1/lines/L1/packages?after={first['next']}")).json()
    assert [item["order"] for item in more["items"]] == ["MO-2"] * 3


async def test_feeds_of_another_line_are_empty(http, issued):
    answer = await http.get("/v1/lines/L2/orders")
    assert answer.json() == {"items": [], "next": ""}


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/v1/lines/L1/orders?after=x", 400),
        ("/v1/lines/L1/orders?wait_s=-1", 422),
        ("/v1/lines/L1/orders?wait_s=31", 422),
        ("/v1/lines/L1/secrets", 422),
        ("/v1/packages/none/manifest", 404),
        ("/v1/packages/none", 404),
    ],
)
async def test_bad_requests_are_refused(http, url, status):
    assert (await http.get(url)).status_code == status


async def test_long_poll_ends_by_itself(http):
    answer = await http.get("/v1/lines/L1/orders?wait_s=0.01")
    assert answer.json() == {"items": [], "next": ""}


async def test_long_poll_wakes(http, ledger):
    asked = asyncio.create_task(http.get("/v1/lines/L1/orders?wait_s=30"))
    for _ in range(100):
        await asyncio.sleep(0)
    issue_order(ledger, OrderPlan(line="L1", order="MO-1", target=9, seed=1))
    page = (await asyncio.wait_for(asked, 30)).json()
    assert [item["order"] for item in page["items"]] == ["MO-1"]


async def test_file_is_what_its_manifest_says(http, issued):
    manifest = (await http.get("/v1/packages/MO-1-unit/manifest")).json()
    body = (await http.get("/v1/packages/MO-1-unit")).content
    assert hashlib.sha256(body).hexdigest() == manifest["sha256"]
    assert body.count(b"\n") == manifest["codes"] == 10


async def test_ranges(http, issued):
    whole = await http.get("/v1/packages/MO-1-unit")
    size = len(whole.content)
    assert (whole.status_code, whole.headers["content-length"]) == (200, str(size))

    async def ranged(value):
        return await http.get("/v1/packages/MO-1-unit", headers={"Range": value})

    rest = await ranged("bytes=7-")
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes 7-{size - 1}/{size}"
    assert rest.content == whole.content[7:]
    some = await ranged("bytes=7-9")
    assert some.headers["content-range"] == f"bytes 7-9/{size}"
    assert some.content == whole.content[7:10]
    assert (await ranged(f"bytes=0-{size * 2}")).content == whole.content
    beyond = await ranged(f"bytes={size}-")
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"
    assert (await ranged("bytes=-5")).content == whole.content
    assert (await ranged("lines=1-")).status_code == 200


async def test_receipts_are_kept_once_and_checked(http, ledger, issued):
    unit = issued.packages[0]
    receipt = {
        "line": "L1",
        "verdict": "accepted",
        "codes": unit.codes,
        "sha256": unit.sha256,
    }
    url = "/v1/packages/MO-1-unit/receipt"
    for _ in range(2):
        assert (await http.post(url, json=receipt)).is_success
    assert len(ledger.settlements.receipts("MO-1-unit")) == 1
    wrong = receipt | {"codes": 1}
    assert (await http.post(url, json=wrong)).status_code == 422
    refused = receipt | {"verdict": "refused", "codes": 0, "detail": "line 3"}
    assert (await http.post(url, json=refused)).is_success
    assert ledger.settlements.receipts("MO-1-unit")[-1].detail == "line 3"
    none = "/v1/packages/none/receipt"
    assert (await http.post(none, json=receipt)).status_code == 404


def report(batch, **changes):
    level = {
        "level": "unit",
        "issued": 10,
        "unused": 1,
        "in_flight": 0,
        "good": 9,
        "rejected": 0,
        "voided": 0,
        "sampled": 0,
    }
    items = {"entered": 9, "passed": 9, "rejected": 0, "removed": 0}
    return {
        "line": "L1",
        "epoch": "e1",
        "order": "MO-1",
        "seq": batch["last"],
        "hash": batch["hash"],
        "levels": [level],
        "items": items,
    } | changes


async def test_reconciliation_needs_the_facts_it_rests_on(
    http, ledger, issued, make_batch
):
    batch, url = make_batch(1, 3), "/v1/orders/MO-1/reconciliation"
    assert (await http.post(url, json=report(batch))).status_code == 409
    await http.post("/v1/lines/L1/epochs/e1/events", json=batch)
    forged = report(batch, hash="0" * 64)
    assert (await http.post(url, json=forged)).status_code == 422
    stray = report(batch, order="MO-2")
    assert (await http.post(url, json=stray)).status_code == 404
    for _ in range(2):
        assert (await http.post(url, json=report(batch))).is_success
    settled = ledger.settlements.reconciliation("MO-1")
    assert settled.model_dump() == report(batch)
    other = report(batch)
    other["items"] |= {"entered": 8, "passed": 8}
    assert (await http.post(url, json=other)).status_code == 422


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("level", {"good": 8}),
        ("level", {"good": 8, "in_flight": 1}),
        ("items", {"passed": 8}),
    ],
)
async def test_books_that_do_not_balance_are_refused(
    http, issued, make_batch, where, change
):
    batch = make_batch(1, 3)
    await http.post("/v1/lines/L1/epochs/e1/events", json=batch)
    body = report(batch)
    target = body["levels"][0] if where == "level" else body["items"]
    target |= change
    answer = await http.post("/v1/orders/MO-1/reconciliation", json=body)
    assert answer.status_code == 422


def test_openapi_names_every_route(ledger):
    paths = create_app(ledger).openapi()["paths"]
    assert {(path, *methods) for path, methods in paths.items()} == {
        ("/v1/lines/{line}/{feed}", "get"),
        ("/v1/packages/{package}/manifest", "get"),
        ("/v1/packages/{package}", "get"),
        ("/v1/packages/{package}/receipt", "post"),
        ("/v1/orders/{order}/reconciliation", "post"),
        ("/v1/lines/{line}/epochs/{epoch}/events", "post"),
        ("/v1/lines/{line}/epochs/{epoch}/mark", "get"),
    }


async def test_no_request_needs_a_thread(http, ledger, issued, make_batch):
    """On a virtual clock a thread's time would not exist."""
    before = threading.active_count()
    unit = issued.packages[0]
    receipt = {"line": "L1", "verdict": "accepted", "codes": 10, "sha256": unit.sha256}
    answers = [
        await http.get("/v1/lines/L1/orders"),
        await http.get("/v1/packages/MO-1-unit/manifest"),
        await http.get("/v1/packages/MO-1-unit"),
        await http.post("/v1/packages/MO-1-unit/receipt", json=receipt),
        await http.post("/v1/lines/L1/epochs/e1/events", json=make_batch(1, 2)),
        await http.get("/v1/lines/L1/epochs/e1/mark"),
    ]
    assert all(answer.is_success for answer in answers)
    assert threading.active_count() == before
