"""`^SX` alerts: what a printer is to report unasked, and how it says so.

An alert is a line such as `ERROR CONDITION: HEAD OPEN [2024-07-17 14:37:03] [serial]`.
It is a hint, never proof: it may be lost, and it speaks the panel's language.
"""

import re

from drivers.printers.zebra_zpl.messages import Alert
from drivers.transports.addresses import TcpAddress

# Letters of ^SX from V48_12_4 on; older firmware shifts them from I on.
CONDITIONS = "ABCDEFGHIJKLMNOPQRSTUV*"

# The words, the date and the serial number in brackets; older ones have no date.
_LINE = re.compile(r"([^\[\]]*\S)\s*((?:\[[^\[\]]*\]\s*){1,2})")
_IS_SET = {
    "ERROR CONDITION": True,
    "ALERT": True,
    "ERROR CLEARED": False,
    "ALERT CLEARED": False,
}


def encode_alerts(conditions: str, reached_at: TcpAddress | None) -> bytes:
    """`^SX` for each of `conditions`, when it begins and when it goes.

    They go to `reached_at`, which the printer dials; None: to its serial port.
    """
    where = "A,Y,Y"
    if reached_at is not None:
        where = f"D,Y,Y,{reached_at.host},{reached_at.port}"
    armed = "".join(f"^SX{condition},{where}" for condition in conditions)
    return f"^XA{armed}^XZ\r\n".encode()


def decode_alert(text: str) -> Alert | None:
    """The alert in a line; None for a line that is none."""
    match = _LINE.fullmatch(text.strip())
    if match is None:
        return None
    words = match[1]
    kind, _, condition = words.partition(":")
    return Alert(
        text=text.strip(),
        condition=condition.strip() or kind.strip(),
        is_set=_IS_SET.get(kind.strip().upper()),
    )
