"""Charts over restarts: what goes on, what begins anew, what is told of the file."""

import asyncio
import dataclasses
import json
import uuid
from pathlib import Path

import numpy as np
import pytest

from agent import quality_keeping
from agent.api.ports import ActRefusedError
from agent.api.trial_models import TrialRequest
from agent.app import Agent
from agent.cli.template import TEMPLATE
from agent.domain.code_format import Digits
from agent.domain.facts import ActDone
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import Level, Mode
from agent.eye.look import Look
from agent.quality_file import FILE_NAME, VERSION
from agent.quality_view import quality_model, quality_notes
from agent.settings import parse
from agent.store.store import Store
from agent.surroundings import real
from agent.view import View
from agent.vision.decoded import VisionResult
from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.watching import Watching
from drivers.cameras.frame import Frame
from drivers.virtual_time import run_virtual

STATION = 'kind = "reading"'
GRADING = 'grading = { method = "iso15415_2011" }\nhead = "left"'
PIXELS = np.zeros((8, 8), np.uint8)


def settings(more: str = GRADING, line: str = "L01"):
    text = TEMPLATE.format(line=f'"{line}"', data='"/data"')
    return parse(text.replace(STATION, f"{STATION}\n{more}", 1), Path("line.toml"))


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


def look(contrast: float) -> Look:
    parameter = Parameter(name=ParameterName.SYMBOL_CONTRAST, value=contrast, grade=4.0)
    return Look(
        result=VisionResult(codes=(), elapsed_ms=1, tries=(), timed_out=False),
        grade=PrintGrade(
            method=Method.ISO_15415_2011,
            grade=4.0,
            parameters=(parameter,),
            aperture_modules=0.8,
        ),
    )


async def at_once(work):
    """Where nothing may block there is nothing to wait for."""
    return work()


@pytest.fixture
def start(tmp_path):
    """A life of what watches the prints, on the same data folder as the last one."""
    around = dataclasses.replace(real(), disk_free=lambda _: 0.5, keep=at_once)

    def build(more: str = GRADING, line: str = "L01") -> Watching:
        return Watching(settings(more, line), around, tmp_path)

    return build


def printed(watching: Watching, contrasts, of: Order | None = None) -> None:
    seen = watching.watch(of or order())
    for item, contrast in enumerate(contrasts, 1):
        seen(Frame(item=item, image=PIXELS, captured_at_s=0.0), look(contrast))


