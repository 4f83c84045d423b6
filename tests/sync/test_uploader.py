"""The uploader against the platform stub, one fault at a time."""

import asyncio
import hashlib
import json
import random

import httpx
import pytest

from agent.sync.backoff import BASE_S, CAP_S, Backoff
from agent.sync.ports import JournalRow
from agent.sync.status import Trouble
from simulators.platform import faults


class KilledError(BaseException):
    """The process died here."""


def seqs(body: bytes) -> list[int]:
    return [event["seq"] for event in json.loads(body)["events"]]


async def test_everything_arrives_once_and_in_order(bench):
    bench.journal.produce(1234)
    uploader = bench.uploader()
    assert uploader.status.backlog == 1234
    await bench.drain(uploader)
    assert bench.on_ledger() == bench.on_journal()
    assert bench.marks.mark() == bench.journal.head()
    assert [len(seqs(body)) for body in bench.wire.batches] == [500, 500, 234]
    status = uploader.status
    assert (status.online, status.backlog, status.mark) == (True, 0, 1234)


async def test_batch_is_bounded_in_bytes_but_takes_one_fact_at_least(bench):
    for _ in range(3):
        bench.journal.append(read="x" * 400_000)
    bench.journal.append(read="y" * 1_500_000)
    await bench.drain(bench.uploader())
    assert [seqs(body) for body in bench.wire.batches] == [[1, 2], [3], [4]]


async def test_lost_reply_is_retried_byte_for_byte(bench):
    bench.journal.produce(7)
    bench.script.add(faults.lose_reply(), times=2)
    uploader = bench.uploader()
    assert await uploader.step() > 0
    bench.journal.produce(3)
    assert uploader.status.mark == 0
    assert uploader.status.trouble is Trouble.UNREACHABLE
    await bench.drain(uploader)
    first, second, third, last = bench.wire.batches
    assert first == second == third
    assert seqs(last) == [8, 9, 10]
    assert bench.on_ledger() == bench.on_journal()


