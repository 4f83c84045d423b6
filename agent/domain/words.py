"""The vocabulary: levels, verdict reasons, causes. One word for one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """层级, from the unit outwards."""

    UNIT = "unit"
    INNER = "inner"
    BOX = "box"
    CASE = "case"
    PALLET = "pallet"


class Mode(StrEnum):
    """Whether a level's codes are printed here or arrive on the material (预赋码)."""

    PRINT = "print"
    PREPRINTED = "preprinted"


class Reason(StrEnum):
    """Why an item was rejected."""

    NO_READ = "no_read"
    WRONG_FORMAT = "wrong_format"
    UNKNOWN_CODE = "unknown_code"
    NOT_IN_FLIGHT = "not_in_flight"
    DUPLICATE = "duplicate"
    WRONG_PRODUCT = "wrong_product"
    SEQUENCE_FAULT = "sequence_fault"
    AMBIGUOUS = "ambiguous"
    LATE = "late"
    ORDER_FULL = "order_full"
    LOW_GRADE = "low_grade"
    WRONG_TEXT = "wrong_text"
    MISPLACED = "misplaced"
    SECOND_CODE = "second_code"
    CONFLICT = "conflict"


class VoidCause(StrEnum):
    """Why a code will never be printed (again)."""

    UNKNOWN_FATE = "unknown_fate"
    NEVER_SEEN = "never_seen"
    LABEL_LOST = "label_lost"
    DIRECTIVE = "directive"


class StopCause(StrEnum):
    """Why the agent stopped the line; each has its remedy on the screen."""

    CONSECUTIVE_REJECTS = "consecutive_rejects"
    SEQUENCE = "sequence"
    PRINTER = "printer"
    READER = "reader"
    LINE_IO = "line_io"
    REJECT_UNCONFIRMED = "reject_unconfirmed"
    LABELLER = "labeller"
    LABEL_MISMATCH = "label_mismatch"
    CODES_EXHAUSTED = "codes_exhausted"
    STORE = "store"
    DISK = "disk"
    OPERATOR = "operator"


class Notice(StrEnum):
    """What needs a hand soon, though the line runs."""

    PRINTER_LOW = "printer_low"
    OPCUA_DOWN = "opcua_down"
    PRINT_QUALITY = "print_quality"


class Evidence(StrEnum):
    """How a packing relation is known."""

    READ = "read"
    INFERRED = "inferred"
    TYPED = "typed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRef:
    """A code as its package knows it: package id and 1-based index in key order."""

    package: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRef:
    """An item: the PLC's boot id and its number at the trigger in that boot."""

    boot: int
    number: int
