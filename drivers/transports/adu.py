"""Modbus frames as bytes: to take them down, and to tell an answer from a stranger.

Source: MODBUS Application Protocol V1.1b3, section 6, and MODBUS Messaging on TCP/IP
V1.0b, section 3.1. No I/O, no state.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

ILLEGAL_FUNCTION: Final = 1
MBAP_BYTES: Final = 7
_REFUSED: Final = 0x80
# The length field counts the unit and at least two bytes of PDU, at most 253.
_LENGTHS: Final = range(3, 255)


class Function(IntEnum):
    """What is asked of a device."""

    READ_COILS = 1
    READ_DISCRETE = 2
    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_COIL = 5
    WRITE_REGISTER = 6
    WRITE_COILS = 15
    WRITE_HOLDING = 16


_BITS: Final = (Function.READ_COILS, Function.READ_DISCRETE, Function.WRITE_COILS)
_READS: Final = range(1, 5)


def read_request(function: int, address: int, count: int) -> bytes:
    """The PDU that asks for `count` values."""
    return struct.pack(">BHH", function, address, count)


def write_request(function: int, address: int, values: Sequence[int]) -> bytes:
    """The PDU that writes `values`; a single write has one."""
    if function == Function.WRITE_COIL:
        return struct.pack(">BHH", function, address, 0xFF00 if values[0] else 0)
    if function == Function.WRITE_REGISTER:
        return struct.pack(">BHH", function, address, values[0])
    data = _packed(function, values)
    return struct.pack(">BHHB", function, address, len(values), len(data)) + data


def read_reply(function: int, values: Sequence[int]) -> bytes:
    """The PDU that answers a read."""
    data = _packed(function, values)
    return bytes((function, len(data))) + data


def write_reply(request: bytes) -> bytes:
    """The PDU that answers a write: its echo, without the values of a multiple one."""
    return request[:5]


def refusal(function: int, code: int) -> bytes:
    """The exception PDU."""
    return bytes((function | _REFUSED, code))


def mbap(transaction: int, unit: int, pdu: bytes) -> bytes:
    """The whole frame on TCP."""
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def mbap_size(data: bytes) -> int | None:
    """Bytes of the frame that begins `data`; None while too few are there to tell.

    `ValueError` when this is no MBAP header: the stream is out of step.
    """
    if len(data) < MBAP_BYTES - 1:
        return None
    _, protocol, length = struct.unpack_from(">HHH", data)
    if protocol or length not in _LENGTHS:
        raise ValueError(f"no Modbus frame: {data[:MBAP_BYTES].hex(' ')}")
    return int(length) + MBAP_BYTES - 1


def reply_size(request: bytes, function: int) -> int:
    """Bytes of the PDU that answers `request` with this function code in front."""
    if function & _REFUSED:
        return 2
    if request[0] not in _READS:
        return 5
    count = int.from_bytes(request[3:5], "big")
    return 2 + ((count + 7) // 8 if request[0] in _BITS else 2 * count)


def is_answer(request: bytes, reply: bytes) -> bool:
    """Whether PDU `reply` can be what the device says to PDU `request`.

    Same function (or its exception), the length that follows from the request, and
    for a write its echo.
    """
    if not reply or reply[0] & ~_REFUSED != request[0]:
        return False
    if len(reply) != reply_size(request, reply[0]):
        return False
    if reply[0] & _REFUSED:
        return True
    if request[0] in _READS:
        return reply[1] == len(reply) - 2
    return reply == write_reply(request)


def _packed(function: int, values: Sequence[int]) -> bytes:
    if function not in _BITS:
        return struct.pack(f">{len(values)}H", *values)
    data = bytearray((len(values) + 7) // 8)
    for position, value in enumerate(values):
        data[position >> 3] |= bool(value) << (position & 7)
    return bytes(data)
