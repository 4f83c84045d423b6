"""What the API says of devices."""

from pydantic import Field

from agent.api.models import Model


class DeviceSummary(Model):
    """A device as settings and its link have it."""

    name: str
    kind: str
    role: str = Field(description="what it is to the line")
    address: str = Field(description="as settings write it, without secrets")
    link: str
    since_s: float = Field(description="seconds in this state")
    detail: str = ""
    identity: str = Field(default="", description="what it says it is")


class IdentityModel(Model):
    """What a device says it is; an empty text is what it does not say."""

    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class ReadingModel(Model):
    """One value of a device with its unit and normal range."""

    name: str
    value: bool | int | float | str
    unit: str = ""
    low: float | None = Field(default=None, description="normal from here")
    high: float | None = Field(default=None, description="normal up to here")
    normal: bool
    category: str = Field(description="primary, detail or debug")
    heard_s: float = Field(description="seconds since it was last heard")
    changed_s: float = Field(description="seconds since it last changed")


class BucketModel(Model):
    """How many exchanges took up to this long (and longer than the bucket before)."""

    up_to_ms: float | None = Field(description="None: longer than all edges")
    count: int


class LatencyModel(Model):
    """How long one kind of exchange took. Quantiles are upper edges of buckets."""

    exchange: str
    total: int = Field(description="answered")
    failed: int = Field(description="ended without an answer; in no bucket")
    mean_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    buckets: tuple[BucketModel, ...]


class DeviceDetail(DeviceSummary):
    """Everything a device shows of itself."""

    says: IdentityModel | None = None
    readings: tuple[ReadingModel, ...] = ()
    latency: tuple[LatencyModel, ...] = ()
    frames: int = Field(default=0, description="pieces of traffic in the tap now")
    frames_dropped: int = Field(default=0, description="older ones pushed out")
