"""The status in the Prometheus text format, version 0.0.4."""

from collections.abc import Iterator

from agent.api.models import StatusModel
from agent.api.quality_models import PicturesModel, QualityModel
from agent.domain.run_state import RunState

Sample = tuple[dict[str, str], float]
Family = tuple[str, str, str, list[Sample]]


def exposition(
    status: StatusModel, quality: QualityModel, pictures: PicturesModel
) -> str:
    """All figures, each with its help and type line."""
    lines: list[str] = []
    families = (*_families(status), *_quality(quality), *_pictures(pictures))
    for name, kind, text, samples in families:
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{_labels(labels)} {_number(v)}" for labels, v in samples]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"{value:d}"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _quality(quality: QualityModel) -> Iterator[Family]:
    heads = [({"head": h.head, "lane": str(h.lane)}, h) for h in quality.heads]
    grades: list[Sample] = [(at, h.grade) for at, h in heads if h.grade is not None]
    yield "line_agent_print_grade", "gauge", "mean grade of the last prints", grades
    yield (
        "line_agent_prints_ungraded",
        "counter",
        "codes read whose print got no grade",
        [(at, h.ungraded) for at, h in heads],
    )
    costs: list[Sample] = [(at, h.grading_ms) for at, h in heads]
    yield "line_agent_print_grading_ms", "gauge", "what a grade costs of late", costs
    charts = [(at | {"parameter": c.parameter}, c) for at, h in heads for c in h.charts]
    means: list[Sample] = [(at, c.mean) for at, c in charts if c.mean is not None]
    yield "line_agent_print_figure", "gauge", "moving mean of a figure of prints", means
    yield (
        "line_agent_print_worse",
        "gauge",
        "1 if the figure is worse than usual",
        [(at, c.state == "worse") for at, c in charts],
    )


def _pictures(pictures: PicturesModel) -> Iterator[Family]:
    for name, kind, text, value in (
        ("kept", "gauge", "pictures of rejects kept", len(pictures.kept)),
        ("bytes", "gauge", "bytes of kept pictures", pictures.size),
        ("dropped", "counter", "rejects whose picture was not kept", pictures.dropped),
    ):
        yield f"line_agent_pictures_{name}", kind, text, [({}, value)]


def _families(status: StatusModel) -> Iterator[Family]:
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
