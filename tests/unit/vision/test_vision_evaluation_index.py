"""The index of a folder of pictures: what it may say, and what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.evaluation.index import (
    EVERY,
    IndexFault,
    escaped,
    examples,
    symbologies_named,
    unescaped,
)
from agent.vision.symbology import Symbology


def folder_with(tmp_path, lines, header="file,symbology,expected_text"):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "index.csv").write_text(f"{header}\n{lines}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("QRCode", {Symbology.QR, Symbology.GS1_QR}),
        ("DataMatrix", {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}),
        ("Code128", {Symbology.CODE_128, Symbology.GS1_128}),
        ("Code 128", {Symbology.CODE_128, Symbology.GS1_128}),
        ("EAN-13", {Symbology.EAN_13}),
        ("ITF", {Symbology.ITF}),
        ("ITF-14", {Symbology.ITF}),
        ("GS1-128", {Symbology.GS1_128}),
        ("gs1_data_matrix", {Symbology.GS1_DATA_MATRIX}),
        ("", EVERY),
    ],
)
def test_names_of_symbologies_as_people_write_them(name, meant):
    assert symbologies_named(name) == meant


@pytest.mark.parametrize("symbology", list(Symbology))
def test_every_symbology_has_its_own_name(symbology):
    assert symbology in symbologies_named(symbology.value)


@given(st.text(st.characters(codec="utf-8")))
def test_escaping_loses_nothing(text):
    assert unescaped(escaped(text)) == text
    assert not any(ord(c) < 32 for c in escaped(text))


def test_a_row_is_read_with_its_control_characters(tmp_path):
    folder = folder_with(tmp_path, r"a.png,DataMatrix,[)>\x1e06\x1d\\25P\x04")
    (example,) = examples(folder)
    assert example.expected == "[)>\x1e06\x1d\\25P\x04"
    assert not example.is_empty


def test_none_and_an_empty_text_are_told_apart(tmp_path):
    nothing, unknown = examples(folder_with(tmp_path, "a.png,NONE,\na.png,QRCode,"))
    assert (nothing.is_empty, nothing.expected) == (True, None)
    assert (unknown.is_empty, unknown.expected) == (False, None)
    assert nothing.symbologies == EVERY


@pytest.mark.parametrize(
    ("lines", "header", "told"),
    [
        ("a.png,QRCode", "file,symbology", "expected_text is missing"),
        ("b.png,QRCode,x", "file,symbology,expected_text", r"line 2: .*b\.png"),
        (r"a.png,QRCode,a\q", "file,symbology,expected_text", r"line 2: \\q"),
        ("a.png", "file,symbology,expected_text", None),
    ],
)
def test_a_bad_index_says_where_and_why(tmp_path, lines, header, told):
    folder = folder_with(tmp_path, lines, header)
    if told is None:
        assert examples(folder)[0].expected is None
        return
    with pytest.raises(IndexFault, match=told):
        examples(folder)


def test_a_symbology_nobody_knows_is_told_and_any_is_looked_for(tmp_path):
    (example,) = examples(folder_with(tmp_path, "a.png,Aztec,x"))
    assert example.symbologies == EVERY
    assert "line 2: no symbology is called 'Aztec': there is code_128" in example.note


def test_an_index_in_another_encoding_is_told(tmp_path):
    (tmp_path / "index.csv").write_bytes("file,symbology,码\n".encode("gbk"))
    with pytest.raises(IndexFault, match="is not UTF-8 at byte 15"):
        examples(tmp_path)


def test_without_index_every_picture_counts(tmp_path):
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [e.path.name for e in examples(tmp_path)] == ["a.jpg", "b.PNG"]
    assert all(e.symbologies == EVERY for e in examples(tmp_path))


def test_no_folder_and_no_picture_are_told(tmp_path):
    with pytest.raises(IndexFault, match="there is no such folder"):
        examples(tmp_path / "nowhere")
    with pytest.raises(IndexFault, match="nor a picture"):
        examples(tmp_path)


def test_the_text_beside_a_code_may_have_several_lines(tmp_path):
    header = "file,symbology,expected_text,printed_text"
    known, unknown = examples(
        folder_with(tmp_path, "a.png,,1,L2407\\nEXP 20270531\na.png,,1,", header)
    )
    assert (known.printed, unknown.printed) == ("L2407\nEXP 20270531", "")
    with pytest.raises(IndexFault, match=r"index\.csv line 2: .* is no escape"):
        examples(folder_with(tmp_path, r"a.png,,1,L\q", header))
