"""`diag replay`: a recording played back to the real driver. 回放"""

import json
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import AsJson
from agent.cli.tables import table
from agent.diagnostics.capture import Capture, CaptureError, read
from agent.diagnostics.replaying import Replay, replay, settings_of
from agent.settings import load, nearest
from drivers.settings_base import DeviceModel

# Long results are told by their beginning; --json has them whole.
SHOWN_CHARS = 72


def replay_command(
    file: Annotated[Path, typer.Argument(help="capture file 录制文件")],
    *,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="use a device of these settings 用此配置"),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help="which; as recorded unless told 设备名")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Play a recording to its driver, in no time, and compare. 回放

    Exit code 1 where the driver sends other bytes or comes to other facts.
    """
    with plain_errors():
        capture = read(file)
        settings = _settings(capture, against, device)
        result = replay(capture, settings)
    print(_json(result) if as_json else _shown(result))
    if result.skipped:
        say(f"{result.skipped} lines before the first connection were left out")
    if capture.header.redacted and not result.is_true:
        say("this recording is redacted: checksums over codes do not fit any more")
    if not result.is_true:
        say("differs from the recording 与录制不符")
        raise typer.Exit(Exit.NEGATIVE)
    say(f"the same bytes and facts 与录制一致: {len(result.facts)}")


def _settings(capture: Capture, against: Path | None, device: str) -> DeviceModel:
    if against is None:
        return settings_of(capture)
    devices = load(against).devices
    name = device or capture.header.device
    if name not in devices:
        raise CaptureError(
            f"{against} has no device {name!r}{nearest(name, list(devices))}"
        )
    return devices[name]


def _json(result: Replay) -> str:
    facts = [
        {
            "at_s": fact.at_s,
            "name": fact.name,
            "arguments": list(fact.arguments),
            "now": fact.now,
            "then": fact.then,
            "same": fact.is_same,
        }
        for fact in result.facts
    ]
    mismatch = result.mismatch
    return json.dumps(
        {
            "true": result.is_true,
            "identity": result.identity,
            "links": result.links,
            "facts": facts,
            "readings": {each.name: each.value for each in result.readings},
            "mismatch": None
            if mismatch is None
            else {
                "position": mismatch.position,
                "wire": mismatch.wire,
                "why": mismatch.why,
                "expected": mismatch.expected.hex(),
                "got": mismatch.got.hex(),
            },
        },
        ensure_ascii=False,
    )


def _shown(result: Replay) -> str:
    parts = [
        table(
            ("秒 s", "连接 link"),
            [(f"{at_s:.3f}", said) for at_s, said in result.links],
        ),
        table(
            ("秒 s", "调用 call", "结果 result", "录制 recorded"),
            [
                (
                    f"{fact.at_s:.3f}",
                    fact.name,
                    str(fact.now)[:SHOWN_CHARS],
                    "" if fact.is_same else f"不同 differs: {fact.then}"[:SHOWN_CHARS],
                )
                for fact in result.facts
            ],
        ),
        table(
            ("读数 reading", "值 value", "单位 unit"),
            [(each.name, each.value, each.unit) for each in result.readings],
        ),
    ]
    if result.identity:
        parts.insert(0, f"身份 identity: {result.identity}")
    if result.mismatch is not None:
        parts.append(f"不符 mismatch\n{result.mismatch}")
    return "\n\n".join(parts)
