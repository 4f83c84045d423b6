"""Photographs of real codes: what we read beside what any of the libraries reads."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from agent.vision.evaluation.index import Example, examples
from agent.vision.evaluation.score import TOTAL, scores
from agent.vision.evaluation.trial import (
    BUDGET_MS,
    Outcome,
    Readers,
    load,
    reader_of,
    trials,
)
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.measure.eye.rivals import RIVALS

UNION: Final = "union"


@dataclass(slots=True)
class Row:
    """One symbology: pictures read right by each, and our wrong texts."""

    pictures: int = 0
    ours: int = 0
    wrong: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    rivals: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((*RIVALS, UNION), 0)
    )


def images_dir() -> Path:
    """Where the public pictures lie: beside the repository unless told otherwise."""
    beside = Path(__file__).parents[3].parent / "shared" / "data"
    return Path(os.environ.get("LINE_AGENT_SHARED_DATA", beside)) / "images"


def rows(found: Sequence[Example]) -> dict[str, Row]:
    """A row a symbology and one for all."""
    made: dict[str, Row] = {}
    done = list(trials(found, Readers(make=_unlearned)))
    for score in scores(done):
        made[score.name] = Row(
            pictures=score.pictures,
            ours=score.outcomes[Outcome.READ] + score.outcomes[Outcome.CLEAR],
            wrong=score.outcomes[Outcome.WRONG],
            p50_ms=score.p50_ms,
            p99_ms=score.p99_ms,
        )
    for example in found:
        read = _read_by(example)
        names = [TOTAL] if TOTAL in made else []
        for name in (*names, _row_of(example)):
            for rival, right in read.items():
                made[name].rivals[rival] += right
    return made


def _unlearned(symbologies: frozenset[Symbology]) -> CodeVision:
    """Pictures share no optic to learn from."""
    return reader_of(symbologies, budget_ms=BUDGET_MS)


def _row_of(example: Example) -> str:
    if example.is_empty:
        return "none"
    return min(example.symbologies, key=lambda s: (s.is_gs1, s)).value


def _read_by(example: Example) -> dict[str, bool]:
    """Which library alone gives the true text, among whatever else."""
    image = load(example.path)
    if image is None:
        return {}
    truth = None if example.expected is None else example.expected.rstrip("\r\n")
    read = {}
    for name, decode in RIVALS.items():
        texts = {text.rstrip("\r\n") for text in decode(image, example.symbologies)}
        read[name] = truth in texts if truth is not None else not texts
    read[UNION] = any(read.values()) if truth is not None else all(read.values())
    return read


def table(folder: Path) -> Table:
    """Pictures read right: ours, each library alone, and all of them together."""
    made = Table(
        title=f"pictures of real codes ({folder.name}), {BUDGET_MS:g} ms each",
        caption="read right; a picture without a code is right when nothing is read",
    )
    made.add_column("symbology")
    for heading in ("pictures", "ours", "wrong", *RIVALS, UNION, "p50 ms", "p99 ms"):
        made.add_column(heading, justify="right")
    for name, row in rows(examples(folder)).items():
        made.add_row(
            name,
            *map(str, (row.pictures, row.ours, row.wrong, *row.rivals.values())),
            f"{row.p50_ms:.1f}",
            f"{row.p99_ms:.1f}",
        )
    return made


def run(console: Console) -> None:
    """The table, or a word where there are no pictures."""
    folder = images_dir()
    if (folder / "index.csv").exists():
        console.print(table(folder))
    else:
        console.print(f"No public pictures at {folder}: that table is left out.")
