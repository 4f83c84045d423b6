r"""DMCC: `||checksum:id>COMMAND` CR LF, `||checksum:id[status]data` CR LF.

Every part of a header may be left out. Firmware 6.1.16 was seen to answer
`||:::2[0]`; so what is not a number where the id stands is no id.
"""

import re

from drivers.readers.dataman.messages import Reply, Unmarked

END = b"\r\n"
_HEADER = re.compile(rb"\|\|([^\[\]]*)\[(\d+)\](.*)", re.DOTALL)
# Telnet option offers, seen where the port is a Telnet port: IAC, verb, option.
_OFFERS = re.compile(rb"(?:\xff[\xfb-\xfe].)*", re.DOTALL)
_ONE_LINE = re.compile(r"[ -~]+")


def encode_command(command: str, number: int) -> bytes:
    """One command, to be answered with `number`. `ValueError` if not one line of
    printable ASCII."""
    if not _ONE_LINE.fullmatch(command):
        raise ValueError(f"{command!r} is not one line of printable ASCII")
    return b"||0:%d>%s" % (number, command.encode("ascii")) + END


def decode_line(line: bytes) -> Reply | Unmarked:
    """A line of the reader. `ValueError` where a reply claims a checksum: we never
    ask for one, and which bytes it covers is not told."""
    line = line[_OFFERS.match(line).end() :]  # type: ignore[union-attr]
    header = _HEADER.fullmatch(line)
    if header is None:
        return Unmarked(data=line)
    options, status, data = header.groups()
    checksum, _, rest = options.partition(b":")
    if checksum not in {b"", b"0"}:
        raise ValueError(f"a reply with checksum {checksum!r}")
    number = rest.partition(b":")[0]
    return Reply(
        status=int(status),
        data=data,
        number=int(number) if number.isdigit() else None,
    )
