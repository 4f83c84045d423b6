"""The status in the Prometheus text format, version 0.0.4."""

from collections.abc import Iterator

from agent.api.models import StatusModel
from agent.domain.run_state import RunState

Sample = tuple[dict[str, str], int]


def exposition(status: StatusModel) -> str:
    """All figures of one status, each with its help and type line."""
    lines: list[str] = []
    for name, kind, text, samples in _families(status):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{_labels(labels)} {value:d}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _families(status: StatusModel) -> Iterator[tuple[str, str, str, list[Sample]]]:
    yield (
        "line_agent_run_state",
        "gauge",
        "1 for the state the line is in",
        [({"state": s}, s is status.run_state) for s in RunState],
    )
    single: list[tuple[str, str, int]] = [
        ("passed", "items produced in this order", status.passed),
        ("rejected", "items rejected in this order", status.rejected),
        ("unnumbered", "rejects the trigger never counted", status.unnumbered),
        ("on_belt", "items between trigger and gate", status.on_belt),
        ("rate_per_hour", "items passed an hour, last minute", status.rate_per_h),
        ("sync_backlog", "facts the platform has not confirmed", status.sync.backlog),
        ("sync_mark", "highest sequence confirmed", status.sync.mark),
        ("sync_head", "highest sequence on disk", status.sync.head),
        ("sync_online", "1 if the platform answers", status.sync.online),
        ("sync_held", "1 if the return waits for a person", status.sync.held),
    ]
    for name, text, value in single:
        yield f"line_agent_{name}", "gauge", text, [({}, value)]
    yield (
        "line_agent_rejects_by_reason",
        "gauge",
        "items rejected in this order, by reason",
        [({"reason": r}, n) for r, n in sorted(status.reasons.items())],
    )
    yield (
        "line_agent_codes_left",
        "gauge",
        "unused codes of this order, by level",
        [({"level": level}, n) for level, n in status.codes_left.items()],
    )
    yield (
        "line_agent_device_ready",
        "gauge",
        "1 if the device's link is ready",
        [({"device": d.name}, d.link == "ready") for d in status.devices],
    )
