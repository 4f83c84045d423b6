"""The byte tap: live, to file, without the codes, and what it says it lost."""

import asyncio
import json

import pytest

from agent.api.capture_models import (
    CallLine,
    CaptureHeader,
    DroppedLine,
    FrameLine,
    OutcomeLine,
)
from agent.cli.diag_tap import as_text, rows
from agent.diagnostics import capture
from agent.diagnostics.capture import CaptureError
from agent.diagnostics.redaction import Redactor
from agent.diagnostics.tapping import Listening
from drivers.wiretap import Direction, WireTap

CODE = "010690123456789221ABcd-17xyz"


def frame(direction, data, wire=1):
    return FrameLine(at_s=1.0, wire=wire, direction=direction, hex=data.hex())


def bytes_of(lines):
    return [bytes.fromhex(each.hex) for each in lines if isinstance(each, FrameLine)]


async def test_the_api_streams_header_then_frames_then_what_comes(line):
    lines = line.client.devices.tap("jet", follow=True)
    header = await anext(lines)
    assert isinstance(header, CaptureHeader)
    assert (header.device, header.kind, header.role) == (
        "jet",
        "leibinger_jet",
        "printer",
    )
    assert header.settings["address"] == line.plant.addresses["printer"]
    assert "line-agent" in header.versions
    seen = [await anext(lines) for _ in range(3)]
    assert [each.line for each in seen] == ["wire", "frame", "frame"]
    assert bytes.fromhex(seen[1].hex) == b"^0?RS\r"
    await line.agent.devices.line.printer.status_of_printer()
    later = []
    async for each in lines:
        later.append(each)
        if each.line == "outcome":
            break
    call = next(n for n, each in enumerate(later) if each.line == "call")
    assert later[call].name == "status_of_printer"
    assert {e.line for e in later[call + 1 : -1]} == {"exchange", "frame"}
    await lines.aclose()


async def test_a_file_can_be_read_again(line):
    file = line.folder / "jet.jsonl"
    done = await line.cli("diag", "tap", "jet", "--file", file)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 dropped" in done.stderr
    got = capture.read(file)
    assert got.header.whole
    assert b"^0?RS\r" in bytes_of(got.lines)


async def test_shown_with_hex_and_text(line):
    shown = (await line.cli("diag", "tap", "jet")).stdout
    assert "5e 30 3f 52 53 0d" in shown
    assert "^0?RS␍" in shown
    as_json = (await line.cli("diag", "tap", "jet", "--json")).stdout
    assert json.loads(as_json.splitlines()[0])["line"] == "capture"


async def test_redacting_what_is_not_yet_seen_is_refused(line):
    done = await line.cli("diag", "tap", "jet", "--follow", "--redact")
    assert done.exit_code == 2


def test_no_code_is_left_and_the_structure_is():
    lines = [
        CallLine(
            at_s=0,
            call=1,
            name="queue",
            arguments=([{"number": 1, "text": CODE}],),
        ),
        frame("sent", b"^0=MR1\t" + CODE[:9].encode()),
        frame("sent", CODE[9:].encode() + b"\r"),
        frame("received", b"\x02" + CODE.encode("utf-16-be") + b"\x03"),
        OutcomeLine(at_s=1, call=1, error="DeviceFault", message=f"{CODE!r} refused"),
        OutcomeLine(at_s=1, call=2, result={"text": CODE, "aim": "]d2"}),
        frame("received", b"ABCDEFGH12345678 printing 42\r", wire=2),
    ]
    done = Redactor(b"key").redacted(lines)
    said = "".join(each.model_dump_json() for each in done)
    assert CODE[:14] not in said
    first, second, wide, other = bytes_of(done)
    assert first.startswith(b"^0=MR1\t")
    assert second.endswith(b"\r")
    fresh = (first[7:] + second[:-1]).decode()
    assert [c.isdigit() for c in fresh] == [c.isdigit() for c in CODE]
    assert fresh[22] == "-"
    assert wide == b"\x02" + fresh.encode("utf-16-be") + b"\x03"
    assert done[0].arguments == ([{"number": 1, "text": fresh}],)
    assert done[4].message == f"{fresh!r} refused"
    assert done[5].result == {"text": fresh, "aim": "]d2"}
    assert b"ABCDEFGH12345678" not in other
    assert other.endswith(b" 42\r")
    assert Redactor(b"other").redacted(lines) != done


def test_json_frames_keep_their_keys():
    call = {"op": "subscribe", "nodes": ["nsu=http://x.org/;s=Code"], "v": [CODE]}
    lines = [frame("sent", json.dumps(call).encode())]
    (done,) = bytes_of(Redactor(b"k").redacted(lines))
    told = json.loads(done)
    assert told["op"] == "subscribe"
    assert told["nodes"] == call["nodes"]
    assert told["v"] != call["v"]


async def test_a_slow_listener_is_told_what_it_lost():
    tap = WireTap("reader", frames=2)
    for number in range(5):
        tap.record(Direction.RECEIVED, b"%d" % number)
    listening, closing = Listening(tap, limit=3), asyncio.Event()
    lines = listening.lines(heartbeat_s=0.01, closing=closing)
    held = [await anext(lines) for _ in range(3)]
    assert held[0] == DroppedLine(count=3, why="pushed out of the tap before")
    for _ in range(7):
        tap.record(Direction.RECEIVED, b"x")
    came = [await anext(lines) for _ in range(4)]
    assert came[-1] == DroppedLine(count=4, why="the listener was too slow")
    assert await anext(lines) is None
    await lines.aclose()
    assert not tap._listeners


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has no header"),
        ('{"line":"dropped","count":1,"why":""}\n', "begins with a header"),
        ("nonsense\n", "line 1: no line of a capture"),
        ('{"line":"frame","at_s":1,"wire":1,"direction":"up","hex":""}', "line 1"),
    ],
)
def test_what_is_no_capture_says_where(tmp_path, text, why):
    path = tmp_path / "x.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaptureError, match=why):
        capture.read(path)


def test_rows_for_people():
    header = CaptureHeader(
        device="jet",
        kind="k",
        role="printer",
        settings={},
        versions={},
        at_ms=0,
        at_s=0.0,
        whole=True,
    )
    long = FrameLine(
        at_s=1.25, wire=1, direction="sent", hex=(b"A" * 17).hex(), size=20
    )
    first, second, more = rows(long, header)
    assert "发 sent →    20  41 41" in first
    assert ".250  " in first
    assert second.strip().endswith("A")
    assert "3 bytes more" in more
    assert as_text(b"\x02a\x7f\xff") == "␂a␡·"
