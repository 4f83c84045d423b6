r"""Scanners that type, key event by key event.

Sources:
[KERNEL] Linux include/uapi/linux/input-event-codes.h: the numbers of the keys
[OPTICON] Opticon L-46X manual: GS is sent as Ctrl-] in HID
[ODOO]   Odoo PR 99730: some models type Alt+029 for GS
"""

import pytest

from drivers.readers.keyboard_wedge.codec import KeyDecoder
from drivers.readers.keyboard_wedge.messages import (
    ALT,
    CONTROL,
    ENTER,
    KEYPAD_DIGITS,
    SHIFT,
    US_LAYOUT,
    KeyEvent,
)

KIND = "keyboard_wedge"
SOURCES = {
    "KERNEL": "Linux include/uapi/linux/input-event-codes.h",
    "OPTICON": "Opticon L-46X manual",
    "ODOO": "Odoo PR 99730",
}
SYN = KeyEvent(0, 0, 0)


def typed(text):
    """`30+ 30- 28+`: key code, pressed or released; a SYN report after each."""
    for word in text.split():
        yield KeyEvent(1, int(word[:-1]), int(word[-1] == "+"))
        yield SYN


def lines(events, decoder=None):
    decoder = decoder or KeyDecoder()
    fed = [decoder.feed(event, at_s=0) for event in events]
    return [line for line in fed if line is not None]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("30+ 30- 48+ 48- 28+ 28-", "ab"),  # [KERNEL] A, B, ENTER
        ("42+ 30+ 30- 42- 48+ 48- 28+ 28-", "Ab"),  # [KERNEL] LEFTSHIFT
        ("54+ 30+ 30- 48+ 48- 54- 96+ 96-", "AB"),  # [KERNEL] RIGHTSHIFT, KPENTER
        ("2+ 2- 11+ 11- 28+ 28-", "10"),  # [KERNEL] 1, 0
        ("27+ 27- 32+ 32- 3+ 3- 28+ 28-", "]d2"),  # [KERNEL] RIGHTBRACE, D, 2
        ("42+ 39+ 39- 42- 53+ 53- 53+ 53- 28+ 28-", "://"),  # [KERNEL]
        ("42+ 13+ 13- 12+ 12- 42- 28+", "+_"),  # [KERNEL] EQUAL, MINUS
        ("79+ 79- 82+ 82- 28+ 28-", "10"),  # [KERNEL] KP1, KP0
        ("2+ 2- 29+ 27+ 27- 29- 3+ 3- 28+", "1\x1d2"),  # [OPTICON] Ctrl-]
        (
            "2+ 2- 56+ 82+ 82- 80+ 80- 73+ 73- 56- 3+ 3- 28+",  # [ODOO] Alt, KP 0 2 9
            "1\x1d2",
        ),
        ("30+ 30- 29+ 50+ 50- 29-", "a"),  # [KERNEL] Ctrl-M is CR
    ],
)
def test_what_keys_type(keys, line):
    assert lines(typed(keys)) == [line]


def test_the_numbers_are_the_librarys():
    ecodes = pytest.importorskip("evdev", reason="the extra 'keyboard'").ecodes
    assert {ecodes.KEY_ENTER, ecodes.KEY_KPENTER} == ENTER
    assert {ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT} == SHIFT
    assert {ecodes.KEY_LEFTCTRL, ecodes.KEY_RIGHTCTRL} == CONTROL
    assert {ecodes.KEY_LEFTALT, ecodes.KEY_RIGHTALT} == ALT
    for code, digit in KEYPAD_DIGITS.items():
        assert code == getattr(ecodes, f"KEY_KP{digit}")
    named = {
        "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE",
        ";": "SEMICOLON", "'": "APOSTROPHE", "`": "GRAVE", "\\": "BACKSLASH",
        ",": "COMMA", ".": "DOT", "/": "SLASH", " ": "SPACE", "\t": "TAB",
    }  # fmt: skip
    for code, (plain, _) in US_LAYOUT.items():
        assert code == getattr(ecodes, f"KEY_{named.get(plain, plain.upper())}")


def test_every_printable_character_can_be_typed_once():
    characters = [c for pair in US_LAYOUT.values() for c in set(pair)]
    assert sorted(set(characters)) == ["\t", *map(chr, range(32, 127))]
    assert len(characters) == len(set(characters))


@pytest.mark.parametrize(
    "spoilt",
    [
        [KeyEvent(0, 3, 0)],  # [KERNEL] SYN_DROPPED: events were lost
        typed("59+ 59-"),  # F1: no scanner types it
        typed("58+ 58-"),  # CAPSLOCK: what follows is not known
        typed("56+ 30+ 30- 56-"),  # Alt-A
        typed("56+ 79+ 72+ 82+ 56-"),  # Alt+180: depends on a code page
        typed("29+ 2+ 2- 29-"),  # Ctrl-1
    ],
)
def test_a_spoilt_line_is_discarded_to_its_end_and_counted(spoilt):
    decoder = KeyDecoder()
    before, after = typed("30+ 30-"), typed("48+ 48- 28+ 28- 46+ 46- 28+ 28-")
    assert lines([*before, *spoilt, *after], decoder) == ["c"]
    assert decoder.broken == 1


@pytest.mark.parametrize("unmoved", ["30+ 69+ 69- 28+", "30+ 28+ 28- 28+ 28-"])
def test_what_spoils_nothing(unmoved):
    decoder = KeyDecoder()
    assert lines(typed(unmoved), decoder) == ["a"]
    assert decoder.broken == 0


def test_autorepeat_types_nothing():
    events = [KeyEvent(1, 30, 1), KeyEvent(1, 30, 2), KeyEvent(1, 30, 0)]
    assert lines([*events, KeyEvent(1, 28, 1)]) == ["a"]


def test_a_pause_inside_a_line_and_too_long_a_line():
    decoder = KeyDecoder(max_frame=3, gap_s=0.5)
    for at_s, keys, line in [
        (0, "30+", None),
        (1, "48+", None),
        (1, "28+", None),
        (2, "30+", None),
        (2.4, "28+", "a"),
    ]:
        *_, last = [decoder.feed(e, at_s=at_s) for e in typed(keys) if e.kind]
        assert last == line
    assert lines(typed("30+ 30- 30+ 30- 30+ 28+"), decoder) == ["aaa"]
    assert lines(typed("30+ 30+ 30+ 30+ 28+"), decoder) == []
    assert decoder.broken == 2
