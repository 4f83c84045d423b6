"""The decoders on pictures: our cascade beside zxing-cpp called once.

Both are asked for the same formats on the same whole picture. "Right" is the true
text and nothing else; a picture without a code is right when nothing is read.
"""

import csv
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from rich.console import Console
from rich.table import Table

from agent.vision.decoders.zxing import formats_of
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image
from agent.vision.symbology import Symbology
from simulators.cameras.defects import GOOD, RUINOUS, TYPICAL, Defects
from simulators.cameras.rendered import PrintedMark, render

SYMBOLOGIES: Final = {
    "QRCode": Symbology.QR,
    "DataMatrix": Symbology.DATA_MATRIX,
    "Code128": Symbology.CODE_128,
    "ITF": Symbology.ITF,
    "EAN-13": Symbology.EAN_13,
}
NEGATIVE: Final = "NONE"
# Pictures here are of any size and origin; a line sets far less.
BUDGET_MS: Final = 1000.0
LINE_BUDGET_MS: Final = 25.0
# The public ITF pictures hold 10 and 14 digits; a line reads ITF-14 alone.
ITF_DIGITS: Final = frozenset({10, 14})
PICTURES_A_CLASS: Final = 40

Decode = Callable[[Image], list[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture of a public collection; `text` None: there is no code in it."""

    path: Path
    folder: str
    symbologies: frozenset[Symbology]
    text: bytes | None


@dataclass(slots=True)
class Score:
    """What one decoder made of a set of pictures."""

    pictures: int = 0
    right: int = 0
    wrong: int = 0
    took_ms: float = 0.0

    def add(self, texts: list[bytes], truth: bytes | None, took_ms: float) -> None:
        """Counts one picture. Line ends after the text are not told in the index."""
        read = {text.rstrip(b"\r\n") for text in texts}
        true = set() if truth is None else {truth.rstrip(b"\r\n")}
        self.pictures += 1
        self.right += read == true
        self.wrong += bool(read - true)
        self.took_ms += took_ms

    @property
    def cells(self) -> tuple[str, str, str]:
        """Right in percent, wrong reads, mean milliseconds."""
        return (
            f"{100 * self.right / self.pictures:.0f}",
            str(self.wrong),
            f"{self.took_ms / self.pictures:.1f}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two decoders on the same pictures."""

    ours: Score
    alone: Score


def images_dir() -> Path:
    """Where the public pictures lie: beside the repository unless told otherwise."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    return Path(os.environ.get("LINE_AGENT_SHARED_DATA", beside)) / "images"


def samples(data_dir: Path) -> list[Sample]:
    """The pictures that `index.csv` in `data_dir` describes."""
    with (data_dir / "index.csv").open(encoding="utf-8", newline="") as lines:
        return [_sample(data_dir, row) for row in csv.DictReader(lines)]


def _sample(data_dir: Path, row: dict[str, str]) -> Sample:
    is_negative = row["symbology"] == NEGATIVE
    escaped = row["expected_text"].encode("latin-1", "backslashreplace")
    return Sample(
        path=data_dir / row["file"],
        folder=row["file"].split("_")[0],
        symbologies=frozenset(
            SYMBOLOGIES.values() if is_negative else {SYMBOLOGIES[row["symbology"]]}
        ),
        text=None if is_negative else escaped.decode("unicode_escape").encode(),
    )


def folder_scores(found: Iterable[Sample]) -> dict[str, Pair]:
    """Both decoders on every folder, one picture at a time."""
    pairs: dict[str, Pair] = defaultdict(lambda: Pair(ours=Score(), alone=Score()))
    for sample in found:
        image = cv2.imread(str(sample.path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise FileNotFoundError(f"no picture in {sample.path}")
        grey = np.asarray(image, dtype=np.uint8)
        pair = pairs[sample.folder]
        # A reader of its own: pictures of a folder share no optic to learn from.
        ours = _cascade(sample.symbologies, BUDGET_MS)
        _measure(pair.ours, ours, grey, sample.text)
        _measure(pair.alone, _alone(sample.symbologies), grey, sample.text)
    return dict(pairs)


def defect_scores(symbology: Symbology, count: int) -> dict[str, Pair]:
    """Both decoders on `count` drawn pictures of every class of defect."""
    pairs = {}
    for name, defects in defect_classes().items():
        pair = Pair(ours=Score(), alone=Score())
        ours, alone = _cascade({symbology}, LINE_BUDGET_MS), _alone({symbology})
        for text, image in _drawn(symbology, defects, count):
            _measure(pair.ours, ours, image, text)
            _measure(pair.alone, alone, image, text)
        pairs[name] = pair
    return pairs


def defect_classes() -> dict[str, Defects]:
    """One fault at a time on an otherwise fair print, and the presets."""
    fair = replace(TYPICAL, dot_share=1.15, missing_dots=0.0, glare=0.0)
    return {
        "good": GOOD,
        "typical": TYPICAL,
        "dot gaps 0.85": replace(fair, dot_share=0.85),
        "dot gaps 0.70": replace(fair, dot_share=0.7),
        "low contrast 25": replace(fair, ink_grey=130, cap_grey=155),
        "low contrast 15": replace(fair, ink_grey=135, cap_grey=150),
        "defocus 0.4 module": replace(fair, blur_px=2.0),
        "noise 20": replace(fair, noise_grey=20),
        "noise 35": replace(fair, noise_grey=35),
        "smear 1 module": replace(fair, smear_modules=1.0),
        "glare 0.5": replace(fair, glare=0.5),
        "tilt 0.15": replace(fair, tilt=0.15),
        "any rotation": replace(fair, rotation_deg=180),
        "2 % dots missing": replace(fair, missing_dots=0.02),
        "2 scratches": replace(fair, scratches=2),
        "module 2.5 px": replace(fair, module_px=2.5),
        "module 8 px": replace(fair, module_px=8.0),
        **{f"ruined: {name}": defects for name, defects in RUINOUS.items()},
    }


def table(data_dir: Path) -> Table:
    """Per folder of public pictures: how much is read right, and at what cost."""
    made = _table(f"Pictures of real codes ({data_dir.name})", "folder")
    for folder, pair in sorted(folder_scores(samples(data_dir)).items()):
        made.add_row(
            folder, str(pair.ours.pictures), *pair.ours.cells, *pair.alone.cells
        )
    return made


def drawn_table(symbology: Symbology, count: int = PICTURES_A_CLASS) -> Table:
    """Per class of defect, on drawn pictures; a ruined mark is right unread."""
    made = _table(f"Drawn pictures, {symbology}, 640 × 480", "defect")
    for name, pair in defect_scores(symbology, count).items():
        made.add_row(name, str(pair.ours.pictures), *pair.ours.cells, *pair.alone.cells)
    return made


def run(console: Console) -> None:
    """Prints all tables. Public pictures are left out, with a word, where absent."""
    if (images_dir() / "index.csv").exists():
        console.print(table(images_dir()))
    else:
        console.print(f"No public pictures at {images_dir()}: that table is left out.")
    for symbology in (Symbology.QR, Symbology.GS1_DATA_MATRIX):
        console.print(drawn_table(symbology))


def main() -> None:
    """`python -m simulators.measure.vision`."""
    run(Console())


def _table(title: str, first: str) -> Table:
    made = Table(title=title, caption="ours | zxing-cpp alone, one call")
    made.add_column(first)
    made.add_column("pictures", justify="right")
    for decoder in ("ours", "alone"):
        for what in ("right %", "wrong", "ms"):
            made.add_column(f"{decoder} {what}", justify="right")
    return made


def _drawn(
    symbology: Symbology, defects: Defects, count: int
) -> Iterator[tuple[bytes | None, Image]]:
    for seed in range(count):
        text = f"https://h.cn/x?c=AB12CD34EF56{seed:04d}"
        if symbology.is_gs1:
            text = f"010690123456789210L2407\x1d21AB12cd{seed:04d}"
        mark = PrintedMark(symbology=symbology, text=text)
        image = render(mark, np.random.default_rng(seed), defects)
        is_ruined = defects in RUINOUS.values()
        yield (None if is_ruined else text.encode()), image


def _cascade(symbologies: Iterable[Symbology], budget_ms: float) -> Decode:
    vision = CodeVision(
        frozenset(symbologies), budget_ms=budget_ms, itf_digits=ITF_DIGITS
    )
    return lambda image: [code.payload for code in vision.read(image).codes]


def _alone(symbologies: Iterable[Symbology]) -> Decode:
    formats = formats_of(symbologies)

    def decode(image: Image) -> list[bytes]:
        found = zxingcpp.read_barcode(image, formats=formats)
        return [] if found is None else [found.bytes]

    return decode


def _measure(score: Score, decode: Decode, image: Image, text: bytes | None) -> None:
    start_s = time.perf_counter()
    read = decode(image)
    score.add(read, text, (time.perf_counter() - start_s) * 1000)


if __name__ == "__main__":
    main()
