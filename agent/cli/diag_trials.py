"""`diag loopback|test-print|read|io|force`: acts at devices. 设备试验"""

import base64
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from agent.api.trial_models import (
    ForceRequest,
    LoopBackRequest,
    ReadAnswer,
    TrialRequest,
)
from agent.cli.asking import ask
from agent.cli.exits import Exit, say
from agent.cli.records import AsJson
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.supervising import WHY, By, RoleOf, act_of
from agent.cli.tables import table
from agent.client import AgentClient

DeviceName = Annotated[str, typer.Argument(help="device as settings name it 设备名")]
Reason = Annotated[str, typer.Option("--reason", help=WHY)]


def loopback(
    name: DeviceName,
    reason: Reason,
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    by: By = "",
    role: RoleOf = "",
    times: Annotated[int, typer.Option(min=1, max=100, help="how often 次数")] = 10,
    as_json: AsJson = False,
) -> None:
    """Ask a device something harmless, again and again. 回环测试"""
    act = act_of(LoopBackRequest, by=by, reason=reason, role=role, times=times)
    answer = ask(settings, lambda client: client.devices.loop_back(name, act))
    took = answer.took_ms
    if as_json:
        print(answer.model_dump_json())
    else:
        headings = ("询问 asked", "应答 answered", "最小 min ms", "最大 max ms")
        fastest = f"{min(took):.1f}" if took else ""
        slowest = f"{max(took):.1f}" if took else ""
        row = (answer.asked, f"{len(took)}/{times}", fastest, slowest)
        print(table(headings, [row]))
    if answer.error:
        say(answer.error)
        raise typer.Exit(Exit.NEGATIVE)


def print_test(
    name: DeviceName,
    reason: Reason,
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    by: By = "",
    role: RoleOf = "",
) -> None:
    """Print TEST 0001, which is no code. 试打印

    A label printer prints at once. A unit printer marks the next bottle that passes its
    sensor: the conveyor must stand still and no order may run.
    """
    act = act_of(TrialRequest, by=by, reason=reason, role=role)
    answer = ask(settings, lambda client: client.devices.test_print(name, act))
    say(answer.message)
    if not answer.done:
        raise typer.Exit(Exit.NEGATIVE)


def read(
    name: DeviceName,
    reason: Reason,
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    by: By = "",
    role: RoleOf = "",
    picture: Annotated[
        Path | None, typer.Option("--picture", help="save the picture 保存图片")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trigger a reader or camera and show what every decoder says. 试读"""
    act = act_of(TrialRequest, by=by, reason=reason, role=role)
    say(f"{name}: hold a code before it 请将码置于读码器前")
    answer = ask(settings, lambda client: client.devices.read(name, act))
    if picture is not None and answer.picture_png:
        picture.write_bytes(base64.b64decode(answer.picture_png))
    if as_json:
        print(answer.model_copy(update={"picture_png": ""}).model_dump_json())
    else:
        print(_read_shown(answer))
    if answer.text is None:
        raise typer.Exit(Exit.NEGATIVE)


def _read_shown(answer: ReadAnswer) -> str:
    text = "未读出 no read" if answer.text is None else repr(answer.text)
    shown = f"{text}  {answer.aim or ''}  {answer.took_ms:.0f} ms".rstrip()
    if not answer.decoders:
        return shown
    headings = ("解码器 decoder", "码制 symbology", "内容 payload", "ms")
    rows = [
        (
            each.decoder,
            ", ".join(each.symbologies),
            ", ".join(map(repr, each.codes)) or "未读出 nothing",
            f"{each.took_ms:.1f}",
        )
        for each in answer.decoders
    ]
    return f"{shown}\n{table(headings, rows)}"


def io(
    name: DeviceName, settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False
) -> None:
    """Every input and output of a device by name. 输入输出"""
    points = ask(settings, lambda client: client.devices.points(name))
    if as_json:
        print(points.model_dump_json())
        return
    rows = [("输入 in", key, _value(value), "") for key, value in points.inputs.items()]
    rows += [
        ("输出 out", key, _value(each.value), "强制 forced" if each.forced else "")
        for key, each in points.outputs.items()
    ]
    print(table(("方向", "名称 name", "值 value", ""), rows))


def _value(value: bool | int) -> str:
    if isinstance(value, bool):
        return "● on" if value else "○ off"
    return str(value)


def force(
    name: DeviceName,
    output: Annotated[str, typer.Argument(help="output by name 输出名")],
    value: Annotated[str, typer.Argument(help="on or off")],
    reason: Reason,
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    by: By = "",
    role: RoleOf = "",
    for_s: Annotated[
        float, typer.Option("--for", min=0.5, max=60, help="seconds 秒")
    ] = 10,
) -> None:
    """Hold one output for a while; Ctrl-C releases it. 强制输出

    It is released by itself: after --for seconds, when this command ends in any way,
    when an order starts.
    """
    if value not in ("on", "off"):
        say(f"{value!r}: an output is on or off")
        raise typer.Exit(Exit.UNUSABLE)
    act = act_of(
        ForceRequest,
        by=by,
        reason=reason,
        role=role,
        output=output,
        value=value == "on",
        for_s=for_s,
    )

    async def hold(client: AgentClient) -> None:
        async with aclosing(client.devices.force(name, act)) as lines:
            async for line in lines:
                left = line.ended or f"{line.left_s:.0f} s"
                print(f"{line.output}\t{value}\t{left}", flush=True)

    try:
        ask(settings, hold)
    except KeyboardInterrupt:
        say("released 已释放")