def stop(watching: Watching) -> None:
    """As the agent ends it."""

    async def life() -> None:
        running = asyncio.create_task(watching.run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(life())


def usual(watching: Watching) -> list[float | None]:
    """What each chart says is usual; None while it settles."""
    heads = quality_model(watching.quality).heads
    return [chart.usual for head in heads for chart in head.charts]


@pytest.fixture
def known(start):
    """A head that printed 0.8 for 300 prints, in a life that has ended."""
    watching = start()
    printed(watching, [0.8] * 300)
    stop(watching)
    return watching


def test_a_restart_keeps_what_was_usual(start, known) -> None:
    again = start()
    printed(again, [0.8])
    assert usual(again) == [pytest.approx(0.8)]
    (head,) = quality_model(again.quality).heads
    assert (head.prints, head.charts[0].state) == (301, "steady")


def fading(first: int, last: int) -> list[float]:
    return [0.8 - 0.0004 * number for number in range(first, last)]


def test_a_drift_that_began_before_the_restart_is_told_after_it(start) -> None:
    watching = start()
    printed(watching, [0.8] * 250 + fading(0, 80))
    assert not any(quality_notes(watching.quality))
    stop(watching)
    again = start()
    printed(again, fading(80, 200))
    (note,) = quality_notes(again.quality)
    assert note.cause == "ink_or_lens"


@pytest.mark.parametrize(
    ("more", "of"),
    [
        (GRADING, order("B")),
        (GRADING, order(version=2)),
        (GRADING, order(minimum=1.5)),
        (GRADING.replace("left", "right"), order()),
        (GRADING.replace("2011", "2024"), order()),
        (GRADING.replace("}", ", aperture = 0.5 }"), order()),
        (GRADING.replace("}", ", minimum = 2.0 }"), order()),
    ],
)
def test_another_print_or_another_grading_settles_anew(start, known, more, of) -> None:
    again = start(more)
    printed(again, [0.8] * 5, of)
    assert usual(again) == [None]


def test_another_reference_card_settles_anew(start, tmp_path) -> None:
    card = tmp_path / "card.json"
    with_card = GRADING.replace("}", f', card = "{card}" }}')
    card.write_text("one")
    watching = start(with_card)
    printed(watching, [0.8] * 300)
    stop(watching)
    for text, found in (("one", [pytest.approx(0.8)]), ("two", [None])):
        card.write_text(text)
        again = start(with_card)
        printed(again, [0.8])
        assert usual(again) == found


def test_a_product_that_comes_back_goes_on_where_it_stood(start) -> None:
    watching = start()
    printed(watching, [0.8] * 300)
    printed(watching, [0.6] * 300, order("B"))
    printed(watching, [0.8])
    assert usual(watching) == [pytest.approx(0.8)]
    stop(watching)
    again = start()
    printed(again, [0.6], order("B"))
    assert usual(again) == [pytest.approx(0.6)]


def test_charts_that_have_not_settled_leave_no_file(start, tmp_path) -> None:
    watching = start()
    printed(watching, [0.8] * 199)
    stop(watching)
    assert not (tmp_path / FILE_NAME).exists()


def changed(tmp_path: Path, **values) -> str:
    return json.dumps(json.loads((tmp_path / FILE_NAME).read_text()) | values)


BAD = {
    "empty": lambda _: "",
    "torn": lambda folder: (folder / FILE_NAME).read_text()[:-40],
    "no JSON": lambda _: "\x00\xff",
    "another thing": lambda _: "[1, 2]",
    "later": lambda folder: changed(folder, version=VERSION + 1),
    "of another line": lambda folder: changed(folder, line="L99"),
    "no spread": lambda folder: _chart(folder, sigma=0.0),
    "not a number": lambda folder: _chart(folder, mean=float("nan")),
    "more than known": lambda folder: _chart(folder, colour="red"),
    "unknown figure": lambda folder: (
        (folder / FILE_NAME).read_text().replace("symbol_contrast", "smell")
    ),
}


def _chart(folder: Path, **values) -> str:
    told = json.loads((folder / FILE_NAME).read_text())
    told["heads"][0]["charts"]["symbol_contrast"] |= values
    return json.dumps(told)


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_cannot_be_used_is_told_once_and_replaced(
    start, known, tmp_path, caplog, kind
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(BAD[kind](tmp_path), encoding="utf-8")
    again = start()
    printed(again, [0.7] * 250)
    assert usual(again) == [pytest.approx(0.7)]
    stop(again)
    (told,) = caplog.records
    assert str(path) in told.message
    assert "settle anew" in told.message
    later = start()
    printed(later, [0.7])
    assert usual(later) == [pytest.approx(0.7)]
    assert len(caplog.records) == 1


def test_a_folder_in_its_place_is_told_and_hurts_nobody(start, tmp_path, caplog):
    (tmp_path / FILE_NAME).mkdir()
    watching = start()
    printed(watching, [0.8] * 300)
    stop(watching)
    assert len(caplog.records) == 2
    assert "cannot be written" in caplog.records[1].message
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, "pictures"}


def test_it_is_written_rarely_and_only_if_there_is_news(
    start, tmp_path, monkeypatch
) -> None:
    watching = start()
    path, every_s = tmp_path / FILE_NAME, quality_keeping.EVERY_S
    written = []
    save = watching.keeper._file.save
    monkeypatch.setattr(
        watching.keeper._file,
        "save",
        lambda memories: (written.append(len(memories)), save(memories)),
    )

    async def life() -> None:
        running = asyncio.create_task(watching.run())
        printed(watching, [0.8] * 300)
        await asyncio.sleep(every_s - 1)
        assert written == []
        await asyncio.sleep(2)
        assert written == [1]
        assert path.is_file()
        await asyncio.sleep(5 * every_s)
        assert written == [1]
        printed(watching, [0.8])
        running.cancel()
        await asyncio.wait({running})
        assert written == [1, 1]

    run_virtual(life())


def act(**more) -> TrialRequest:
    fields = {"by": "李工", "reason": "换喷头", "role": "supervisor"}
    return TrialRequest(**fields | more, act_id=uuid.uuid4().hex)


async def test_a_reset_is_in_the_journal_and_outlives_a_restart(
    known, tmp_path
) -> None:
    with Store.open(tmp_path, "L01") as store:
        agent = Agent(settings(), store, real())
        view = View(agent)
        printed(agent.watching, [0.8] * 5)
        assert usual(agent.watching) == [pytest.approx(0.8)]
        with pytest.raises(
            ActRefusedError, match=r"'right' has charts; there are: 'le"
        ):
            await view.reset_charts("right", act())
        answer = await view.reset_charts("left", act())
        assert answer.done
        printed(agent.watching, [0.7] * 5)
        assert usual(agent.watching) == [None]
        rows = agent.reader.journal_after(0, 10)
        assert [row.fact() for row in rows] == [
            ActDone(act="reset_charts", subject="left", by="李工", reason="换喷头")
        ]
        assert json.loads((tmp_path / FILE_NAME).read_text())["heads"] == []
        agent.reader.close()


async def test_a_reset_takes_all_products_of_that_head_alone(start) -> None:
    watching = start()
    printed(watching, [0.8] * 300)
    printed(watching, [0.6] * 300, order("B"))
    other = start(GRADING.replace("left", "right"))
    printed(other, [0.5] * 300)
    watching.quality.remembered |= other.quality.memories()
    assert watching.quality.names() == ("left", "right")
    assert watching.quality.forget("left")
    assert watching.quality.names() == ("right",)
    assert not watching.quality.forget("left")
    printed(watching, [0.8])
    assert usual(watching) == [None]
