"""A device as the API shows it. Reads memory only."""

from agent.api.device_models import (
    BucketModel,
    DeviceDetail,
    DeviceSummary,
    IdentityModel,
    LatencyModel,
    ReadingModel,
)
from agent.diagnostics.secrets import address_of
from drivers.base import Device, Diagnosable
from drivers.latency import EDGES_MS, Latency
from drivers.readings import Reading
from drivers.registry import kind_of
from drivers.settings_base import DeviceModel


def summary(device: Device, settings: DeviceModel, now_s: float) -> DeviceSummary:
    """One line of the list."""
    status = device.status()
    known = device.identity if isinstance(device, Diagnosable) else None
    return DeviceSummary(
        name=device.name,
        kind=kind_of(settings),
        role=settings.role,
        address=address_of(settings),
        link=status.link,
        since_s=max(0.0, now_s - status.since_s),
        detail=status.detail,
        identity="" if known is None else str(known),
    )


def detail(device: Device, settings: DeviceModel, now_s: float) -> DeviceDetail:
    """All of it; of a device without a tap only the link."""
    short = summary(device, settings, now_s).model_dump()
    if not isinstance(device, Diagnosable):
        return DeviceDetail(**short)
    known = device.identity
    return DeviceDetail(
        **short,
        says=None
        if known is None
        else IdentityModel(
            make=known.make,
            model=known.model,
            serial=known.serial,
            firmware=known.firmware,
        ),
        readings=tuple(_reading(each, now_s) for each in device.readings()),
        latency=tuple(
            _latency(name, each) for name, each in device.latency.by_exchange.items()
        ),
        frames=len(device.tap.frames()),
        frames_dropped=device.tap.dropped,
    )


def _reading(reading: Reading, now_s: float) -> ReadingModel:
    return ReadingModel(
        name=reading.name,
        value=reading.value,
        unit=reading.unit,
        low=reading.low,
        high=reading.high,
        normal=reading.is_normal,
        category=reading.category,
        heard_s=max(0.0, now_s - reading.read_at_s),
        changed_s=max(0.0, now_s - reading.changed_at_s),
    )


def _latency(exchange: str, latency: Latency) -> LatencyModel:
    edges = (*EDGES_MS, None)
    return LatencyModel(
        exchange=exchange,
        total=latency.total,
        failed=latency.failed,
        mean_ms=latency.sum_ms / latency.total if latency.total else 0.0,
        p50_ms=latency.quantile_ms(0.5),
        p99_ms=latency.quantile_ms(0.99),
        max_ms=latency.max_ms,
        buckets=tuple(
            BucketModel(up_to_ms=edge, count=count)
            for edge, count in zip(edges, latency.counts, strict=True)
        ),
    )
