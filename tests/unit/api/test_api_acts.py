"""Acts: done once, whatever is repeated; refused with reason."""

import asyncio

import pytest

from agent.api.models import ActAnswer, ActRequest
from agent.api.problems import ProblemError
from agent.api.repeats import Repeats


def request(number: int, by: str = "op") -> ActRequest:
    return ActRequest(by=by, act_id=f"act-{number:08d}")


@pytest.mark.parametrize(
    ("path", "done"),
    [
        ("/v1/acts/resume", "resume"),
        ("/v1/acts/close-short/case", "close-short case"),
        ("/v1/acts/relabel/51", "relabel 51"),
        ("/v1/orders/PO-1/start", "start PO-1"),
    ],
)
async def test_an_act_and_its_repeat(http, view, act, path, done):
    body = act(reason="清洗喷头后")
    first = await http.post(path, json=body)
    assert first.status_code == 200
    again = await http.post(path, json=body)
    assert again.json() == first.json() == {"done": True, "message": done}
    assert view.acts == [(done, ActRequest(**body))]
    await http.post(path, json=act(reason="清洗喷头后"))
    assert len(view.acts) == 2


async def test_a_refusal_is_a_problem_and_stays_one(http, view, act):
    view.refusal = "nothing is open at this level"
    body = act()
    reply = await http.post("/v1/acts/close-short/case", json=body)
    assert reply.status_code == 409
    assert reply.json()["detail"] == "nothing is open at this level"
    view.refusal = ""
    again = await http.post("/v1/acts/close-short/case", json=body)
    assert again.status_code == 409
    assert view.acts == []


async def test_an_act_id_belongs_to_one_act(http, view, act):
    body = act(act_id="same-for-two")
    await http.post("/v1/acts/resume", json=body)
    other = await http.post("/v1/acts/relabel/7", json=body)
    assert (other.status_code, other.json()["where"]) == (409, "body.act_id")
    assert [what for what, _ in view.acts] == ["resume"]


async def test_a_repeat_while_the_first_runs_waits_for_its_answer():
    repeats, started, finish = Repeats(), 0, asyncio.Event()

    async def perform() -> ActAnswer:
        nonlocal started
        started += 1
        await finish.wait()
        return ActAnswer(done=True, message="once")

    calls = [
        asyncio.create_task(repeats.once("resume", request(1), perform))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    finish.set()
    answers = await asyncio.gather(*calls)
    assert started == 1
    assert {a.message for a in answers} == {"once"}


async def test_a_caller_who_leaves_does_not_cut_the_act_in_half():
    repeats, finish = Repeats(), asyncio.Event()

    async def perform() -> ActAnswer:
        await finish.wait()
        return ActAnswer(done=True)

    caller = asyncio.create_task(repeats.once("resume", request(1), perform))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    finish.set()
    assert (await repeats.once("resume", request(1), perform)).done


async def test_memory_is_bounded_and_the_oldest_goes_first():
    repeats, done = Repeats(limit=3), []

    async def once(number: int) -> None:
        async def perform() -> ActAnswer:
            done.append(number)
            return ActAnswer(done=True)

        await repeats.once("resume", request(number), perform)

    for number in (1, 2, 3, 4):
        await once(number)
    await once(2)
    assert done == [1, 2, 3, 4]
    await once(1)
    assert done == [1, 2, 3, 4, 1]


async def test_a_thousand_acts_are_remembered(http, view, act):
    body = act()
    await http.post("/v1/acts/resume", json=body)
    for _ in range(999):
        await http.post("/v1/acts/resume", json=act())
    await http.post("/v1/acts/resume", json=body)
    assert len(view.acts) == 1000


async def test_acts_under_way_are_never_forgotten():
    repeats, finish = Repeats(limit=2), asyncio.Event()

    async def perform() -> ActAnswer:
        await finish.wait()
        return ActAnswer(done=True)

    running = [
        asyncio.create_task(repeats.once("resume", request(n), perform)) for n in (1, 2)
    ]
    await asyncio.sleep(0)
    with pytest.raises(ProblemError) as caught:
        await repeats.once("resume", request(3), perform)
    assert caught.value.problem.status == 503
    finish.set()
    await asyncio.gather(*running)
    assert (await repeats.once("resume", request(3), perform)).done


async def test_a_fault_shows_no_traceback_and_is_not_tried_again(http, view, act):
    calls = 0

    async def broken(_: ActRequest) -> ActAnswer:
        nonlocal calls
        calls += 1
        raise RuntimeError("secret path /var/lib/x")

    view.resume = broken
    body = act()
    for _ in range(2):
        reply = await http.post("/v1/acts/resume", json=body)
        assert reply.status_code == 500
        assert reply.headers["content-type"] == "application/problem+json"
        assert "secret" not in reply.text
        assert "Traceback" not in reply.text
    assert calls == 1
