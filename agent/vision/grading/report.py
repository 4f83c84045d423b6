"""A grade in words: what it is, what it is not, and the short form of the standards.

Chinese terms after GB/T 23704 (two-dimensional) and GB/T 14258 (linear).
"""

from datetime import datetime
from typing import Final, Literal

from agent.vision.grading.grade import Method, ParameterName, PrintGrade, letter
from agent.vision.grading.reference_card import ReferenceCard

Language = Literal["zh", "en"]

METHODS: Final = {
    Method.ISO_15415_2011: "ISO/IEC 15415:2011",
    Method.ISO_15415_2024: "ISO/IEC 15415:2024",
    Method.ISO_15416_2000: "ISO/IEC 15416:2000",
    Method.ISO_15416_2016: "ISO/IEC 15416:2016",
    Method.ISO_29158: "ISO/IEC 29158",
}

# Chinese, English.
PARAMETERS: Final = {
    ParameterName.DECODE: ("译码", "decode"),
    ParameterName.SYMBOL_CONTRAST: ("符号反差", "symbol contrast"),
    ParameterName.CELL_CONTRAST: ("模块反差", "cell contrast"),
    ParameterName.MODULATION: ("调制比", "modulation"),
    ParameterName.REFLECTANCE_MARGIN: ("反射率余量", "reflectance margin"),
    ParameterName.AXIAL_NONUNIFORMITY: ("轴向不一致性", "axial non-uniformity"),
    ParameterName.GRID_NONUNIFORMITY: ("网格不一致性", "grid non-uniformity"),
    ParameterName.UNUSED_ERROR_CORRECTION: ("未使用纠错", "unused error correction"),
    ParameterName.FIXED_PATTERN_DAMAGE: ("固有图形污损", "fixed pattern damage"),
    ParameterName.FORMAT_INFORMATION: ("格式信息", "format information"),
    ParameterName.VERSION_INFORMATION: ("版本信息", "version information"),
    ParameterName.PRINT_GROWTH: ("印制增量", "print growth"),
    ParameterName.MINIMUM_REFLECTANCE: ("最低反射率", "minimum reflectance"),
    ParameterName.EDGE_DETERMINATION: ("边缘判定", "edge determination"),
    ParameterName.EDGE_CONTRAST: ("边缘反差", "edge contrast"),
    ParameterName.DEFECTS: ("缺陷度", "defects"),
    ParameterName.DECODABILITY: ("可译码度", "decodability"),
    ParameterName.QUIET_ZONE: ("空白区", "quiet zone"),
}


def grade_string(
    grade: PrintGrade,
    *,
    aperture_mil: float | None = None,
    light: int | Literal["W"] | None = None,
    angle_deg: int = 45,
) -> str:
    """The short form grade/aperture/light/angle: `2.0/08/660`.

    `aperture_mil` in thousandths of an inch and `light` (peak wavelength in nm, W for
    white) are of the measuring station; where either is not known, or no reference card
    was shown, only the grade is written. 45 degrees is not written. Source: GS1 General
    Specifications, symbol grading.
    """
    shown = f"{grade.grade:.1f}"
    if aperture_mil is None or light is None or not grade.is_calibrated:
        return shown
    angle = "" if angle_deg == 45 else f"/{angle_deg}"
    return f"{shown}/{round(aperture_mil):02d}/{light}{angle}"


def standing(
    grade: PrintGrade,
    language: Language,
    *,
    card: ReferenceCard | None = None,
    now: datetime | None = None,
) -> str:
    """What kind of figure this is; belongs beside every grade that leaves the line.

    `card` with `now` adds which card gave the reflectance and how old it is.
    """
    method = METHODS[grade.method]
    if language == "zh":
        base = f"在线过程等级（按 {method} 的方法），不是 ISO 检测结论"
        if not grade.is_calibrated:
            return f"{base}；反射率未校准，反差以相机自身的黑白为准。"
        return f"{base}；反射率按标准卡校准{_card_zh(card, now)}。"
    base = f"In-process grade by the method of {method}, not an ISO verification"
    if not grade.is_calibrated:
        return (
            f"{base}; reflectance is not calibrated: contrast is against the "
            "camera's own black and white."
        )
    return f"{base}; reflectance from a reference card{_card_en(card, now)}."


def _card_en(card: ReferenceCard | None, now: datetime | None) -> str:
    if card is None or now is None:
        return ""
    name = f" {card.name}" if card.name else ""
    old = "" if card.is_valid(now) else ", too old: show it again"
    return (
        f"{name} shown {card.measured_at:%Y-%m-%d}, {card.age(now).days} days ago{old}"
    )


def _card_zh(card: ReferenceCard | None, now: datetime | None) -> str:
    if card is None or now is None:
        return ""
    name = f" {card.name}，" if card.name else "，"
    old = "" if card.is_valid(now) else "，已过期，请重新校准"
    return f"{name}{card.measured_at:%Y-%m-%d}，{card.age(now).days} 天前{old}"


def lines(grade: PrintGrade, language: Language) -> list[str]:
    """One line a parameter: its name, its value, its grade; the weakest first."""
    at = 0 if language == "zh" else 1
    told = "不评级" if language == "zh" else "not graded"
    ordered = sorted(
        grade.parameters, key=lambda each: 5.0 if each.grade is None else each.grade
    )
    return [
        f"{PARAMETERS[each.name][at]}: {each.value:.2f}  "
        + (told if each.grade is None else f"{each.grade:.1f} {letter(each.grade)}")
        for each in ordered
    ]
