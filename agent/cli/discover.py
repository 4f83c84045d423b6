"""`discover`: serial ports of this machine, and devices on a range. 发现设备"""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from agent.cli.exits import plain_errors, say
from agent.cli.records import AsJson
from agent.cli.tables import table
from agent.diagnostics.discovery import (
    discover,
    hosts_of,
    ports_of,
    serial_ports,
)


def discover_command(
    *,
    in_range: Annotated[
        str, typer.Option("--range", help="such as 192.168.1.0/24; at most a /22 网段")
    ] = "",
    ports: Annotated[
        str,
        typer.Option("--ports", help="such as 9100,3001=leibinger_jet 端口"),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List serial ports; with --range also the devices that answer there. 发现设备

    Each port of the range is dialled once and asked who it is, in the words of the kind
    that usually has it; nothing else is sent, and nowhere else. A printer of another
    make may print the question that port 9100 gets.
    """
    with plain_errors():
        found_serial = serial_ports()
        hosts = hosts_of(in_range) if in_range else []
        asked = ports_of(ports)
    if as_json:
        for port in found_serial:
            print(json.dumps({"serial": asdict(port)}, ensure_ascii=False))
    else:
        headings = ("串口 serial port", "厂商 make", "型号 model", "序列号 serial")
        rows = [(p.path, p.make, p.model, p.serial) for p in found_serial]
        print(table(headings, rows))
    if not hosts:
        return
    say(f"{len(hosts)} × {len(asked)} …")
    found = asyncio.run(discover(hosts, asked))
    if as_json:
        for each in found:
            print(json.dumps({"network": asdict(each)}, ensure_ascii=False))
        return
    headings = ("地址 address", "端口 port", "类型 kind", "应答 says")
    print()
    print(
        table(
            headings,
            [(f.address, f.port, f.kind or "未知 unknown", f.said) for f in found],
        )
    )
