"""The commissioning report: signed JSON, and the same as a page that carries it.

The page ends with the signed report; the report has the digest of all that stands
before it. So neither can be changed without the other.
"""

import hashlib
import html
import json
from pathlib import Path

from pydantic import JsonValue, ValidationError

from agent.diagnostics.commissioning import Findings, Who
from agent.diagnostics.signing import Signed, SigningError, check

MARK = '<script type="application/json" id="signed-report">'
END = "</script></body></html>\n"
DIGEST = "html_sha256"
STYLE = (
    "body{font:15px sans-serif;margin:2em;max-width:60em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #bbb;padding:.3em .6em;text-align:left}"
    ".failed{font-weight:bold}code{word-break:break-all}"
)
SIGNS = {"passed": "✔ 通过 passed", "failed": "✘ 未通过 failed", "skipped": "– 跳过"}


def report_of(
    found: Findings, who: Who, *, line: str, agent: str, at: str, public_key: str
) -> dict[str, JsonValue]:
    """The report as plain values, not yet signed."""
    proof = found.fail_safe
    return {
        "kind": "commissioning",
        "version": 1,
        "line": line,
        "agent": agent,
        "at": at,
        "by": who.by,
        "reason": who.reason,
        "passed": found.passed,
        "devices": [
            {
                "name": device.name,
                "kind": device.kind,
                "role": device.role,
                "address": device.address,
                "identity": device.identity,
            }
            for device in found.devices
        ],
        "checks": [check.model_dump(mode="json") for check in found.checks],
        "fail_safe": None if proof is None else proof.model_dump(mode="json"),
        "public_key": public_key,
    }


def page_of(report: dict[str, JsonValue]) -> str:
    """The page as far as its signed report."""
    rows = "".join(_row(check) for check in _list(report["checks"]))
    devices = "".join(_device(device) for device in _list(report["devices"]))
    verdict = "✔ 通过 passed" if report["passed"] else "✘ 未通过 NOT passed"
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        f"<title>{_text(report['line'])}</title><style>{STYLE}</style></head><body>"
        f"<h1>调试验收 Commissioning {_text(report['line'])}</h1>"
        f"<p><strong>{verdict}</strong></p>"
        f"<p>{_text(report['at'])} · {_text(report['by'])} · {_text(report['reason'])}"
        f" · line-agent {_text(report['agent'])}</p>"
        "<h2>设备 Devices</h2><table><tr><th>设备 device</th><th>类型 kind</th>"
        f"<th>地址 address</th><th>身份 identity</th></tr>{devices}</table>"
        "<h2>检查 Checks</h2><table><tr><th>设备 device</th><th>项目 check</th>"
        f"<th>结果 result</th><th>所见 seen</th></tr>{rows}</table>"
        f"<p>公钥 public key (Ed25519): <code>{_text(report['public_key'])}</code></p>"
        "<p>离线校验 check offline: <code>line-agent diag verify FILE</code></p>\n"
    )


def _row(row: dict[str, JsonValue]) -> str:
    verdict = str(row["verdict"])
    return (
        f'<tr class="{_text(verdict)}"><td>{_text(row["device"])}</td>'
        f"<td>{_text(row['what'])}</td><td>{_text(SIGNS[verdict])}</td>"
        f"<td>{_text(row['seen'])}</td></tr>"
    )


def _device(device: dict[str, JsonValue]) -> str:
    cells = (device[key] for key in ("name", "kind", "address", "identity"))
    return f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"


def _list(value: JsonValue) -> list[dict[str, JsonValue]]:
    if not isinstance(value, list):
        raise TypeError("a report has lists of devices and checks")
    return [each for each in value if isinstance(each, dict)]


def _text(value: JsonValue) -> str:
    return html.escape(str(value))


def digest_of(page: str) -> str:
    """What the report says of its page."""
    return hashlib.sha256(page.encode()).hexdigest()


def with_report(page: str, signed: Signed) -> str:
    """The whole page."""
    # Within a page `</` would end the script; JSON may write it otherwise.
    body = signed.model_dump_json().replace("</", "<\\/")
    return f"{page}{MARK}{body}{END}"


def verify(path: Path) -> Signed:
    """The report in `path`, JSON or page, as it was signed; `SigningError` if not."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SigningError(f"{path} is no report: not UTF-8") from None
    page, mark, rest = text.partition(MARK)
    body = rest.removesuffix(END) if mark else text
    try:
        signed = Signed.model_validate_json(body)
    except ValidationError:
        raise SigningError(f"{path} is no signed report") from None
    check(signed)
    if mark and (
        not rest.endswith(END) or signed.report.get(DIGEST) != digest_of(page)
    ):
        raise SigningError(f"{path}: the page was changed after it was signed")
    return signed


def as_json(signed: Signed) -> str:
    """The signed report for a file of its own."""
    return json.dumps(signed.model_dump(), ensure_ascii=False, indent=2) + "\n"
