"""What is made of looks beside the verdict, from settings to what the API tells."""

import asyncio
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from agent.cli.template import TEMPLATE
from agent.domain.code_format import Digits
from agent.domain.facts import ItemJudged
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import ItemRef, Level, Mode, Reason
from agent.eye.look import Look
from agent.quality_view import pictures_model, quality_model, quality_notes
from agent.settings import Settings, SettingsError, parse
from agent.surroundings import real
from agent.vision.decoded import VisionResult
from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.watching import Watching
from drivers.cameras.frame import Frame

LINE = TEMPLATE.format(line='"L01"', data='"/data"')
STATION = 'kind = "reading"'
PIXELS = np.zeros((8, 8), np.uint8)


def settings(more: str = "", line: str = "") -> Settings:
    text = LINE.replace(STATION, f"{STATION}\n{more}", 1)
    return parse(text + line, Path("line.toml"))


def order(product: str = "A", version: int = 1, minimum: float | None = None) -> Order:
    unit = LevelSpec(
        level=Level.UNIT,
        mode=Mode.PRINT,
        format=Digits(length=8),
        symbology="qr",
        minimum_grade=minimum,
    )
    spec = Spec(spec="S", version=version, product=product, levels=(unit,))
    return Order(
        order="O1", product=product, batch="B", target=9, spec=spec, close_short=False
    )


def look(contrast: float | None = 0.8, grade: float = 4.0, ungraded: str = "") -> Look:
    graded = None
    if contrast is not None:
        graded = PrintGrade(
            method=Method.ISO_15415_2011,
            grade=grade,
            parameters=(
                Parameter(
                    name=ParameterName.SYMBOL_CONTRAST, value=contrast, grade=grade
                ),
            ),
            aperture_modules=0.8,
        )
    return Look(
        result=VisionResult(codes=(), elapsed_ms=1, tries=(), timed_out=False),
        grade=graded,
        ungraded=ungraded,
    )


def frame(item: int) -> Frame:
    return Frame(item=item, image=PIXELS, captured_at_s=0.0)


@pytest.fixture
def watching(tmp_path):
    around = dataclasses.replace(real(), disk_free=lambda _: 0.5)

    def build(more: str = "", line: str = "") -> Watching:
        return Watching(settings(more, line), around, tmp_path)

    return build


def test_settings_name_head_grading_and_pictures() -> None:
    given = settings(
        'head = "T1000 left"\ngrading = { method = "iso15415_2024", minimum = 1.5 }',
        "\n[pictures]\nmost = 50\n",
    )
    grading = given.reading.grading
    assert grading is not None
    assert (given.reading.head, grading.method, grading.minimum) == (
        "T1000 left",
        "iso15415_2024",
        1.5,
    )
    assert given.pictures.most == 50
    assert settings().reading.grading is None


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('grading = { method = "iso15416_2016" }', r"grading\.method"),
        ("grading = { minimum = 4.5 }", r"grading\.minimum"),
        ("grading = { minium = 1 }", "did you mean 'minimum'"),
        ("grading = { aperture = 0 }", r"grading\.aperture"),
    ],
)
def test_wrong_settings_of_grading_say_where(more, problem) -> None:
    with pytest.raises(SettingsError, match=problem):
        settings(more)


def test_the_file_that_init_writes_shows_how_to_grade() -> None:
    text = LINE.replace("# grading =", "grading =").replace("# head =", "head =")
    grading = parse(text, Path("line.toml")).reading.grading
    assert grading is not None
    assert grading.minimum == 1.5


def test_a_reader_cannot_grade() -> None:
    text = LINE.replace('camera = "camera"', 'reader = "case_reader"\ngrading = {}')
    with pytest.raises(SettingsError, match="grading needs a camera"):
        parse(text, Path("line.toml"))


def test_charts_are_of_the_printer_unless_a_head_is_named(watching) -> None:
    assert watching().head == "bottle_printer"
    assert watching('head = "left"').head == "left"


def test_looks_become_charts_and_notes(watching) -> None:
    watched = watching('grading = { minimum = 1.5 }\nhead = "left"')
    seen = watched.watch(order())
    for item in range(1, 301):
        seen(frame(item), look(0.8))
    assert not any(quality_notes(watched.quality))
    for item in range(301, 701):
        seen(frame(item), look(0.8 - 0.0005 * (item - 300)))
    seen(frame(701), look(None, ungraded="cut off"))
    (head,) = quality_model(watched.quality).heads
    assert (head.head, head.lane, head.prints) == ("left", 1, 700)
    assert (head.ungraded, head.ungraded_why) == (1, "cut off")
    (chart,) = head.charts
    assert (chart.state, chart.usual, chart.high) == ("worse", 0.8, None)
    assert chart.low is not None
    assert chart.mean is not None
    assert chart.mean < chart.low < 0.8
    (note,) = quality_notes(watched.quality)
    assert (note.head, note.cause) == ("left", "ink_or_lens")
    assert note.remedy_zh.endswith("。")
    (warning,) = head.warnings
    assert warning.value < 0.8 == warning.usual


def test_the_same_product_keeps_its_charts_and_another_begins_anew(watching) -> None:
    watched = watching()

    def prints() -> int:
        return sum(head.prints for head in quality_model(watched.quality).heads)

    watched.watch(order())(frame(1), look())
    watched.watch(order())(frame(2), look())
    assert prints() == 2
    for other in (order("B"), order("B", version=2), order("B", 2, minimum=1.0)):
        watched.watch(other)(frame(3), look())
        assert prints() == 1


def test_a_spec_may_demand_more_than_the_station(watching) -> None:
    watched = watching("grading = { minimum = 1.0 }")
    seen = watched.watch(order(minimum=2.5))
    for item in range(100):
        seen(frame(item), look(0.6, grade=3.0))
    (warning,) = quality_model(watched.quality).heads[0].warnings
    assert (warning.cause, warning.usual) == ("near_minimum", 2.5)


def test_where_nobody_grades_there_are_no_charts(watching) -> None:
    watched = watching()
    watched.watch(order())(frame(1), look(None))
    assert quality_model(watched.quality).heads == ()


def test_no_pictures_where_none_are_wanted(watching) -> None:
    watched = watching(line="\n[pictures]\nmost = 0\n")
    assert watched.pictures is None
    watched.watch(order())(frame(1), look())
    assert pictures_model(watched.pictures).kept == ()


async def test_the_picture_of_a_reject_is_told_newest_first(watching, tmp_path) -> None:
    watched = watching(line="\n[pictures]\nmost_per_s = 20\n")
    seen = watched.watch(order())
    now_s = asyncio.get_running_loop().time()
    task = asyncio.create_task(watched.run())
    for item in (1, 2, 3):
        seen(Frame(item=item, image=PIXELS, captured_at_s=now_s), look())
        watched.take(
            ItemJudged(
                order="O1",
                item=ItemRef(boot=1, number=item),
                passed=item == 2,
                reason=None if item == 2 else Reason.LOW_GRADE,
                code=None,
                read="",
            )
        )
    assert watched.pictures is not None
    async with asyncio.timeout(30):
        while len(watched.pictures.kept) < 2:  # noqa: ASYNC110 - a thread writes them
            await asyncio.sleep(0.01)
    task.cancel()
    told = pictures_model(watched.pictures)
    assert [each.item for each in told.kept] == [3, 1]
    assert told.size > 0
    assert told.dropped == 0
