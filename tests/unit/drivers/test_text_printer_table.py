"""Tables of text printers: precise errors, rules for codes, placeholders, frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.around import Around
from drivers.errors import MisuseError
from drivers.printers.text_printer.codec import Dialect, FrameParser, checksum
from drivers.printers.text_printer.driver import from_settings
from drivers.printers.text_printer.settings import TextPrinterSettings
from drivers.printers.text_printer.table import (
    Frame,
    Step,
    TableError,
    builtin_names,
    load,
)

GOOD = """
about = "A coder"
confirmation = "counter"
[frame]
end = "\\r"
[text]
blank = "-"
forbidden = ";"
longest = 20
[parameters]
head = "1"
[commands.status]
send = "S"
ok = '^S(?P<state>.)'
[commands.send]
send = "T{head}{text}"
ok = "^OK$"
[commands.count]
send = "C"
ok = '^C(?P<count>\\d+)'
[[states]]
matches = "1"
state = "printing"
text = "runs"
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "coder.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_good_table(written):
    table = load(written(GOOD))
    assert table.commands.send[0].send == "T{head}{text}"
    assert Dialect(table, {}).encode(table.commands.send[0], text="A") == b"T1A\r"
    other = Dialect(table, {"head": "2"})
    assert other.encode(table.commands.send[0], text="A") == b"T2A\r"


@pytest.mark.parametrize("name", builtin_names())
def test_builtin_tables_load_and_can_send_their_blank(name):
    table = load(f"builtin:{name}")
    assert table.about
    assert Dialect(table, {}).escaped(table.text.blank) is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('end = "\\r"', 'ende = "\\r"', "frame.end: Field required"),
        ('blank = "-"', 'blank = "-"\nblink = 1', "text.blink: Extra inputs"),
        (
            "ok = '^S(?P<state>.)'",
            "ok = '^S(?P<state>.'",
            "commands.status.0.ok: not a regular expression: missing )",
        ),
        (
            "ok = '^S(?P<state>.)'",
            "ok = '^S.'",
            "commands.status.ok needs a group (?P<state>…)",
        ),
        (
            'send = "T{head}{text}"',
            'send = "T{haed}{text}"',
            "commands.send.send: ['haed'] cannot be filled in here; known are "
            "['head', 'job', 'text']",
        ),
        ('send = "C"', 'send = "C{text}"', "commands.count.send: ['text'] cannot"),
        ('send = "T{head}{text}"', 'send = "T"', "needs {text} in commands.send"),
        (
            'send = "T{head}{text}"',
            'send = "T{head}{text}}"',
            "commands.send.0: send has a single '}'",
        ),
        (
            '"counter"',
            '"numbered"',
            "confirmation numbered needs commands.last_number",
        ),
        ('"counter"', '"event"', "confirmation event needs events.printed"),
        ('"counter"', '"handshake"', "confirmation handshake needs commands.ready"),
        ('"counter"', '"read_back"', "read_back needs commands.last_text"),
        ('"counter"', '"hope"', "confirmation: Input should be 'counter'"),
        ('state = "printing"', 'state = "prints"', "states.0.state: Input should be"),
        ('blank = "-"', 'blank = ""', "needs commands.blank or text.blank"),
        ("[frame]", 'encoding = "klingon"\n[frame]', "no such encoding: 'klingon'"),
        ('end = "\\r"', 'end = "\\r"\nchecksum = "crc"', "frame.checksum: Input"),
        ('end = "\\r"', 'end = "\\r"\ntokens = ["AB"]', "tokens are one character"),
        ('blank = "-"', 'blank = "-"\nescapes = {ab = "c"}', "escapes are for one"),
        ("[frame]", "[frame", "not TOML"),
    ],
)
def test_errors_name_file_and_key(written, old, new, said):
    assert old in GOOD
    path = written(GOOD.replace(old, new, 1))
    with pytest.raises(TableError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(path)
    assert said in message


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(TableError, match=r"none\.toml: cannot be read: No such file"):
        load(str(tmp_path / "none.toml"))
    path = tmp_path / "gbk.toml"
    path.write_bytes("about = '喷码机'".encode("gbk"))
    with pytest.raises(TableError, match="not UTF-8"):
        load(str(path))


def test_a_builtin_that_is_none():
    with pytest.raises(TableError, match="there are example_counter, example_event"):
        load("builtin:nosuch")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"table": "builtin:nosuch"}, "no table 'builtin:nosuch'"),
        ({"parameters": {"hed": "1"}}, r"no parameters \['hed'\]; it has message"),
        (
            {"table": "builtin:example_handshake", "job": "7"},
            "has no commands.select_job for job = '7'",
        ),
        ({"identity": "SN1"}, "has no commands.identify for identity = 'SN1'"),
    ],
)
def test_settings_that_do_not_fit_the_table(changes, said):
    settings = TextPrinterSettings(
        **(
            {
                "kind": "text_printer",
                "address": "tcp://a:1",
                "table": "builtin:keyence_mkg",
            }
            | changes
        )
    )
    with pytest.raises(MisuseError, match=said):
        from_settings("coder", settings, Around(dialer=None, rng=None))


