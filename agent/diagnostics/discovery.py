"""Devices on an address range that a person names, and serial ports of this machine.

Only what the person named is dialled, and each port gets at most one question that
changes nothing: who are you. An answer nobody expected is shown, not interpreted.
"""

import asyncio
import ipaddress
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

# A /22 has 1,024 addresses: more than the devices of a hall, and less than a plant.
LARGEST_PREFIX = 22
# At once. A switch takes more for an attack, and 64 × 1.5 s is a minute for a /22.
AT_ONCE = 64
CONNECT_S = 0.5
ANSWER_S = 1.0
# A device that talks unasked must not hold a probe for ever.
MOST_BYTES = 4096


class RangeError(Exception):
    """A range or a port list that is not looked at; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How a device of `kind` is asked who it is, and what its answer has in it.

    The questions are those its driver greets with (tests/wire has their sources).
    """

    kind: str
    port: int
    question: bytes
    mark: re.Pattern[bytes]

    @classmethod
    def saying(cls, kind: str, port: int, question: bytes, mark: bytes) -> "Probe":
        """Of a kind whose answers all have `mark` in them."""
        return cls(
            kind=kind, port=port, question=question, mark=re.compile(re.escape(mark))
        )


_MODBUS_IDENTITY = bytes.fromhex("000100000005012b0e0100")
_HEL = (
    b"HELF"
    + (32 + 18).to_bytes(4, "little")
    + b"".join(n.to_bytes(4, "little") for n in (0, 8192, 8192, 0, 0))
    + (18).to_bytes(4, "little")
    + b"opc.tcp://discover"
)
PROBES: Mapping[str, Probe] = {
    probe.kind: probe
    for probe in (
        Probe.saying("zebra_zpl", 9100, b"~HI\r\n", b",V"),
        Probe.saying("leibinger_jet", 3000, b"^0?RS\r", b"^0=RS"),
        Probe.saying("domino_codenet", 7000, b"\x1bA?\x04", b"\x1bA"),
        Probe.saying("videojet_wsi", 3100, b"\x02H\x03", b"\x02H"),
        Probe.saying("videojet_zipher", 3003, b"\rGST\r", b"STS|"),
        Probe.saying("keyence_sr", 9004, b"KEYENCE\r", b"OK,KEYENCE"),
        # It begins silent: then its type comes bare. Else after a header, in which
        # some firmware leaves the number out or has colons for it.
        Probe(
            kind="dataman",
            port=23,
            question=b"||0:1>GET DEVICE.TYPE\r\n",
            mark=re.compile(
                rb"\|\|[\d:]*\[0\]|^\W*(?:DM\d|DataMan)[^\r\n]*\r", re.MULTILINE
            ),
        ),
        Probe.saying("sick_cola", 2112, b"\x02sRN DeviceIdent\x03", b"sRA DeviceIdent"),
        # Read device identification, or the exception of a device that has none.
        Probe.saying("modbus", 502, _MODBUS_IDENTITY, b"\x00\x01\x00\x00\x00"),
        Probe.saying("opcua", 4840, _HEL, b"ACKF"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that answers at `address`:`port`. An empty kind: open, and unknown."""

    address: str
    port: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """A serial port under the name that stays the same when cables are moved."""

    path: str
    device: str
    make: str
    model: str
    serial: str


def hosts_of(cidr: str) -> list[str]:
    """The addresses of a range; `RangeError` if it is none, or too large."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise RangeError(f"{error}: name a range such as 192.168.1.0/24") from None
    if network.version != 4:
        raise RangeError(f"{cidr}: only IPv4 ranges are looked at")
    if network.prefixlen < LARGEST_PREFIX:
        raise RangeError(
            f"{cidr} has {network.num_addresses} addresses: at most a "
            f"/{LARGEST_PREFIX} is looked at"
        )
    return [str(address) for address in network.hosts()]


def ports_of(text: str) -> dict[int, Probe | None]:
    """`9100,3001=leibinger_jet,8000`: a port of a known kind is asked as that kind, any
    other is only dialled. Empty: the ports the known kinds usually have."""
    usual = {probe.port: probe for probe in PROBES.values()}
    if not text:
        return dict(usual)
    ports: dict[int, Probe | None] = {}
    for part in text.split(","):
        number, _, kind = part.strip().partition("=")
        if not number.isdecimal() or not 0 < int(number) < 65536:
            raise RangeError(f"{part!r}: a port is a number from 1 to 65535")
        if kind and kind not in PROBES:
            raise RangeError(f"{kind!r} cannot be asked; there is {', '.join(PROBES)}")
        ports[int(number)] = PROBES[kind] if kind else usual.get(int(number))
    return ports


async def discover(
    hosts: Iterable[str], ports: Mapping[int, Probe | None]
) -> list[Found]:
    """Everything that answers, in the order of addresses and ports."""
    places = asyncio.Semaphore(AT_ONCE)

    async def look(host: str, port: int, probe: Probe | None) -> Found | None:
        async with places:
            return await _look(host, port, probe)

    looks = [look(host, port, probe) for host in hosts for port, probe in ports.items()]
    return [found for found in await asyncio.gather(*looks) if found is not None]


async def _look(host: str, port: int, probe: Probe | None) -> Found | None:
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(host, port)
    except OSError:  # nobody there; a timeout is one too
        return None
    said = b""
    try:
        if probe is not None:
            writer.write(probe.question)
            said = await _answer(reader, probe.mark)
    finally:
        # At once: a device that takes one host at a time is free again for its own.
        writer.transport.abort()
    known = probe is not None and probe.mark.search(said) is not None
    return Found(
        address=host,
        port=port,
        kind=probe.kind if probe is not None and known else "",
        said=_shown(said),
    )


async def _answer(reader: asyncio.StreamReader, mark: re.Pattern[bytes]) -> bytes:
    """What comes until the answer is complete enough to be told, or time is up."""
    said = b""
    with suppress(OSError):
        async with asyncio.timeout(ANSWER_S):
            while len(said) < MOST_BYTES and (data := await reader.read(1024)):
                said += data
                found = mark.search(said)
                if found and found.end() < len(said):
                    break
    return said


def _shown(said: bytes) -> str:
    """Printable characters in their order; binary answers by what they spell."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else " " for byte in said)
    return " ".join(text.split())[:120]


def serial_ports(by_id: Path = Path("/dev/serial/by-id")) -> list[SerialPort]:
    """Serial ports, by the path that holds the adapter's own serial number."""
    stable = {
        str(link.resolve()): str(link)
        for link in (sorted(by_id.iterdir()) if by_id.is_dir() else ())
    }
    return [
        SerialPort(
            path=stable.get(port.device, port.device),
            device=port.device,
            make=port.manufacturer or "",
            model=port.product or "",
            serial=port.serial_number or "",
        )
        for port in sorted(list_ports.comports())
    ]
