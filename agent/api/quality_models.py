"""What the API says of print quality and of kept pictures."""

from pydantic import Field

from agent.api.models import Model, QualityNote


class QualityChart(Model):
    """One figure of one head's prints; beyond `low` or `high` is worse than usual."""

    parameter: str
    zh: str
    state: str = Field(description="settling, steady or worse")
    prints: int
    mean: float | None = Field(description="EWMA now; None while settling")
    usual: float | None = Field(description="what settling learned")
    low: float | None = Field(description="None: falling is not worse")
    high: float | None = Field(description="None: rising is not worse")
    grade: float | None = Field(description="mean grade; None: not graded")
    points: tuple[tuple[int, float], ...] = Field(
        default=(), description="item and mean, to draw"
    )


class QualityWarning(QualityNote):
    """A note with its numbers. `item`: since when."""

    value: float
    usual: float
    item: int


class QualityHead(Model):
    """The prints of one head on one lane, since the charts began."""

    head: str
    lane: int
    prints: int
    grade: float | None = Field(description="mean grade of the last prints")
    ungraded: int
    ungraded_why: str = Field(description="why the last of them got no grade")
    grading_ms: float = Field(default=0, description="what a grade costs of late")
    settle: int = Field(description="prints until a chart knows what is usual")
    charts: tuple[QualityChart, ...]
    warnings: tuple[QualityWarning, ...]


class QualityModel(Model):
    """Print quality: in-process grades, without a verifier's light and aperture."""

    heads: tuple[QualityHead, ...] = ()


class PictureModel(Model):
    """A kept picture of a reject; its pixels are at `/v1/pictures/{id}`."""

    id: str
    at_ms: int
    order: str
    boot: int
    item: int
    reason: str
    read: str
    symbology: str
    grade: float | None
    notes: str


class PicturesModel(Model):
    """Kept pictures, the newest first. `dropped`: rejects whose picture was not kept
    since the agent started."""

    kept: tuple[PictureModel, ...] = ()
    size: int = Field(default=0, description="bytes of all of them")
    dropped: int = 0
    fault: str = Field(default="", description="why pictures cannot be kept now")
