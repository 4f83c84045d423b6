"""Devices on an address range that a person names, and serial ports of this machine.

Only what the person named is dialled, and each port gets at most one question that
changes nothing: who are you. An answer nobody expected is shown, not interpreted.
"""

import asyncio
import ipaddress
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
    """How a device of `kind` is asked who it is, and how its answer begins.

    The questions are those its driver greets with (tests/wire has their sources).
    """

    kind: str
    port: int
    question: bytes
    mark: bytes


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
        Probe(kind="zebra_zpl", port=9100, question=b"~HI\r\n", mark=b",V"),
        Probe(kind="leibinger_jet", port=3000, question=b"^0?RS\r", mark=b"^0=RS"),
        Probe(kind="domino_codenet", port=7000, question=b"\x1bA?\x04", mark=b"\x1bA"),
        Probe(kind="videojet_wsi", port=3100, question=b"\x02H\x03", mark=b"\x02H"),
        Probe(kind="videojet_zipher", port=3003, question=b"\rGST\r", mark=b"STS|"),
        Probe(kind="keyence_sr", port=9004, question=b"KEYENCE\r", mark=b"OK,KEYENCE"),
        Probe(
            kind="dataman",
            port=23,
            question=b"||0:1>GET DEVICE.TYPE\r\n",
            mark=b"||0:1[0]",
        ),
        Probe(
            kind="sick_cola",
            port=2112,
            question=b"\x02sRN DeviceIdent\x03",
            mark=b"sRA DeviceIdent",
        ),
        # Read device identification, or the exception of a device that has none.
        Probe(
            kind="modbus",
            port=502,
            question=_MODBUS_IDENTITY,
            mark=b"\x00\x01\x00\x00\x00",
        ),
        Probe(kind="opcua", port=4840, question=_HEL, mark=b"ACKF"),
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
    known = probe is not None and probe.mark in said
    return Found(
        address=host,
        port=port,
        kind=probe.kind if probe is not None and known else "",
        said=_shown(said),
    )


async def _answer(reader: asyncio.StreamReader, mark: bytes) -> bytes:
    """What comes until the answer is complete enough to be told, or time is up."""
    said = b""
    with suppress(OSError):
        async with asyncio.timeout(ANSWER_S):
            while len(said) < MOST_BYTES and (data := await reader.read(1024)):
                said += data
                if mark in said and not said.endswith(mark):
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
