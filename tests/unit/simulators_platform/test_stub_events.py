"""Facts going into the ledger over HTTP: each once, in order, chained."""

import json

import pytest

URL = "/v1/lines/L1/epochs/e1/events"


async def post(http, batch, url=URL):
    return await http.post(url, json=batch)


async def mark(http):
    return (await http.get("/v1/lines/L1/epochs/e1/mark")).json()["mark"]


async def test_answer_names_line_epoch_mark_and_hash(http, make_batch):
    batch = make_batch(1, 3)
    answer = await post(http, batch)
    assert answer.status_code == 200
    assert answer.json() == {
        "line": "L1",
        "epoch": "e1",
        "mark": 3,
        "hash": batch["hash"],
    }


async def test_genesis_of_an_unknown_epoch(http):
    """sha256 of "line-agent/1 L1 e1", reckoned with coreutils."""
    answer = await http.get("/v1/lines/L1/epochs/e1/mark")
    assert answer.json() == {
        "line": "L1",
        "epoch": "e1",
        "mark": 0,
        "hash": "ad0b2ef9f2c549d1ca6c9e3f46248080adb85f24c3a43c3a967b6303adce1c1f",
    }


async def test_repeat_answers_with_the_current_mark(http, ledger, make_batch):
    await post(http, make_batch(1, 3))
    await post(http, make_batch(4, 6))
    again = await post(http, make_batch(1, 3))
    assert (again.status_code, again.json()["mark"]) == (200, 6)
    assert [event.seq for event in ledger.events.events("L1", "e1")] == [*range(1, 7)]


async def test_overlap_commits_only_what_is_new(http, ledger, make_batch):
    await post(http, make_batch(1, 4))
    answer = await post(http, make_batch(2, 7))
    assert answer.json()["mark"] == 7
    events = list(ledger.events.events("L1", "e1"))
    assert [event.seq for event in events] == [*range(1, 8)]
    assert events[0].payload == '{"a":"fact 1","z":[1,null,{"ü":"码"}]}'


async def test_gap_is_refused_with_what_is_expected(http, ledger, make_batch):
    await post(http, make_batch(1, 2))
    answer = await post(http, make_batch(5, 6))
    assert answer.status_code == 409
    body = answer.json()
    assert (body["expected"], body["mark"], body["line"], body["epoch"]) == (
        3,
        2,
        "L1",
        "e1",
    )
    assert await mark(http) == 2
    assert ledger.events.incidents() == []


async def test_permuted_and_repeated_batches_end_in_one_ledger(
    http, ledger, make_batch
):
    for first, last in [(4, 6), (1, 3), (7, 9), (4, 6), (4, 6), (1, 3), (7, 9)]:
        await post(http, make_batch(first, last))
    assert [event.seq for event in ledger.events.events("L1", "e1")] == [*range(1, 10)]


async def test_other_content_under_a_known_number_is_refused_and_kept(
    http, ledger, make_batch
):
    await post(http, make_batch(1, 3))
    answer = await post(http, make_batch(1, 4, text="another story"))
    assert answer.status_code == 422
    assert "fact 1 is known with other content" in answer.json()["detail"]
    assert await mark(http) == 3
    (incident,) = ledger.events.incidents()
    assert (incident.line, incident.first, incident.last) == ("L1", 1, 4)


async def test_fork_of_the_chain_is_refused(http, ledger, make_batch):
    await post(http, make_batch(1, 3))
    answer = await post(http, make_batch(4, 5, text="another story"))
    assert answer.status_code == 422
    assert "another chain before fact 4" in answer.json()["detail"]
    assert await mark(http) == 3


def spoil_payload(batch):
    batch["events"][1]["payload"]["a"] = "touched up"


def spoil_time(batch):
    batch["events"][0]["at_ms"] += 1


def spoil_kind(batch):
    batch["events"][0]["kind"] = "ItemGated"


def spoil_hash(batch):
    batch["hash"] = "0" * 64


def spoil_event_hash(batch):
    batch["events"][0]["hash"] = "0" * 64


def spoil_with_surrogate(batch):
    batch["events"][0]["payload"]["a"] = "\ud800"


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_payload,
        spoil_time,
        spoil_kind,
        spoil_hash,
        spoil_event_hash,
        spoil_with_surrogate,
    ],
)
async def test_content_that_is_not_what_was_hashed_is_refused(
    http, ledger, make_batch, spoil
):
    batch = make_batch(1, 3)
    spoil(batch)
    answer = await http.post(
        URL, content=json.dumps(batch), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert await mark(http) == 0
    assert len(ledger.events.incidents()) == 1


def no_events(batch):
    batch["events"] = []


def hole(batch):
    del batch["events"][1]


def wrong_last(batch):
    batch["last"] = 9


def unknown_field(batch):
    batch["colour"] = "red"


def number_as_text(batch):
    batch["events"][0]["seq"] = "1"


@pytest.mark.parametrize(
    "spoil", [no_events, hole, wrong_last, unknown_field, number_as_text]
)
async def test_malformed_batch_is_refused(http, make_batch, spoil):
    batch = make_batch(1, 3)
    spoil(batch)
    assert (await post(http, batch)).status_code == 422
    assert await mark(http) == 0


async def test_epochs_and_lines_are_apart(http, ledger, make_batch):
    await post(http, make_batch(1, 3))
    other = make_batch(1, 2, epoch="e2")
    answer = await post(http, other, "/v1/lines/L1/epochs/e2/events")
    assert answer.json()["mark"] == 2
    assert ledger.events.epochs("L1") == ["e1", "e2"]
    # The chain begins with line and epoch: it cannot be replayed under another.
    stray = await post(http, make_batch(1, 3), "/v1/lines/L2/epochs/e1/events")
    assert stray.status_code == 422


async def test_body_limit_and_content_type(http, make_batch):
    big = make_batch(1, 100)
    assert (await post(http, big)).status_code == 413
    text = json.dumps(make_batch(1, 1))
    plain = await http.post(URL, content=text, headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    nothing = await http.post(URL, content=b"")
    assert nothing.status_code == 415
    charset = {"Content-Type": "application/json; charset=utf-8"}
    assert (await http.post(URL, content=text, headers=charset)).is_success
    broken = await http.post(URL, content=b"{", headers=charset)
    assert broken.status_code == 422


async def test_ledger_restored_from_a_backup_expects_less(http, ledger, make_batch):
    await post(http, make_batch(1, 3))
    backup = ledger.snapshot()
    await post(http, make_batch(4, 6))
    ledger.restore(backup)
    backup.close()
    assert await mark(http) == 3
    assert (await post(http, make_batch(7, 8))).json()["expected"] == 4