GENESIS = hashlib.sha256(b"line-agent/1 L1 e1").hexdigest().encode()
NONSENSE = {
    "html": faults.html(),
    "html after commit": faults.html(takes_effect=True),
    "empty": faults.other_json(b""),
    "null": faults.other_json(b"null"),
    "wrong json": faults.other_json(b'{"ok": true}'),
    "mark as text": faults.altered("text", lambda a: a.update(mark="5")),
    "mark as bool": faults.altered("bool", lambda a: a.update(mark=True)),
    "mark below": faults.altered("below", lambda a: a.update(mark=-1)),
    "mark before the batch": faults.altered("zero", lambda a: a.update(mark=0)),
    "no hash": faults.altered("hash", lambda a: a.pop("hash")),
    "trailing": faults.trailing(),
    "truncated": faults.truncate(9),
    "gzip bomb": faults.bomb(),
    "redirect": faults.redirect("http://elsewhere/v1"),
    "other line": faults.for_other_line(),
    "other epoch": faults.for_other_epoch(),
    "mark beyond": faults.mark_beyond(),
    "mark just beyond": faults.mark_beyond(1),
    "wrong hash": faults.wrong_hash(),
    "cut before": faults.cut_before(),
    "500": faults.status(500),
    "503": faults.status(503, retry_after="1"),
    "accepted": faults.status(202, body=b""),
    "no content": faults.status(204, body=b""),
    "not found": faults.status(404),
    "conflict without a gap": faults.status(409),
    "gap beyond": faults.status(
        409,
        body=b'{"line":"L1","epoch":"e1","expected":99,"mark":98,"hash":"'
        + b"0" * 64
        + b'"}',
    ),
    # Both with the right hash at 0: only the range gives them away.
    "gap at the batch": faults.status(
        409,
        body=b'{"line":"L1","epoch":"e1","expected":1,"mark":0,"hash":"%b"}' % GENESIS,
    ),
    "accepted, yet at zero": faults.other_json(
        b'{"line":"L1","epoch":"e1","mark":0,"hash":"%b"}' % GENESIS
    ),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_nonsense_never_moves_the_mark_and_is_got_over(bench, name):
    bench.journal.produce(5)
    bench.script.add(NONSENSE[name], on="events")
    uploader = bench.uploader()
    assert await uploader.step() is not None
    assert bench.marks.moves == []
    status = uploader.status
    assert not status.online
    assert status.trouble is not None
    assert status.last_error
    await bench.drain(uploader)
    assert bench.on_ledger() == bench.on_journal()
    assert uploader.status.online
    assert uploader.status.last_error == ""
    assert len(set(bench.wire.batches)) == 1
    assert all(url.startswith("http://platform/") for _, url, _ in bench.wire.sent)


@pytest.mark.parametrize("name", ["mark beyond", "wrong hash", "gap beyond"])
async def test_impossible_answers_hold_and_alarm_until_the_mark_is_right(bench, name):
    bench.journal.produce(5)
    uploader = bench.uploader()
    bench.script.add(NONSENSE[name], on="events")
    bench.script.add(faults.wrong_hash(), on="/mark", times=2)
    for _ in range(3):
        await uploader.step()
        assert uploader.status.held
        assert uploader.status.trouble is Trouble.DIVERGED
    assert len(bench.wire.batches) == 1
    await bench.drain(uploader)
    assert not uploader.status.held
    assert bench.on_ledger() == bench.on_journal()


async def test_hold_says_what_does_not_fit(bench):
    bench.journal.produce(5)
    uploader = bench.uploader()
    bench.script.add(faults.mark_beyond())
    await uploader.step()
    assert uploader.status.last_error == (
        "平台账本与本机不一致，回传已暂停，请联系平台管理员核对 "
        "(the platform's ledger differs from ours, upload is on hold): "
        "stands at 12, our journal ends at 5"
    )


async def test_outage_while_held_is_still_a_hold(bench):
    bench.journal.produce(5)
    uploader = bench.uploader()
    bench.script.add(faults.wrong_hash())
    await uploader.step()
    bench.transport.up = False
    await uploader.step()
    assert uploader.status.held
    assert uploader.status.trouble is Trouble.DIVERGED


async def test_mark_of_an_earlier_process_is_believed_by_its_hash(bench):
    """An earlier process sent more than the batch of this one; the reply was lost."""
    bench.journal.produce(20)
    bench.script.add(faults.lose_reply())
    await bench.uploader().step()
    uploader = bench.uploader(max_entries=5)
    await uploader.step()
    assert bench.marks.moves == [20]


async def test_413_halves_and_grows_back_slowly(bench):
    bench.journal.produce(600)
    bench.script.add(faults.status(413), times=2)
    uploader = bench.uploader()
    await bench.drain(uploader)
    sizes = [len(seqs(body)) for body in bench.wire.batches]
    assert sizes == [500, 250, 125, 125, 125, 125, 100]
    bench.journal.produce(125 * 11 + 250)
    await bench.drain(uploader)
    sizes = [len(seqs(body)) for body in bench.wire.batches]
    assert sizes[7:] == [125] * 11 + [250]
    assert bench.on_ledger() == bench.on_journal()


async def test_a_single_fact_that_is_too_large_holds(bench):
    bench.journal.produce(1)
    bench.script.add(faults.status(413), times=2)
    uploader = bench.uploader()
    await uploader.step()
    assert uploader.status.held
    assert "#1: HTTP 413" in uploader.status.last_error


async def test_refused_record_is_isolated_named_and_nothing_skipped(bench):
    bench.journal.produce(40)

    def refuse_17(request: httpx.Request) -> httpx.Response | None:
        if b'"seq":17,' in request.content:
            return httpx.Response(
                422, stream=httpx.ByteStream(b'{"detail":"kind not known"}')
            )
        return None

    bench.wire.veto = refuse_17
    uploader = bench.uploader()
    for _ in range(30):
        await uploader.step()
    status = uploader.status
    assert (status.mark, status.held) == (16, True)
    assert status.trouble is Trouble.RECORD_REFUSED
    assert '#17: HTTP 422: {"detail":"kind not known"}' in status.last_error
    bench.wire.veto = lambda _: None
    await bench.drain(uploader)
    assert not uploader.status.held
    assert bench.on_ledger() == bench.on_journal()


async def test_platform_restored_from_backup_gets_it_all_again(bench):
    bench.journal.produce(30)
    uploader = bench.uploader(max_entries=10)
    await uploader.step()
    backup = bench.ledger.snapshot()
    await bench.drain(uploader)
    bench.ledger.restore(backup)
    backup.close()
    bench.journal.produce(5)
    await bench.drain(uploader)
    assert bench.marks.moves == [10, 20, 30, 10, 20, 30, 35]
    assert bench.on_ledger() == bench.on_journal()


async def test_rewinding_beyond_what_is_kept_holds(bench):
    bench.journal.produce(30)
    uploader = bench.uploader(max_entries=10)
    await uploader.step()
    backup = bench.ledger.snapshot()
    await bench.drain(uploader)
    bench.ledger.restore(backup)
    backup.close()
    kept = bench.journal.hash_at
    bench.journal.hash_at = lambda seq: kept(seq) if seq > 20 else None
    bench.journal.produce(1)
    await uploader.step()
    assert uploader.status.held
    assert uploader.status.mark == 30


async def test_ledger_that_had_another_journal_holds(bench):
    """A clone of the box ran on: its facts stand where ours should."""
    bench.journal.produce(10)
    ours = bench.journal, bench.marks
    bench.new_epoch("e1")
    for _ in range(12):
        bench.journal.append(code="of the clone")
    await bench.drain(bench.uploader())
    bench.journal, bench.marks = ours
    uploader = bench.uploader()
    for _ in range(12):
        await uploader.step()
    assert uploader.status.held
    assert bench.marks.moves == []
    assert bench.ledger.events.incidents()


async def test_restored_agent_uploads_under_its_new_epoch(bench):
    bench.journal.produce(10)
    await bench.drain(bench.uploader())
    bench.new_epoch("e2")
    bench.journal.produce(4)
    await bench.drain(bench.uploader())
    assert bench.ledger.events.epochs("L1") == ["e1", "e2"]
    assert [seq for seq, *_ in bench.on_ledger("e1")] == list(range(1, 11))
    assert bench.on_ledger("e2") == bench.on_journal()


async def test_gap_in_our_own_journal_holds(bench):
    bench.journal.produce(5)
    missing = bench.journal.rows.pop(2)
    uploader = bench.uploader()
    assert await uploader.step() > 0
    assert uploader.status.trouble is Trouble.JOURNAL_BROKEN
    assert bench.wire.sent == []
    bench.journal.rows.insert(2, missing)
    await bench.drain(uploader)
    assert uploader.status.trouble is None


async def test_mark_that_is_not_of_this_journal_holds(bench):
    bench.journal.produce(5)
    await bench.drain(bench.uploader())
    older, bench.journal = bench.journal, type(bench.journal)()
    bench.journal.append(other=1)
    uploader = bench.uploader()
    await uploader.step()
    assert uploader.status.trouble is Trouble.JOURNAL_BROKEN
    assert "the journal ends at 1, the mark is 5" in uploader.status.last_error
    bench.journal.produce(4)
    uploader = bench.uploader()
    await uploader.step()
    assert uploader.status.trouble is Trouble.JOURNAL_BROKEN
    assert bench.on_ledger()[-1][0] == len(older.rows)


@pytest.mark.parametrize("point", ["before_upload", "after_upload", "after_mark"])
async def test_killed_anywhere_loses_and_doubles_nothing(bench, armed, point):
    bench.journal.produce(12)

    def kill(name: str) -> None:
        if name == point and bench.marks.mark()[0] >= (
            8 if point == "after_mark" else 4
        ):
            raise KilledError

    armed(kill)
    with pytest.raises(KilledError):
        await bench.drain(bench.uploader(max_entries=4))
    armed(None)
    await bench.drain(bench.uploader(max_entries=4))
    assert bench.on_ledger() == bench.on_journal()
    assert bench.marks.moves[-1] == 12


async def test_two_senders_do_no_harm(bench):
    bench.journal.produce(50)
    one, two = bench.uploader(max_entries=7), bench.uploader(max_entries=11)
    for _ in range(12):
        await asyncio.gather(one.step(), two.step())
    await bench.drain(one)
    assert bench.on_ledger() == bench.on_journal()
    assert bench.ledger.events.incidents() == []


async def test_retry_after_is_honoured_in_both_forms(bench):
    bench.journal.produce(1)
    uploader = bench.uploader()
    bench.script.add(faults.status(429, retry_after="17"))
    assert 17 <= await uploader.step() < 17 + 2 * BASE_S
    # NOW_MS is Wed, 25 Feb 2026 06:13:20 GMT.
    bench.script.add(faults.status(503, retry_after="Wed, 25 Feb 2026 06:13:45 GMT"))
    assert 25 <= await uploader.step() < 25 + 2 * BASE_S
    bench.script.add(faults.status(503, retry_after="soon"))
    assert await uploader.step() <= CAP_S
    bench.script.add(faults.status(503, retry_after="9" * 400))
    assert await uploader.step() <= 3600 + BASE_S


def test_backoff_is_jittered_capped_and_never_ends():
    backoff = Backoff(random.Random(3))
    pauses = [backoff.next_s() for _ in range(5000)]
    assert all(0 <= pause <= CAP_S for pause in pauses)
    assert max(pauses[:3]) <= BASE_S * 4
    late = pauses[100:]
    assert min(late) < 1
    assert max(late) > CAP_S - 1
    backoff.reset()
    assert backoff.next_s() <= BASE_S


async def test_answer_that_never_comes_ends_at_the_deadline(bench):
    bench.journal.produce(4)
    bench.client = type(bench.client)(bench.http, line="L1", deadline_s=0.01)
    bench.script.add(faults.slow(3600))
    uploader = bench.uploader()
    await uploader.step()
    assert uploader.status.trouble is Trouble.UNREACHABLE
    await bench.drain(uploader)
    assert bench.on_ledger() == bench.on_journal()


async def test_link_too_slow_for_a_batch_gets_half_of_it(bench):
    bench.journal.produce(8)

    def too_slow(request: httpx.Request) -> httpx.Response | None:
        if len(seqs(request.content)) > 2:
            raise httpx.WriteTimeout("slow link")
        return None

    bench.wire.veto = too_slow
    await bench.drain(bench.uploader())
    sizes = [len(seqs(body)) for body in bench.wire.batches]
    assert sizes == [8, 8, 8, 4, 4, 4, 2, 2, 2, 2]


async def test_oversized_answer_is_not_read_to_its_end(bench):
    bench.journal.produce(1)
    bench.client = type(bench.client)(bench.http, line="L1", cap_bytes=1000)
    bench.script.add(faults.other_json(b" " * 5000))
    uploader = bench.uploader()
    await uploader.step()
    assert "more than 1000 bytes" in uploader.status.last_error


async def test_runs_on_its_own_and_wakes_for_new_facts(bench):
    slept: list[float] = []
    rested = asyncio.Event()

    async def sleep(delay_s: float) -> None:
        slept.append(delay_s)
        rested.set()
        await asyncio.sleep(0)

    marked: list[int] = []
    uploader = bench.uploader(
        sleep=sleep, on_mark=lambda: marked.append(bench.marks.mark()[0]), linger_s=0.2
    )
    running = asyncio.create_task(uploader.run())
    bench.journal.produce(3)
    uploader.notify()
    await asyncio.wait_for(rested.wait(), 30)
    assert marked == [3]
    for _ in range(20):
        await asyncio.sleep(0)
    asked = bench.transport.requests
    for _ in range(20):
        await asyncio.sleep(0)
    assert bench.transport.requests == asked, "idle means no requests"
    rested.clear()
    bench.journal.produce(2)
    uploader.notify()
    await asyncio.wait_for(rested.wait(), 30)
    assert marked == [3, 5]
    assert set(slept) == {0.2}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_offline_since_says_when_it_began(bench):
    now = [1000]
    bench.journal.produce(1)
    uploader = bench.uploader(now_ms=lambda: now[0])
    await bench.drain(uploader)
    assert (uploader.status.online, uploader.status.since_ms) == (True, 1000)
    bench.transport.up = False
    bench.journal.produce(1)
    for now[0] in (2000, 3000):
        await uploader.step()
    assert (uploader.status.online, uploader.status.since_ms) == (False, 2000)


async def test_payload_travels_as_the_text_that_was_hashed(bench):
    """Literal bytes of the contract, in docs/platform.md."""
    row = JournalRow(
        seq=1,
        at_ms=1772000000001,
        kind="LineStopped",
        payload_json='{"cause":"operator","detail":"换卷"}',
        hash=bytes.fromhex("ab" * 32),
    )
    bench.journal.rows.append(row)
    bench.journal.hashes.append(row.hash)
    bench.script.add(faults.status(500))
    await bench.uploader().step()
    genesis = bench.journal.hashes[0].hex()
    assert bench.wire.batches == [
        (
            f'{{"first":1,"last":1,"prev_hash":"{genesis}","hash":"{"ab" * 32}",'
            '"events":[{"seq":1,"at_ms":1772000000001,"kind":"LineStopped",'
            '"payload":{"cause":"operator","detail":"换卷"},'
            f'"hash":"{"ab" * 32}"}}]}}'
        ).encode()
    ]


async def test_idle_line_notices_a_platform_that_went_back(bench):
    backup = bench.ledger.snapshot()
    bench.journal.produce(6)
    uploader = bench.uploader(check_s=0.0, linger_s=0.0)
    running = asyncio.create_task(uploader.run())
    while not uploader.status.online:  # noqa: ASYNC110 - turns of the loop, no time
        await asyncio.sleep(0)
    bench.ledger.restore(backup)
    backup.close()
    while bench.on_ledger() != bench.on_journal():  # noqa: ASYNC110
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.marks.moves == [6, 0, 6]


async def test_idle_line_knows_that_the_platform_is_gone_and_back(bench):
    uploader = bench.uploader()
    assert await uploader.step() is None
    assert not uploader.status.online, "nothing was exchanged yet"
    bench.transport.up = False
    assert await uploader.check() is not None
    assert not uploader.status.online
    bench.transport.up = True
    assert await uploader.check() is None
    assert uploader.status.online
