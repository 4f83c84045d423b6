"""`diag`: the devices of the running line, down to the byte. 诊断"""

from typing import Annotated

import typer

from agent.api.device_models import DeviceDetail, LatencyModel, ReadingModel
from agent.cli import (
    diag_bundle,
    diag_commission,
    diag_replay,
    diag_tap,
    diag_trials,
)
from agent.cli.asking import ask, follow
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.tables import span, table

app = typer.Typer(no_args_is_help=True)
DeviceName = Annotated[str, typer.Argument(help="device as settings name it 设备名")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="until Ctrl-C 持续")]
Interval = Annotated[float, typer.Option(min=0.1, max=60, help="seconds 间隔秒")]


@app.callback()
def diag() -> None:
    """Look at devices and prove them. 诊断"""


@app.command("list")
def list_(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Every device of the line and who it says it is. 设备清单"""
    devices = ask(settings, lambda client: client.devices.all())
    if as_json:
        for each in devices:
            print(each.model_dump_json())
        return
    headings = (
        "设备 device",
        "类型 kind",
        "角色 role",
        "连接 link",
        "持续 for",
        "地址 address",
        "身份 identity",
        "说明 detail",
    )
    rows = [
        (
            d.name,
            d.kind,
            d.role,
            d.link,
            span(d.since_s),
            d.address,
            d.identity,
            d.detail,
        )
        for d in devices
    ]
    print(table(headings, rows))


@app.command()
def readings(
    name: DeviceName,
    settings: SettingsPath = DEFAULT_SETTINGS,
    following: Follow = False,
    interval_s: Interval = 1.0,
    as_json: AsJson = False,
) -> None:
    """What a device says: values with unit, normal range, last change. 读数"""

    def show(device: DeviceDetail) -> None:
        print(device.model_dump_json() if as_json else _readings(device))

    if following:
        follow(settings, lambda client: client.devices.live(name, interval_s), show)
    else:
        show(ask(settings, lambda client: client.devices.one(name)))


def _readings(device: DeviceDetail) -> str:
    headings = (
        "读数 reading",
        "值 value",
        "单位 unit",
        "正常 normal",
        "",
        "收到 heard",
        "变化 changed",
    )
    rows = [
        (
            each.name.replace("_", " "),
            each.value,
            each.unit,
            _range(each),
            "" if each.normal else "超限 out of range",
            span(each.heard_s),
            span(each.changed_s),
        )
        for each in device.readings
    ]
    link = f"{device.name}: {device.link} {device.detail}".strip()
    return f"{link}\n{table(headings, rows)}"


def _range(reading: ReadingModel) -> str:
    if reading.low is None and reading.high is None:
        return ""
    low = "" if reading.low is None else f"{reading.low:g}"
    high = "" if reading.high is None else f"{reading.high:g}"
    return f"{low}…{high}"


@app.command()
def latency(
    name: DeviceName, settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False
) -> None:
    """How long each kind of exchange took, with its histogram. 响应时间"""
    device = ask(settings, lambda client: client.devices.one(name))
    if as_json:
        for each in device.latency:
            print(each.model_dump_json())
        return
    headings = (
        "交互 exchange",
        "次数 answered",
        "失败 failed",
        "p50 ms",
        "p99 ms",
        "最大 max ms",
    )
    rows = [
        (
            e.exchange,
            e.total,
            e.failed,
            f"{e.p50_ms:.1f}",
            f"{e.p99_ms:.1f}",
            f"{e.max_ms:.1f}",
        )
        for e in device.latency
    ]
    print(table(headings, rows))
    for exchange in device.latency:
        print(f"\n{exchange.exchange}\n{_histogram(exchange)}")


def _histogram(latency: LatencyModel) -> str:
    """A bar a bucket that has any."""
    most = max((bucket.count for bucket in latency.buckets), default=0)
    rows = [
        (
            "> 5000" if bucket.up_to_ms is None else f"≤ {bucket.up_to_ms:g}",
            bucket.count,
            "#" * -(-40 * bucket.count // most),
        )
        for bucket in latency.buckets
        if bucket.count
    ]
    return table(("ms", "次数 count", ""), rows)


# After the commands of this file, so that looking comes first in the help.
app.command("tap")(diag_tap.tap)
app.command("loopback")(diag_trials.loopback)
app.command("test-print")(diag_trials.print_test)
app.command("read")(diag_trials.read)
app.command("io")(diag_trials.io)
app.command("force")(diag_trials.force)
app.command("commission")(diag_commission.commission)
app.command("verify")(diag_commission.verify_command)
app.command("bundle")(diag_bundle.bundle)
app.command("replay")(diag_replay.replay_command)
