import pytest

from drivers.transports.addresses import (
    ModbusAddress,
    SerialAddress,
    TcpAddress,
    parse_registers,
    parse_stream,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://10.0.0.7:3000", TcpAddress(host="10.0.0.7", port=3000)),
        ("tcp://[fe80::1]:9100", TcpAddress(host="fe80::1", port=9100)),
        (
            "tcp-listen://0.0.0.0:9004",
            TcpAddress(host="0.0.0.0", port=9004, listen=True),
        ),
        ("serial:/dev/ttyS0", SerialAddress(path="/dev/ttyS0")),
        (
            "serial:/dev/serial/by-id/usb-x?baud=115200&bytesize=7&parity=e&stopbits=2",
            SerialAddress(
                path="/dev/serial/by-id/usb-x",
                baud=115200,
                bytesize=7,
                parity="E",
                stopbits=2.0,
            ),
        ),
    ],
)
def test_streams(text, address):
    assert parse_stream(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("modbus://plc", ModbusAddress(host="plc", port=502, device_id=1)),
        ("modbus://plc:5020/17", ModbusAddress(host="plc", port=5020, device_id=17)),
    ],
)
def test_registers(text, address):
    assert parse_registers(text) == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("10.0.0.7:3000", "must begin with tcp://"),
        ("tcp://10.0.0.7", "must look like tcp://host:port"),
        ("tcp://:3000", "names no host"),
        ("tcp://a:70000", "Port out of range"),
        ("tcp://a:3000/x", "must look like tcp://host:port"),
        ("serial:COM3", "must look like serial:/dev"),
        ("serial:/dev/ttyS0?baudrate=9600", "unknown option 'baudrate'; use baud"),
        ("serial:/dev/ttyS0?baud=fast", "baud must be 50 to 4000000, got 'fast'"),
        ("serial:/dev/ttyS0?parity=X", "parity must be one of N, E, O, M, S"),
        ("serial:/dev/ttyS0?stopbits=3", "stopbits must be one of 1, 1.5, 2"),
    ],
)
def test_bad_streams_say_what_is_wrong(text, complaint):
    with pytest.raises(ValueError) as caught:
        parse_stream(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tcp://plc:502", "must look like modbus://"),
        ("modbus://plc/256", "device id must be 0 to 255"),
        ("modbus://plc/one", "device id must be 0 to 255"),
        ("modbus:///1", "names no host"),
    ],
)
def test_bad_registers_say_what_is_wrong(text, complaint):
    with pytest.raises(ValueError) as caught:
        parse_registers(text)
    assert complaint in str(caught.value)
