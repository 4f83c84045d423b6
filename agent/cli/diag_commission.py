"""`diag commission` and `diag verify`: the line proven, on paper. 调试验收"""

import base64
import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from agent.app import VERSION
from agent.cli.asking import ask
from agent.cli.exits import Exit, plain_errors, say
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.cli.tables import table
from agent.client import AgentClient
from agent.diagnostics.commissioning import Commissioning, Findings, Who
from agent.diagnostics.report import (
    DIGEST,
    SIGNS,
    as_json,
    digest_of,
    page_of,
    report_of,
    verify,
    with_report,
)
from agent.diagnostics.signing import key_of, sign
from agent.settings import load


def commission(
    reason: Annotated[str, typer.Option("--reason", help="why 原因")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    *,
    by: Annotated[str, typer.Option("--by", help="who does it 操作人")] = "",
    role: Annotated[
        str, typer.Option("--role", help="must be supervisor 须为主管")
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="report without suffix 报告文件")
    ] = Path("commissioning"),
    fail_safe: Annotated[
        bool,
        typer.Option("--fail-safe/--no-fail-safe", help="prove it 验证失效保护"),
    ] = True,
    reset_s: Annotated[
        float, typer.Option(min=0, help="how long to wait for the reset 复位等待秒")
    ] = 120,
) -> None:
    """Check every device, prove the fail-safe, sign a report. 调试验收

    The line must be empty and at rest. The heartbeat is stopped for a second: the PLC
    must reject and want its reset. Exit code 1 where anything failed.
    """
    who = Who(by=by or getpass.getuser(), reason=reason, role=role)
    try:
        who.act()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        say(f"--{first['loc'][0]}: {first['msg']}")
        raise typer.Exit(Exit.UNUSABLE) from None
    with plain_errors():
        loaded = load(settings)
        key = key_of(loaded.line.data)

    async def walk(client: AgentClient) -> Findings:
        walking = Commissioning(client, who, say=say, reset_s=reset_s)
        return await walking.walk(fail_safe=fail_safe)

    found = ask(settings, walk)
    print(_shown(found))
    with plain_errors():
        files = _write(found, who, loaded.line.id, key, output)
    say(f"{' '.join(map(str, files))}: public key 公钥 {_public(key)}")
    if not found.passed:
        say("未通过 not passed")
        raise typer.Exit(Exit.NEGATIVE)
    say("通过 passed")


def _shown(found: Findings) -> str:
    headings = ("设备 device", "项目 check", "结果 result", "所见 seen")
    rows = [
        (each.device, each.what, SIGNS[each.verdict], each.seen)
        for each in found.checks
    ]
    return table(headings, rows)


def _write(
    found: Findings, who: Who, line: str, key: Ed25519PrivateKey, output: Path
) -> tuple[Path, Path]:
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    report = report_of(
        found, who, line=line, agent=VERSION, at=at, public_key=_public(key)
    )
    page = page_of(report)
    signed = sign(report | {DIGEST: digest_of(page)}, key)
    # Not `with_suffix`: a name such as L1.2026 has none.
    as_page = output.with_name(output.name + ".html")
    as_text = output.with_name(output.name + ".json")
    as_page.write_text(with_report(page, signed), encoding="utf-8")
    as_text.write_text(as_json(signed), encoding="utf-8")
    return as_page, as_text


def _public(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode("ascii")


def verify_command(
    report: Annotated[Path, typer.Argument(help="report, JSON or HTML 报告")],
    *,
    key: Annotated[
        str, typer.Option("--key", help="the public key it must be signed with 公钥")
    ] = "",
) -> None:
    """Check a signed report, offline. 校验报告

    Without --key this proves that the report is as it was signed, and says with which
    key; whose key that is, the line's own report says.
    """
    with plain_errors():
        signed = verify(report)
    if key and key != signed.public_key:
        say(f"signed with another key 公钥不符: {signed.public_key}")
        raise typer.Exit(Exit.NEGATIVE)
    told = signed.report
    verdict = "通过 passed" if told.get("passed") else "未通过 not passed"
    print(f"{told.get('line')}\t{told.get('at')}\t{told.get('by')}\t{verdict}")
    print(f"签名有效 signature holds\t{signed.public_key}")
