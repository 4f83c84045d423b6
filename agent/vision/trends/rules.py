"""Which figures are charted, which way is worse, and what counts as a change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.vision.grading.grade import ParameterName as P
from agent.vision.grading.grade import PrintGrade


class Figure(StrEnum):
    """What is charted beside the graded parameters."""

    LIGHT = "light"  # reflectance of the unprinted
    DARK = "dark"  # reflectance of the ink


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`worse`: -1 where falling is worse, +1 where rising is, 0 where both are.

    `least` is the smallest shift worth a word: about a quarter of the narrowest step
    between two grades (ISO/IEC 15415 and 15416), so that half a grade is never lost
    unseen. `floor` is the deviation assumed of prints that hardly vary. `zh` is the
    figure's name in GB/T 23704 and GB/T 14258.
    """

    zh: str
    worse: int
    least: float
    floor: float = 0.005


RULES: Final[dict[str, Rule]] = {
    P.SYMBOL_CONTRAST: Rule(zh="符号反差", worse=-1, least=0.04),
    P.CELL_CONTRAST: Rule(zh="单元反差", worse=-1, least=0.02),
    P.MODULATION: Rule(zh="调制比", worse=-1, least=0.03),
    P.REFLECTANCE_MARGIN: Rule(zh="反射率余量", worse=-1, least=0.03),
    P.AXIAL_NONUNIFORMITY: Rule(zh="轴向不一致性", worse=1, least=0.005, floor=0.002),
    P.GRID_NONUNIFORMITY: Rule(zh="网格不一致性", worse=1, least=0.03),
    P.UNUSED_ERROR_CORRECTION: Rule(zh="未使用纠错", worse=-1, least=0.03, floor=0.02),
    P.PRINT_GROWTH: Rule(zh="印制增量", worse=0, least=0.05),
    P.EDGE_CONTRAST: Rule(zh="边缘反差", worse=-1, least=0.02),
    P.DEFECTS: Rule(zh="缺陷度", worse=1, least=0.01),
    P.DECODABILITY: Rule(zh="可译码度", worse=-1, least=0.03),
    Figure.LIGHT: Rule(zh="底色反射率", worse=-1, least=0.04),
    Figure.DARK: Rule(zh="墨色反射率", worse=1, least=0.04),
}


def figures(grade: PrintGrade) -> dict[str, tuple[float, float | None]]:
    """Value and grade of everything charted in one print."""
    found: dict[str, tuple[float, float | None]] = {
        each.name: (each.value, each.grade)
        for each in grade.parameters
        if each.name in RULES
    }
    if grade.profile is not None:
        found[Figure.LIGHT] = (grade.profile.light, None)
        found[Figure.DARK] = (grade.profile.dark, None)
    return found
