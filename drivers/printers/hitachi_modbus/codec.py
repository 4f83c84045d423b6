"""Registers to values and back. No I/O, no state."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from drivers.printers.hitachi_characters import check_characters
from drivers.printers.hitachi_modbus.messages import (
    COUNT_MODULUS,
    HOLDING_BLOCKS,
    INPUT_BLOCKS,
    MAX_CHARACTERS,
    MAX_ITEMS,
    MAX_WRITE,
    Alarm,
    Analysis,
    Condition,
    Holding,
    MessageInfo,
    Unit,
    UnitStatus,
)

WordOrder = Literal["high_first", "low_first"]

_OFF, _ON = 0x30, 0x31
STATUS_WORDS: Final = 8
ANALYSIS_WORDS: Final = 4
UNIT_WORDS: Final = 18
CONDITION_WORDS: Final = 13
ALARM_WORDS: Final = 11
MESSAGE_WORDS: Final = 14
_TYPE_WORDS: Final = 16
_SERIALS: Final = 10**8
# A character is an attribute and a code: a write takes whole ones.
CHUNK: Final = MAX_WRITE // 2 * 2


def checked(text: str) -> str:
    """`text`, if an item may have it. `ValueError` if not."""
    if not 0 < len(text) <= MAX_CHARACTERS:
        raise ValueError(
            f"{text!r} has {len(text)} characters, of 1 to {MAX_CHARACTERS}"
        )
    check_characters(text)
    return text


def encode_text(text: str) -> list[int]:
    """Two words a character: no attribute, and its code (MAN 5.7, 2)."""
    return [word for character in text for word in (0, ord(character))]


def decode_text(words: Sequence[int]) -> str:
    """The characters of an item; one made by the printer (calendar, count) is □."""
    return "".join(
        chr(code) if code and not attribute else "□"
        for attribute, code in zip(words[::2], words[1::2], strict=True)
    )


def item_address(counts: Sequence[int], item: int) -> int:
    """Where the characters of `item` (from 1) stand: items follow one another."""
    return Holding.TEXT + 2 * sum(counts[: item - 1])


def text_writes(
    counts: Sequence[int],
    item: int,
    text: str,
    tail: Sequence[int] = (),
    *,
    count_too: bool = False,
) -> Iterator[tuple[int, list[int]]]:
    """The writes that give `item` this text, in order, and `tail` to what follows it.

    `tail` are the words of all later items as they stand: they move when the item's
    length changes. `count_too`: the length is written even where it is the same.
    """
    if count_too or len(text) != counts[item - 1]:
        yield Holding.COUNTS + item - 1, [len(text)]
    words = [*encode_text(text), *tail]
    begin = item_address(counts, item)
    for start in range(0, len(words), CHUNK):
        yield begin + start, words[start : start + CHUNK]


def decode_counts(words: Sequence[int]) -> tuple[int, ...]:
    """Characters of each item. `ValueError` when that cannot be."""
    if sum(words) > MAX_CHARACTERS:
        raise ValueError(f"{sum(words)} characters in {len(words)} items")
    return tuple(words)


def decode_items(words: Sequence[int]) -> int:
    """How many items the message has."""
    (items,) = words
    if not 1 <= items <= MAX_ITEMS:
        raise ValueError(f"{items} print items, of 1 to {MAX_ITEMS}")
    return items


def decode_status(words: Sequence[int]) -> UnitStatus:
    """Of 0000 to 0003. `ValueError` when this is no printer of this family."""
    connection, reception, operation, warning = words[:4]
    if connection not in (_OFF, _ON) or reception not in (_OFF, _ON):
        raise ValueError(
            f"no Hitachi printer: input registers 0 and 1 are {connection:#06x} and "
            f"{reception:#06x}, not 0x0030 or 0x0031"
        )
    return UnitStatus(
        is_online=connection == _ON,
        can_receive=reception == _ON,
        operation=operation,
        warning=warning,
    )


def decode_analysis(words: Sequence[int]) -> Analysis:
    """Of 0004 to 0007."""
    function, block, factor, _ = words
    return Analysis(function=function, block=block, factor=factor)


def decode_unit(words: Sequence[int], order: WordOrder) -> Unit:
    """Of 0010 to 0021. `ValueError` when the type name is none."""
    name = _characters(words[:_TYPE_WORDS]).strip()
    if not name.isprintable() or not name.isascii() or not name:
        raise ValueError(f"no Hitachi printer: its type name is {name!r}")
    # 00000000 to 99999999, says the manual, and not how: a value above that may be
    # digits of four bits each, or in the other order.
    serial = _whole(words[_TYPE_WORDS:], order)
    shown = f"{serial:08d}" if serial < _SERIALS else f"{serial:08X}"
    return Unit(type_name=name, serial=shown)


def decode_count(words: Sequence[int], order: WordOrder) -> int:
    """The print count. `ValueError` above what the printer counts to."""
    count = _whole(words, order)
    if count >= COUNT_MODULUS:
        raise ValueError(
            f"print count {count} is above {COUNT_MODULUS - 1}: is word_order right?"
        )
    return count


def decode_condition(words: Sequence[int], order: WordOrder) -> Condition:
    """Of 0050 to 005C."""
    ambient = words[9]
    return Condition(
        ink_operating_time=words[0],
        ink_alarm_time=words[1],
        prints=decode_count(words[2:4], order),
        viscosity=words[7],
        pressure_mpa=words[8] / 1000,
        ambient_c=ambient - 0x10000 if ambient & 0x8000 else ambient,
        deflection_kv=words[10] / 10,
        excitation_v_ref=words[11],
        excitation_khz=words[12] / 10,
    )


def decode_alarm(words: Sequence[int]) -> Alarm:
    """Of 0070 to 007A."""
    year, month, day, hour, minute, second, number = words[4:]
    at = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    return Alarm(count=words[0], at=at if words[0] else "", number=number)


def decode_message(words: Sequence[int]) -> MessageInfo:
    """Of 0E40 to 0E4D."""
    number, group, *name = words
    return MessageInfo(number=number, group=group, name=_characters(name).strip())


def is_one_block(address: int, count: int, *, holding: bool) -> bool:
    """Whether a request stays within one functional block."""
    blocks = HOLDING_BLOCKS if holding else INPUT_BLOCKS
    return any(address in b and address + count - 1 in b for b in blocks)


def _characters(words: Sequence[int]) -> str:
    return "".join(chr(word) for word in words if word)


def _whole(words: Sequence[int], order: WordOrder) -> int:
    high, low = words if order == "high_first" else reversed(words)
    return high << 16 | low
