"""F50: rubbish in every field gets an answer in plain words and reaches nobody."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOSTILE = [
    "a\x00b",
    "\x1b[2J\x1b]0;owned\x07",
    "line\nline",
    "a\x85b",
    "\u202eevil",
    "\u2066x",
    "a\u2028b",
    "\ufeffx",
    "\x7f",
]
HARMLESS = [
    "[red]x[/red]",
    "[@click=app.quit]x[/]",
    "' OR 1=1 --",
    "=cmd|'/c calc'!A0",
    "../../etc/passwd",
    "😀 李工",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_unseen_characters_stay_outside(http, view, act, text):
    for body in (act(by=text), act(reason=text)):
        reply = await http.post("/v1/acts/resume", json=body)
        assert reply.status_code == 422, reply.text
        assert text not in reply.text
    assert view.acts == []
    reply = await http.get("/v1/codes", params={"code": text})
    assert reply.status_code == 422
    assert "U+" in reply.json()["detail"]
    assert view.asked_codes == []


@pytest.mark.parametrize("text", HARMLESS)
async def test_strange_but_visible_text_is_only_text(http, view, act, text):
    reply = await http.post("/v1/acts/resume", json=act(by=text, reason=text))
    assert reply.status_code == 200
    assert view.acts[0][1].reason == text
    assert (await http.get("/v1/codes", params={"code": text})).status_code == 404


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/acts/relabel/0", "path.container"),
        ("/v1/acts/relabel/x", "path.container"),
        (f"/v1/acts/relabel/{2**63}", "path.container"),
        ("/v1/acts/close-short/bottle", "path.level"),
        ("/v1/orders/%00/start", "path.order"),
        (f"/v1/orders/{'x' * 129}/start", "path.order"),
    ],
)
async def test_a_wrong_path_says_which_part(http, view, act, path, where):
    reply = await http.post(path, json=act())
    assert (reply.status_code, reply.json()["where"]) == (422, where)
    assert view.acts == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.by"),
        ({"by": "", "act_id": "12345678"}, "body.by"),
        ({"by": "   ", "act_id": "12345678"}, "body.by"),
        ({"by": "x", "act_id": "short"}, "body.act_id"),
        ({"by": "x", "act_id": "no spaces here"}, "body.act_id"),
        ({"by": "x", "act_id": "12345678", "extra": 1}, "body.extra"),
        ({"by": "x" * 65, "act_id": "12345678"}, "body.by"),
        ([], "body"),
    ],
)
async def test_a_wrong_body_says_which_part(http, view, body, where):
    reply = await http.post("/v1/acts/resume", json=body)
    assert (reply.status_code, reply.json()["where"]) == (422, where)
    assert reply.json()["remedy"]
    assert view.acts == []


async def test_a_key_of_the_sender_s_own_making_is_cut_and_escaped(http):
    key = "\x1b[2J" + "k" * 5000
    body = {"by": "x", "act_id": "12345678", key: 1}
    reply = await http.post("/v1/acts/resume", json=body)
    assert reply.status_code == 422
    assert "\x1b" not in reply.json()["where"]
    assert len(reply.text) < 1000


async def test_broken_json_is_a_problem(http):
    reply = await http.post(
        "/v1/acts/resume",
        content=b"{\xff\xfe",
        headers={"content-type": "application/json"},
    )
    assert reply.status_code in (400, 422)
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_megabyte_is_refused_whether_it_says_so_or_not(http, view, act):
    declared = await http.post("/v1/acts/resume", json=act(reason="x" * 1_000_000))
    assert declared.status_code == 413

    async def chunks():
        for _ in range(1000):
            yield b" " * 1000

    undeclared = await http.post("/v1/acts/resume", content=chunks())
    assert undeclared.status_code == 413
    assert undeclared.headers["content-type"] == "application/problem+json"
    assert view.acts == []


async def test_a_megabyte_of_code_is_refused(http, view):
    # The length check of the URL itself is the server's; this is the field's.
    reply = await http.get("/v1/codes", params={"code": "x" * 60_000})
    assert (reply.status_code, reply.json()["where"]) == (422, "query.code")
    assert len(reply.text) < 1000
    assert view.asked_codes == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/%1b[2J", 404),
        ("DELETE", "/v1/status", 405),
    ],
)
async def test_unknown_paths_and_methods_are_problems(http, method, path, status):
    reply = await http.request(method, path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert "\x1b" not in reply.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), max_size=80))
async def test_any_text_anywhere_is_answered(http, view, text):
    body = {"by": text, "reason": text, "act_id": "12345678"}
    for reply in (
        await http.get("/v1/codes", params={"code": text}),
        await http.post("/v1/acts/resume", json=body),
    ):
        assert reply.status_code in (200, 404, 409, 422)
