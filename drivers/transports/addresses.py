"""Addresses as settings write them, taken apart once and precisely.

tcp://host:port          we dial
tcp-listen://host:port   the device dials us
serial:/dev/…?baud=9600  also bytesize, parity, stopbits
modbus://host:port/1     port 502 and device id 1 unless given
modbus-rtu:/dev/…?baud=19200&parity=E&device_id=1   also stopbits, slowest_ms
opc.tcp://host:4840/path port 4840 unless given
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

MODBUS_PORT = 502
OPC_UA_PORT = 4840
_PARITIES = "NEOMS"
_STOP_BITS = {"1": 1.0, "1.5": 1.5, "2": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpAddress:
    """A peer to dial, or (`listen`) a local end it dials."""

    host: str
    port: int
    listen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialAddress:
    """A serial port by its path; use /dev/serial/by-id/… so it stays the same one."""

    path: str
    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusAddress:
    """A Modbus TCP server and the device behind it."""

    host: str
    port: int = MODBUS_PORT
    device_id: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RtuAddress:
    """A device on a Modbus RTU line, which is ours alone.

    No device on it answers later than `slowest_ms` after the question; so long the
    line is left alone before the first question, because replies bear no number.
    """

    port: SerialAddress
    device_id: int = 1
    slowest_ms: int = 1000


def parse_nodes(address: str) -> str:
    """An OPC UA server's URL with its port. `ValueError` says what is wrong with it."""
    parts = urlsplit(address)
    if parts.scheme != "opc.tcp" or parts.query or parts.fragment:
        raise ValueError(f"{address!r} must look like opc.tcp://host:4840/path")
    host, port = _host_port(address, parts)
    if "@" in parts.netloc:
        raise ValueError(f"{address!r}: user and password have settings of their own")
    named = f"[{host}]" if ":" in host else host
    return f"opc.tcp://{named}:{port or OPC_UA_PORT}{parts.path}"


def parse_stream(address: str) -> TcpAddress | SerialAddress:
    """A stream's address. `ValueError` says what is wrong with it."""
    parts = urlsplit(address)
    match parts.scheme:
        case "tcp" | "tcp-listen":
            return _tcp(address, parts)
        case "serial":
            return _serial(address, parts)
        case _:
            raise ValueError(
                f"{address!r} must begin with tcp://, tcp-listen:// or serial:/dev/"
            )


def parse_registers(address: str) -> ModbusAddress | RtuAddress:
    """A register device's address. `ValueError` says what is wrong with it."""
    parts = urlsplit(address)
    if parts.scheme == "modbus-rtu":
        return _rtu(address, parts)
    if parts.scheme != "modbus" or parts.query or parts.fragment:
        raise ValueError(
            f"{address!r} must look like modbus://host:port/device_id"
            " or modbus-rtu:/dev/serial/by-id/…?baud=19200&parity=E&device_id=1"
        )
    device = parts.path.strip("/") or "1"
    if not device.isdecimal() or not 0 <= int(device) <= 255:
        raise ValueError(f"{address!r}: device id must be 0 to 255, got {device!r}")
    host, port = _host_port(address, parts)
    return ModbusAddress(host=host, port=port or MODBUS_PORT, device_id=int(device))


def _rtu(address: str, parts: SplitResult) -> RtuAddress:
    """19200 baud, even parity and one stop bit are Modbus's own default."""
    options = _options(address, parts, ("device_id", "slowest_ms"))
    device = options.pop("device_id", "1")
    slowest = options.pop("slowest_ms", "1000")
    return RtuAddress(
        port=_port(address, parts.path, {"baud": "19200", "parity": "E"} | options),
        device_id=_number(address, "device_id", device, 1, 247),
        slowest_ms=_number(address, "slowest_ms", slowest, 20, 2000),
    )


def _tcp(address: str, parts: SplitResult) -> TcpAddress:
    host, port = _host_port(address, parts)
    if port is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{address!r} must look like {parts.scheme}://host:port")
    return TcpAddress(host=host, port=port, listen=parts.scheme == "tcp-listen")


def _host_port(address: str, parts: SplitResult) -> tuple[str, int | None]:
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{address!r}: {error}") from None
    if not host:
        raise ValueError(f"{address!r} names no host")
    return host, port


def _serial(address: str, parts: SplitResult) -> SerialAddress:
    return _port(address, parts.path, _options(address, parts))


def _options(
    address: str, parts: SplitResult, more: tuple[str, ...] = ()
) -> dict[str, str]:
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError(
            f"{address!r} must look like {parts.scheme}:/dev/serial/by-id/…"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    known = ("baud", "bytesize", "parity", "stopbits", *more)
    if unknown := [key for key in options if key not in known]:
        raise ValueError(
            f"{address!r}: unknown option {unknown[0]!r}; use {', '.join(known)}"
        )
    return options


def _port(address: str, path: str, options: dict[str, str]) -> SerialAddress:
    return SerialAddress(
        path=path,
        baud=_number(address, "baud", options.get("baud", "9600"), 50, 4_000_000),
        bytesize=_number(address, "bytesize", options.get("bytesize", "8"), 5, 8),
        parity=_choice(
            address, "parity", options.get("parity", "N").upper(), _PARITIES
        ),
        stopbits=_STOP_BITS[
            _choice(address, "stopbits", options.get("stopbits", "1"), _STOP_BITS)
        ],
    )


def _number(address: str, key: str, text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"{address!r}: {key} must be {low} to {high}, got {text!r}")
    return int(text)


def _choice(address: str, key: str, text: str, allowed: str | dict[str, float]) -> str:
    if text not in tuple(allowed):
        raise ValueError(
            f"{address!r}: {key} must be one of {', '.join(allowed)}, got {text!r}"
        )
    return text
