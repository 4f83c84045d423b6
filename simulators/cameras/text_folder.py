"""A folder of drawn packs: a Data Matrix, lines of dots beside it, and an index."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from agent.vision.checks.printed_text.font import DotFont, FontName, Style, dot_font
from simulators.cameras.dot_text import (
    GOOD,
    Image,
    Pose,
    TextPrint,
    text_picture,
)

# Figures that printers draw their own way.
OWN: Final = {
    "1": "..#.. .##.. #.#.. ..#.. ..#.. ..#.. #####",
    "3": "##### ....# ...#. ..##. ....# #...# .###.",
    "4": "#..#. #..#. #..#. ##### ...#. ...#. ...#.",
    "7": "##### ....# ...#. .###. ..#.. ..#.. ..#..",
}
CODE: Final = "0106901234567892"
DOT_PX: Final = 5.0
GAP: Final = 4  # modules between code and text, which begins one below its top
SIZE: Final = (820, 460)
AT: Final = (160.0, 200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """`said`: what the index says is printed; None: what is."""

    lines: tuple[str, ...]
    look: TextPrint = GOOD
    said: tuple[str, ...] | None = None


def own_style() -> Style:
    """7x5 with some figures drawn another way than the built-in font has them."""
    font = dot_font(FontName.DOTS_7X5)
    own = {c: _dots(rows) for c, rows in OWN.items()}
    glyphs = {**font.glyphs, **own}
    return Style(font=DotFont(name=font.name, rows=7, columns=5, glyphs=glyphs))


def picture(pack: Pack, style: Style, seed: int) -> Image:
    """One pack, turned a little; one seed gives one picture."""
    rng = np.random.default_rng(seed)
    modules = _modules()
    code = Pose(origin=AT, dot_px=DOT_PX, angle_deg=rng.uniform(-8, 8))
    start = np.array([(modules.shape[1] + GAP, 1)], np.float64)
    x, y = code.points(start, GOOD)[0].tolist()
    text = Pose(origin=(x, y), dot_px=DOT_PX, angle_deg=code.angle_deg)
    return text_picture(
        pack.lines, style, text, pack.look, rng, size=SIZE, code=(modules, code)
    )


def write_folder(folder: Path, packs: Iterable[Pack], style: Style) -> None:
    """A picture a pack, and the index."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "symbology", "expected_text", "printed_text"))
        for number, pack in enumerate(packs):
            name = f"{number:03}.png"
            cv2.imwrite(str(folder / name), picture(pack, style, number))
            said = pack.lines if pack.said is None else pack.said
            rows.writerow((name, "data_matrix", CODE, r"\n".join(said)))


def _dots(rows: str) -> NDArray[np.bool_]:
    return np.array([[dot == "#" for dot in row] for row in rows.split()])


@lru_cache(maxsize=1)
def _modules() -> NDArray[np.bool_]:
    symbol = zxingcpp.create_barcode(
        CODE, zxingcpp.BarcodeFormat.DataMatrix, force_square=True
    )
    drawn = np.asarray(symbol.to_image(scale=1, add_quiet_zones=False))
    return np.asarray(drawn == 0)
