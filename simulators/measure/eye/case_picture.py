"""Pictures of a whole case, 2448 × 2048: read, placed and named, on two cores.

Beside zxing-cpp called once on the same picture with the same format, which gives
codes without their places. "Wrong" is a code in a place where it is not, a stranger
that does not exist, or a place named missing whose code is there and was read.
"""

import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import zxingcpp
from rich.console import Console
from rich.table import Table

from agent.vision.cases.layout import Shifted
from agent.vision.cases.reader import WORKERS, CaseReader
from agent.vision.cases.result import CaseResult
from agent.vision.decoders.zxing import formats_of
from agent.vision.region import Image
from agent.vision.symbology import Symbology
from simulators.cameras.open_case import CasePicture, Content, OpenCase, draw

PICTURES: Final = 40
MATRIX: Final = Symbology.GS1_DATA_MATRIX
CASES: Final[dict[str, OpenCase]] = {
    "48 QR, full": OpenCase(),
    "48 QR, 3 no cap, 2 no print, 3 ruined": OpenCase(empty=3, blank=2, unreadable=3),
    "48 QR, half empty": OpenCase(empty=24),
    "48 Data Matrix, full": OpenCase(symbology=MATRIX),
    "48 Data Matrix, 3 + 2 + 3": OpenCase(
        symbology=MATRIX, empty=3, blank=2, unreadable=3
    ),
    "48 Data Matrix, staggered": OpenCase(
        symbology=MATRIX, shifted=Shifted.EVEN, empty=3, unreadable=2
    ),
    "24 QR": OpenCase(rows=4, columns=6, empty=2, unreadable=1),
}


@dataclass(slots=True)
class Tally:
    """One kind of case over many pictures."""

    pictures: int = 0
    codes: int = 0
    placed: int = 0
    wrong: int = 0
    gone: int = 0
    named: int = 0
    open: int = 0
    alone: int = 0
    took_ms: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)

    def add(self, shot: CasePicture, result: CaseResult) -> None:
        """Compares one picture with the truth."""
        truth = shot.at(Content.CODE)
        gone = shot.at(Content.EMPTY, Content.BLANK, Content.UNREADABLE)
        self.pictures += 1
        self.codes += len(truth)
        self.gone += len(gone)
        self.took_ms.append(result.elapsed_ms)
        if result.doubt is not None:
            self.open += 1
            return
        read = {(c.row, c.column): c.code.text for c in result.codes}
        missing = {(place.row, place.column) for place in result.missing}
        right = {place for place, text in truth.items() if read.get(place) == text}
        self.placed += len(right)
        self.wrong += len(read) - len(right) + len(result.strangers)
        self.wrong += len(right & missing)
        self.named += len(set(gone) & missing)

    def add_alone(self, shot: CasePicture, texts: set[str], took_ms: float) -> None:
        """Books what the library alone read."""
        self.alone += len(texts & set(shot.at(Content.CODE).values()))
        self.alone_ms.append(took_ms)

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        return (
            str(self.pictures),
            f"{100 * self.placed / self.codes:.2f}",
            str(self.wrong),
            f"{self.named} / {self.gone}",
            str(self.open),
            f"{np.median(self.took_ms):.0f}",
            f"{np.quantile(self.took_ms, 0.99):.0f}",
            f"{100 * self.alone / self.codes:.1f}",
            f"{np.median(self.alone_ms):.0f}",
        )


def tally(case: OpenCase, pictures: int = PICTURES) -> Tally:
    """Draws and reads so many pictures of one kind of case."""
    reader = CaseReader(
        frozenset({case.symbology}),
        rows=case.rows,
        columns=case.columns,
        shifted=case.shifted,
    )
    made = Tally()
    for seed in range(pictures):
        shot = draw(case, np.random.default_rng(seed))
        made.add_alone(shot, *_alone(shot.image, case.symbology))
        made.add(shot, reader.read(shot.image))
    reader.close()
    return made


def _alone(image: Image, symbology: Symbology) -> tuple[set[str], float]:
    begun_s = time.perf_counter()
    found = zxingcpp.read_barcodes(image, formats=formats_of({symbology}))
    took_ms = (time.perf_counter() - begun_s) * 1000
    return {each.bytes.decode("utf-8", "backslashreplace") for each in found}, took_ms


def case_table(pictures: int = PICTURES) -> Table:
    """A row a kind of case."""
    made = Table(
        title=f"Open case, 2448 × 2048, {WORKERS} threads, budget 250 ms a picture",
        caption="placed: read, and in its row and column; open: picture left rows or "
        "columns in doubt, its codes count as not placed; alone: zxing-cpp once, "
        "no places",
    )
    made.add_column("case")
    for name in (
        "pictures",
        "placed %",
        "wrong",
        "missing named",
        "open",
        "ms p50",
        "ms p99",
        "alone %",
        "alone ms",
    ):
        made.add_column(name, justify="right")
    for name, case in CASES.items():
        made.add_row(name, *tally(case, pictures).cells)
    return made


def run(console: Console) -> None:
    """Prints the table; takes about two minutes."""
    console.print(case_table())


if __name__ == "__main__":
    run(Console())
