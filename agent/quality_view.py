"""Print quality and kept pictures as the API tells them."""

from collections.abc import Iterator

from agent.api.models import QualityNote
from agent.api.quality_models import (
    PictureModel,
    PicturesModel,
    QualityChart,
    QualityHead,
    QualityModel,
    QualityWarning,
)
from agent.pictures.keeping import RejectPictures
from agent.pictures.kept import KeptPicture
from agent.quality import HeadKey, HeadQuality, PrintQuality
from agent.vision.trends.causes import ADVICE
from agent.vision.trends.head import Chart, Warned


def quality_model(quality: PrintQuality, *, points: bool = True) -> QualityModel:
    """Everything, with the charts' points to draw or without."""
    return QualityModel(
        heads=tuple(
            _head(key, head, points=points) for key, head in quality.heads.items()
        )
    )


def quality_notes(quality: PrintQuality) -> Iterator[QualityNote]:
    """What gets worse, a note for each cause of a head."""
    for key, head in quality.heads.items():
        told = set()
        for warned in head.trends.warnings():
            if warned.cause not in told:
                told.add(warned.cause)
                yield QualityNote.model_validate(_note(key, warned))


def pictures_model(pictures: RejectPictures | None) -> PicturesModel:
    """What is kept, the newest first; nothing where no pictures are kept."""
    if pictures is None:
        return PicturesModel()
    return PicturesModel(
        kept=tuple(_picture(each) for each in reversed(pictures.kept)),
        size=pictures.size,
        dropped=pictures.dropped,
        fault=pictures.fault,
    )


def _head(key: HeadKey, head: HeadQuality, *, points: bool) -> QualityHead:
    trends = head.trends
    return QualityHead(
        head=key.head,
        lane=key.lane,
        prints=trends.prints,
        grade=trends.grade,
        ungraded=head.ungraded,
        ungraded_why=head.ungraded_why,
        grading_ms=round(head.grading_ms, 1),
        settle=trends.rules.settle,
        charts=tuple(
            _chart(name, chart, points=points) for name, chart in trends.charts.items()
        ),
        warnings=tuple(_warning(key, warned) for warned in trends.warnings()),
    )


def _warning(key: HeadKey, warned: Warned) -> QualityWarning:
    numbers = {"value": warned.value, "usual": warned.usual, "item": warned.item}
    return QualityWarning.model_validate(_note(key, warned) | numbers)


def _note(key: HeadKey, warned: Warned) -> dict[str, object]:
    advice = ADVICE[warned.cause]
    return {
        "head": key.head,
        "lane": key.lane,
        "parameter": str(warned.name),
        "cause": warned.cause.value,
        "cause_zh": advice.cause_zh,
        "cause_en": advice.cause_en,
        "remedy_zh": advice.remedy_zh,
        "remedy_en": advice.remedy_en,
        "detail": warned.detail,
    }


def _chart(name: str, chart: Chart, *, points: bool) -> QualityChart:
    ewma = chart.ewma
    worse = chart.rule.worse
    return QualityChart(
        parameter=str(name),
        zh=chart.rule.zh,
        state="settling" if ewma is None else "worse" if chart.is_worse else "steady",
        prints=chart.taken,
        mean=None if ewma is None else ewma.mean,
        usual=None if ewma is None else ewma.baseline.centre,
        low=None if ewma is None or worse > 0 else ewma.baseline.centre - ewma.limit,
        high=None if ewma is None or worse < 0 else ewma.baseline.centre + ewma.limit,
        grade=chart.grade,
        points=tuple(chart.points) if points else (),
    )


def _picture(kept: KeptPicture) -> PictureModel:
    return PictureModel(
        id=kept.id,
        at_ms=kept.at_ms,
        order=kept.order,
        boot=kept.boot,
        item=kept.item,
        reason=kept.reason,
        read=kept.read,
        symbology=kept.symbology,
        grade=kept.grade,
        notes=kept.notes,
    )