@pytest.mark.parametrize(
    ("send", "filled", "wire"),
    [
        ("{text}", {"text": "A"}, b"A\r"),
        ("{text[0:2]}|{text[2:]}|{text[:1]}", {"text": "ABCD"}, b"AB|CD|A\r"),
        ("{number:6}", {"number": "42"}, b"000042\r"),
        ('{{"CMD":30,"T":"{text}"}}', {"text": "A"}, b'{"CMD":30,"T":"A"}\r'),
        ("{text}{text}", {"text": "{head}"}, b"{head}{head}\r"),
    ],
)
def test_placeholders(written, send, filled, wire):
    said = Dialect(load(written(GOOD)), {})
    assert said.encode(Step(send=send, ok="x"), **filled) == wire


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A;B", "';' at position 1"),
        ("A\rB", "position 1"),
        ("A\x02", "position 1"),
        ("A" * 21, "21 characters of 20 at most"),
        ("啤酒", "not in ascii"),
    ],
)
def test_codes_that_cannot_be_sent(written, text, said):
    with pytest.raises(ValueError, match=said):
        Dialect(load(written(GOOD)), {}).escaped(text)


def test_a_gs_is_sent_unless_the_table_forbids_it(written):
    assert Dialect(load(written(GOOD)), {}).escaped("A\x1dB") == "A\x1dB"
    strict = GOOD.replace('forbidden = ";"', 'forbidden = "\\u001d"')
    with pytest.raises(ValueError, match="position 1"):
        Dialect(load(written(strict)), {}).escaped("A\x1dB")


@given(st.text(alphabet=st.sampled_from('AB\\,"x'), max_size=20))
def test_escaped_text_comes_back(text):
    said = Dialect(load("builtin:example_counter"), {})
    assert said.unescaped(said.escaped(text)) == text


FRAMES = [
    Frame(end="\r"),
    Frame(end="\r\n", checksum="sum8"),
    Frame(start="\x02", end="\x03", checksum="xor8"),
    Frame(start="<", end=">"),
]


@pytest.mark.parametrize("frame", FRAMES)
@given(data=st.data())
def test_frames_come_through_in_any_pieces(frame, data):
    texts = data.draw(
        st.lists(
            st.text(st.sampled_from("ABC 019,"), min_size=1, max_size=8), max_size=5
        )
    )
    sent = b"".join(
        frame.start.encode()
        + text.encode()
        + checksum(frame.checksum, text.encode())
        + frame.end.encode()
        for text in texts
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    parser = FrameParser(frame, "ascii")
    found = []
    for first, last in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        found += parser.feed(sent[first:last])
    assert found == texts
    assert parser.foreign == 0


def test_a_megabyte_without_an_end_is_dropped():
    parser = FrameParser(Frame(end="\r"), "ascii")
    for _ in range(1024):
        assert parser.feed(b"x" * 1024) == []
        assert len(parser._buffer) <= 4096 + 1024
    assert parser.feed(b"tail\rGOOD\r") == ["GOOD"]
    assert parser.foreign == 1


def test_tokens_stand_outside_frames():
    frame = Frame(start="\x02", end="\x03", tokens=("\x06", "\x15"))
    parser = FrameParser(frame, "ascii")
    assert parser.feed(b"\x06\x02A\x06B\x03\x15\x06") == [
        "\x06",
        "A\x06B",
        "\x15",
        "\x06",
    ]
