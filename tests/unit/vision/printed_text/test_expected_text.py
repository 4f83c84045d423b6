"""Templates and the order's fields."""

from datetime import date

import pytest

from agent.settings_vision import PrintedTextSection
from agent.vision.checks.printed_text.expected_text import ExpectedText

VALUES = {
    "batch": "L2407",
    "order": "4711",
    "line": "3",
    "product": "BEER",
    "production": date(2026, 6, 1),
    "expiry": date(2027, 5, 31),
}


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{batch} {production:%Y%m%d}", "L2407 20260601"),
        ("EXP {expiry:%Y-%m-%d} ", "EXP 2027-05-31"),
        ("{production:%y%j}/{line:0>2}", "26152/03"),
        ("{production}", "2026-06-01"),
        ("生产日期{production:%Y%m%d}", "生产日期20260601"),
        ("{production:%d.%m.%y} ??:??", "01.06.26 ??:??"),
    ],
)
def test_a_template_is_filled(template, line):
    assert ExpectedText([template]).lines(VALUES) == (line,)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{batchh}", "no field 'batchh'; there are batch, expiry"),
        ("{batch.real}", "no field"),
        ("{batch[0]}", "no field"),
        ("{}", "no field"),
        ("{batch", "expected '}'"),
        ("{batch!r}", "nothing else is understood"),
        ("{expiry:{batch}}", "nothing else is understood"),
        ("{batch:%Y}", "batch is no date"),
        ("{expiry:>9}", "a date's format has %-signs"),
        ("{batch:d}", "Unknown format code"),
        ("Exp {batch}", "no p x"),
        ("{expiry:%b}", "dot fonts have no"),
        ("  ", "a line is empty"),
    ],
)
def test_a_bad_template_is_refused_with_its_reason(template, said):
    with pytest.raises(ValueError, match=said):
        ExpectedText(["OK", template])
    with pytest.raises(ValueError, match="lines"):
        PrintedTextSection(lines=("OK", template), box={"x": 1, "y": 1, "width": 50})


def test_no_template_is_an_error():
    with pytest.raises(ValueError, match="at least one line"):
        ExpectedText([])


@pytest.mark.parametrize("value", [None, ""])
def test_a_field_without_value_is_named(value):
    expected = ExpectedText(["{batch} {expiry:%Y%m%d}"])
    with pytest.raises(ValueError, match="the order has no expiry"):
        expected.lines({"batch": "L1", "expiry": value})
    with pytest.raises(ValueError, match="the order has no batch"):
        expected.lines({"expiry": date(2026, 1, 1)})


def test_a_wrong_kind_of_value_is_told_with_its_template():
    with pytest.raises(ValueError, match=r"printed text .*expiry"):
        ExpectedText(["{expiry:%Y%m%d}"]).lines({"expiry": "2026-01-01"})


def test_the_fields_needed_are_told():
    expected = ExpectedText(["{batch} 7", "{expiry:%y}/{batch}"])
    assert expected.fields == {"batch", "expiry"}
