"""What the charts know, in a file of the data folder: `trends.json`.

It is no fact: nothing in the books depends on it. A file that cannot be used is told
in the log and left out; the charts settle anew then, and the next writing replaces it.
"""

import logging
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.quality import MOST_REMEMBERED, HeadKey, Memories, Printed
from agent.store.files import sync_file
from agent.vision.trends.ewma import Baseline
from agent.vision.trends.memory import ChartMemory, HeadMemory
from agent.vision.trends.rules import RULES

log = logging.getLogger(__name__)

FILE_NAME: Final = "trends.json"
# Counted up when a figure or a chart comes to mean something else.
VERSION: Final = 1
MOST_BYTES: Final = 4 * 1024 * 1024

Figure = Annotated[float, Field(ge=-1e6, le=1e6)]
Grade = Annotated[float | None, Field(ge=0, le=4)]
Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Chart(_Model):
    centre: Figure
    sigma: Annotated[float, Field(gt=0, le=1e6)]
    mean: Figure
    grade: Grade
    is_worse: bool
    since: int
    taken: Count


class _Head(_Model):
    head: str
    lane: int
    product: str
    spec: str
    version: int
    minimum: Grade
    grading: str
    grade: Grade
    prints: Count
    charts: dict[str, _Chart]


class _File(_Model):
    version: Literal[1]
    line: str
    heads: Annotated[list[_Head], Field(max_length=MOST_REMEMBERED)]


class QualityFile:
    """Blocking: belongs to one thread. `line` is whose charts they are."""

    def __init__(self, folder: Path, line: str) -> None:
        self.path = folder / FILE_NAME
        self._line = line

    def load(self) -> Memories:
        """What was saved; nothing where there is no file, or none that can be used."""
        try:
            with self.path.open("rb") as file:
                found = _File.model_validate_json(file.read(MOST_BYTES))
        except FileNotFoundError:
            return {}
        except OSError as error:
            return self._unusable(error.strerror or str(error))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            return self._unusable(f"{where} {first['msg']}".strip())
        if found.line != self._line:
            return self._unusable(f"it is of the line {found.line}")
        try:
            return dict(map(_memory, found.heads))
        except KeyError as error:
            return self._unusable(f"nothing is charted as {error}")

    def _unusable(self, why: str) -> Memories:
        log.warning("%s: %s; the charts of the print settle anew", self.path, why)
        return {}

    def save(self, memories: Memories) -> None:
        """The whole file anew, beside the old one first. OSError by the disk,
        ValueError for what is no text or no number."""
        heads = [_head(*each) for each in memories.items()]
        text = _File(version=VERSION, line=self._line, heads=heads).model_dump_json()
        beside = self.path.with_name(FILE_NAME + ".new")
        try:
            beside.write_text(text, encoding="utf-8")
            sync_file(beside)
            beside.replace(self.path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def _memory(told: _Head) -> tuple[tuple[HeadKey, Printed], HeadMemory]:
    printed = Printed(
        product=told.product,
        spec=told.spec,
        version=told.version,
        minimum=told.minimum,
        grading=told.grading,
    )
    charts = {}
    for name, chart in told.charts.items():
        RULES[name]  # KeyError names it
        charts[name] = ChartMemory(
            baseline=Baseline(centre=chart.centre, sigma=chart.sigma),
            mean=chart.mean,
            grade=chart.grade,
            is_worse=chart.is_worse,
            since=chart.since,
            taken=chart.taken,
        )
    memory = HeadMemory(grade=told.grade, prints=told.prints, charts=charts)
    return (HeadKey(head=told.head, lane=told.lane), printed), memory


def _head(which: tuple[HeadKey, Printed], memory: HeadMemory) -> _Head:
    key, printed = which
    return _Head(
        head=key.head,
        lane=key.lane,
        product=printed.product,
        spec=printed.spec,
        version=printed.version,
        minimum=printed.minimum,
        grading=printed.grading,
        grade=memory.grade,
        prints=memory.prints,
        charts={
            str(name): _Chart(
                centre=chart.baseline.centre,
                sigma=chart.baseline.sigma,
                mean=chart.mean,
                grade=chart.grade,
                is_worse=chart.is_worse,
                since=chart.since,
                taken=chart.taken,
            )
            for name, chart in memory.charts.items()
        },
    )
