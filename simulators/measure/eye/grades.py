"""Grades against prints whose faults are exactly known: how far each figure is off."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.vision.decoded import Decoded
from agent.vision.grading.grade import Method, ParameterName, PrintGrade
from agent.vision.grading.grader import Grader
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.graded import (
    GradedPicture,
    Printing,
    Shot,
    bar_widths,
    draw_linear,
    draw_matrix,
    matrix,
)

PRINTS: Final = 60
SHOTS: Final = 10
PATIENT_MS: Final = 5000.0
ALIKE: Final = 0.01  # modules, as far as growth is measured
MATRIX: Final = {
    Symbology.QR: "https://h.cn/x?c=AB12CD34EF56",
    Symbology.GS1_DATA_MATRIX: "[01]06901234567892[10]L2407[21]AB12CD34EF56",
}
LINEAR: Final = {
    Symbology.CODE_128: "L2407AB12",
    Symbology.EAN_13: "6901234567892",
    Symbology.ITF: "16901234567899",
}


@dataclass(slots=True)
class Found:
    """One symbology: distance from truth by parameter, spread of repeated shots."""

    off: dict[ParameterName, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    spread: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    ungraded: int = 0

    def compare(
        self, grade: PrintGrade | None, truth: dict[ParameterName, tuple[float, ...]]
    ) -> None:
        """Books one print."""
        if grade is None:
            self.ungraded += 1
            return
        for name, values in truth.items():
            measured = grade.value(name)
            if measured is not None:
                self.off[name].append(min(abs(measured - each) for each in values))


def measure(symbology: Symbology, prints: int = PRINTS) -> Found:
    """Random prints of random faults, then ten shots of some of them."""
    found = Found()
    for seed, printing in enumerate(_printings(prints, symbology.is_linear)):
        picture = _picture(symbology, printing, _shot(seed))
        found.compare(_graded(picture, symbology, found), _truth(picture, symbology))
        if seed % SHOTS == 0:
            found.spread.append(_spread(symbology, printing, seed, found))
    return found


def _printings(count: int, is_linear: bool) -> Iterator[Printing]:
    for seed in range(count):
        rng = np.random.default_rng((9, seed))
        growth = rng.uniform(-0.15, 0.2, 2)
        yield Printing(
            dark=float(rng.uniform(0.05, 0.2)),
            light=float(rng.uniform(0.5, 0.9)),
            growth=(float(growth[0]), 0.0 if is_linear else float(growth[1])),
            stretch=1.0 if is_linear else float(rng.uniform(0.94, 1.06)),
            distortion=0.0 if is_linear else float(rng.uniform(0, 0.3)),
            quiet=10 if is_linear else 4,
        )


def _shot(seed: int) -> Shot:
    rng = np.random.default_rng((11, seed))
    return Shot(
        module_px=float(rng.uniform(5, 9)),
        rotation_deg=float(rng.uniform(-15, 15)),
        blur_px=0.6,
        noise_grey=2,
        seed=seed,
        shift_px=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
    )


def _picture(symbology: Symbology, printing: Printing, shot: Shot) -> GradedPicture:
    if symbology.is_linear:
        widths = bar_widths(LINEAR[symbology], symbology)
        return draw_linear(widths, 60, printing, replace(shot, module_px=5))
    text = MATRIX[symbology]
    version = 8 if symbology is Symbology.GS1_DATA_MATRIX else 3
    return draw_matrix(matrix(text, symbology, version=version), printing, shot)


def _truth(
    picture: GradedPicture, symbology: Symbology
) -> dict[ParameterName, tuple[float, ...]]:
    """What each may be."""
    printing = picture.printing
    truth: dict[ParameterName, tuple[float, ...]] = {
        ParameterName.SYMBOL_CONTRAST: (picture.contrast,),
        ParameterName.PRINT_GROWTH: _larger(printing.growth),
    }
    if not symbology.is_linear:
        truth |= {
            ParameterName.AXIAL_NONUNIFORMITY: (picture.axial_nonuniformity,),
            ParameterName.GRID_NONUNIFORMITY: (printing.distortion,),
            ParameterName.UNUSED_ERROR_CORRECTION: (1.0,),
        }
    return truth


def _larger(growth: tuple[float, float]) -> tuple[float, ...]:
    """The larger of both axes' growth and loss; both where they are alike in size."""
    most = max(map(abs, growth))
    return tuple(each for each in growth if abs(each) > most - ALIKE)


def _graded(
    picture: GradedPicture, symbology: Symbology, found: Found
) -> PrintGrade | None:
    """As on the line: read, then graded."""
    vision = CodeVision(frozenset({symbology}), budget_ms=PATIENT_MS)
    codes: tuple[Decoded, ...] = vision.read(picture.image).codes
    if not codes:
        return None
    begun_s = time.perf_counter()
    grade = Grader(Method.ISO_15415_2011).grade(picture.image, codes[0])
    found.took_ms.append((time.perf_counter() - begun_s) * 1000)
    return grade if isinstance(grade, PrintGrade) else None


def _spread(symbology: Symbology, printing: Printing, seed: int, found: Found) -> float:
    """Largest distance of one shot's overall grade from the mean of ten."""
    grades = []
    for number in range(SHOTS):
        shot = replace(_shot(seed), noise_grey=4, seed=number + 100)
        turned = replace(shot, rotation_deg=shot.rotation_deg + number / 3)
        grade = _graded(_picture(symbology, printing, turned), symbology, found)
        if grade is not None:
            grades.append(grade.grade)
    return float(np.abs(np.array(grades) - np.mean(grades)).max()) if grades else 9.9


def table(prints: int = PRINTS) -> Table:
    """A row a symbology and parameter: mean and largest distance from truth."""
    made = Table(
        title=f"grades against truth, {prints} prints each, read and graded",
        caption=f"repeated: largest distance of one of {SHOTS} noisy shots from their "
        "mean, overall grade",
    )
    made.add_column("symbology")
    made.add_column("parameter")
    for heading in ("mean off", "largest off", "not graded", "repeated", "ms p50"):
        made.add_column(heading, justify="right")
    for symbology in (*MATRIX, *LINEAR):
        found = measure(symbology, prints)
        for place, (name, off) in enumerate(found.off.items()):
            made.add_row(
                symbology if place == 0 else "",
                name,
                f"{np.mean(off):.3f}",
                f"{max(off):.3f}",
                *(_whole(found) if place == 0 else ()),
            )
        made.add_section()
    return made


def _whole(found: Found) -> tuple[str, str, str]:
    return (
        str(found.ungraded),
        f"{max(found.spread):.2f}",
        f"{np.median(found.took_ms):.1f}",
    )


def run(console: Console) -> None:
    """The table."""
    console.print(table())
