import csv
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.codes import app

GTIN = "06901234567892"
_SHARED = Path(__file__).parents[2].parent / "shared" / "data"
CASES = Path(os.environ.get("LINE_AGENT_SHARED_DATA", _SHARED)) / "gs1" / "cases.csv"
# Written as another kind these are good codes, and nothing in the text tells:
# a valid GTIN-12 that is meant as an element string, an element string that is
# meant to begin with a bracket.
AMBIGUOUS = {"701103020185", "(17)221231"}


def run(*arguments, stdin=b""):
    return CliRunner().invoke(app, ["parse", *arguments], input=stdin)


def answers(*arguments, stdin):
    result = run("--json", *arguments, "-", stdin=stdin)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_says_what_a_code_is():
    (answer,) = answers(stdin=f"]d201{GTIN}21A\x1d10L\n".encode())
    assert answer == {
        "input": f"]d201{GTIN}21A\x1d10L",
        "kind": "scan",
        "ok": True,
        "elements": [["01", GTIN], ["21", "A"], ["10", "L"]],
        "key": f"01{GTIN}21A\x1d10L",
        "errors": [],
    }


def test_says_why_a_code_is_bad():
    (answer,) = answers(stdin=b"(01)06901234567893")
    assert (answer["ok"], answer["elements"], answer["key"]) == (False, [], None)
    assert answer["errors"] == [
        "AI (01), GTIN of a trade item: check digit is 3, must be 2"
    ]


def test_full_rules_ask_for_company():
    assert run("-", stdin=b"(10)L").exit_code == 0
    assert run("--rules", "full", "-", stdin=b"(10)L").exit_code == 1
    assert "needs AI 01 or 02" in run("--rules", "full", "-", stdin=b"(10)L").stdout


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"99A\n", "99A"),
        (b"99A\r\n", "99A"),
        (b"99A", "99A"),
        (b"\xef\xbb\xbf99A\n", "99A"),
        (b"99A\r", "99A\r"),
        (b"99A \n", "99A "),
        (rb"99A\x1d99A", r"99A\x1d99A"),
        (b"99\xff\xfe\n", "99\udcff\udcfe"),
        ("99瓶\n".encode(), "99瓶"),
        (b"\n", ""),
        (b"99\x00\n", "99\x00"),
    ],
)
def test_a_line_is_taken_as_it_is(raw, text):
    (answer,) = answers(stdin=raw)
    assert answer["input"] == text
    assert answer["ok"] == (text == "99A")


def test_one_answer_a_line_in_order():
    found = answers(stdin=b"99A\n\n\xef\xbb\xbf99B\n99C")
    assert [each["ok"] for each in found] == [True, False, False, True]


def test_an_endless_line_is_refused_without_being_kept():
    long, after = answers(stdin=b"99" + b"A" * 1_000_000 + b"\n99A\n")
    assert len(long["input"]) == 65536
    assert long["errors"] == ["text of 65536 characters; at most 8190"]
    assert after["ok"]


def test_kind_can_be_named():
    (answer,) = answers("--kind", "key:gln", stdin=b"6901234000009")
    assert (answer["kind"], answer["key"]) == ("key:gln", "6901234000009")
    (answer,) = answers("--kind", "element", stdin=b"(17)221231")
    assert not answer["ok"]


def test_for_people_each_code_is_one_safe_line():
    stdin = f"01{GTIN}21A\x1d10L\n(\x1b[31m)1\n]Q1\xa0x\n6901234567892\n".encode()
    lines = run("-", stdin=stdin).stdout.split("\n")
    assert lines == [
        f"ok  element   01{GTIN}21A<GS>10L  (01){GTIN}(21)A(10)L",
        r"BAD bracketed (\x1b[31m)1  '\x1b[31m' is no AI",
        r"ok  scan      ]Q1\xa0x  plain text",
        f"ok  key:gtin  6901234567892  {GTIN}",
        "",
    ]


def test_exit_code_says_whether_all_are_good(tmp_path):
    codes = tmp_path / "codes.txt"
    codes.write_bytes(b"99A\n99B\n")
    assert run(str(codes)).exit_code == 0
    codes.write_bytes(b"99A\nrubbish\n99B\n")
    assert run(str(codes)).exit_code == 1
    codes.write_bytes(b"")
    assert run(str(codes)).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [["absent.txt"], ["."], ["--rules", "some", "-"], ["--kind", "x", "-"], []],
)
def test_unusable_arguments(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.skipif(not CASES.exists(), reason=f"no cases at {CASES}")
@pytest.mark.parametrize("rules", ["syntax", "full"])
def test_agrees_with_every_public_case_without_being_told_the_kind(rules):
    with CASES.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    texts = [c["input"].replace(r"\x1d", "\x1d").replace(r"\\", "\\") for c in cases]
    found = answers("--rules", rules, stdin="\n".join(texts).encode())
    assert len(found) == len(cases)

    wrong = {
        case["input"]
        for case, answer in zip(cases, found, strict=True)
        if not agrees(case, case[f"{rules}_ok"] == "true", answer)
    }
    assert wrong <= AMBIGUOUS


def agrees(case, good, answer):
    if answer["ok"] != good or not good:
        return answer["ok"] == good
    if case["kind"].startswith("key:"):
        return answer["key"] == case["expected_ais"]
    return answer["elements"] == json.loads(case["expected_ais"] or "[]")
