"""What a drift points to, and what to do about it, in the operator's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.vision.grading.grade import ParameterName as P
from agent.vision.trends.rules import Figure


class Cause(StrEnum):
    """The likely cause: a hint, not a finding."""

    LENS_OR_LIGHT = "lens_or_light"
    INK = "ink"
    INK_OR_LENS = "ink_or_lens"
    INK_FLOW = "ink_flow"
    BELT_SPEED = "belt_speed"
    NOZZLE = "nozzle"
    ONE_OF_SEVERAL = "one_of_several"
    HEAD = "head"
    GEOMETRY = "geometry"
    DAMAGE = "damage"
    NEAR_MINIMUM = "near_minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A cause and what to do, in both languages."""

    cause_zh: str
    cause_en: str
    remedy_zh: str
    remedy_en: str


def _advice(cause: tuple[str, str], remedy: tuple[str, str]) -> Advice:
    return Advice(
        cause_zh=cause[0], cause_en=cause[1], remedy_zh=remedy[0], remedy_en=remedy[1]
    )


ADVICE: Final[Mapping[Cause, Advice]] = {
    Cause.LENS_OR_LIGHT: _advice(
        ("底色变暗：镜头脏或光源减弱。", "The background darkens: lens or light."),
        ("擦净镜头和灯罩，检查光源。", "Clean lens and lamp cover; check the light."),
    ),
    Cause.INK: _advice(
        ("墨迹变淡，底色未变：墨量或墨水不足。", "The ink fades, not the background."),
        (
            "检查墨水、稀释剂和喷头，清洁喷头。",
            "Check ink, make-up and head; clean the head.",
        ),
    ),
    Cause.INK_OR_LENS: _advice(
        ("对比度下降：墨水或镜头脏。", "Contrast falls: ink, or a dirty lens."),
        ("先擦镜头，再检查墨水和喷头。", "Clean the lens, then check ink and head."),
    ),
    Cause.INK_FLOW: _advice(
        (
            "墨点变大或变小：墨水粘度或温度变化。",
            "Dots grow or shrink: ink viscosity or temperature.",
        ),
        (
            "检查粘度、温度和喷印压力。",
            "Check viscosity, temperature and pressure of the ink.",
        ),
    ),
    Cause.BELT_SPEED: _advice(
        (
            "码被拉长或压扁：线速或编码器信号不准。",
            "The code is stretched: belt speed or encoder signal.",
        ),
        (
            "检查编码器、皮带打滑和喷码机的线速设置。",
            "Check encoder, belt slip and the coder's speed setting.",
        ),
    ),
    Cause.NOZZLE: _advice(
        (
            "每个码的同一行缺墨：有喷孔堵塞。",
            "The same row lacks ink in every code: a blocked nozzle.",
        ),
        ("清洗喷头并做喷孔测试。", "Clean the head and run its nozzle test."),
    ),
    Cause.ONE_OF_SEVERAL: _advice(
        (
            "每隔几件就差一件：多个喷头、夹具或工位中有一个不良。",
            "Every k-th item is worse: one of several heads, mandrels or grippers.",
        ),
        (
            "按周期找出对应的喷头或夹具并检查。",
            "Find the head or gripper of that rhythm and check it.",
        ),
    ),
    Cause.HEAD: _advice(
        (
            "墨点深浅不匀：喷头脏或与产品距离不对。",
            "Modules differ in darkness: dirty head, or its distance.",
        ),
        (
            "清洁喷头，检查喷头到产品的距离。",
            "Clean the head; check its distance to the product.",
        ),
    ),
    Cause.GEOMETRY: _advice(
        (
            "码的网格变形：产品晃动、倾斜或编码器信号抖动。",
            "The grid is bent: the product shakes or tilts, or the encoder jitters.",
        ),
        (
            "检查导轨、产品姿态和编码器。",
            "Check guides, how the product stands, and the encoder.",
        ),
    ),
    Cause.DAMAGE: _advice(
        (
            "码的局部损坏增多：喷孔、刮擦或表面潮湿。",
            "More of the code is damaged: nozzle, rubbing or a wet surface.",
        ),
        (
            "检查喷孔、导轨刮擦和产品表面。",
            "Check nozzles, rubbing guides and the surface.",
        ),
    ),
    Cause.NEAR_MINIMUM: _advice(
        (
            "等级已接近要求的最低值。",
            "The grade is close to the least that may pass.",
        ),
        (
            "尽快清洁喷头、镜头，检查墨水。",
            "Clean head and lens and check the ink soon.",
        ),
    ),
}

_CONTRASTS: Final = frozenset({P.SYMBOL_CONTRAST, P.CELL_CONTRAST, P.EDGE_CONTRAST})
_BY_NAME: Final[Mapping[str, Cause]] = {
    P.AXIAL_NONUNIFORMITY: Cause.BELT_SPEED,
    P.GRID_NONUNIFORMITY: Cause.GEOMETRY,
    P.PRINT_GROWTH: Cause.INK_FLOW,
    P.DECODABILITY: Cause.INK_FLOW,
    P.MODULATION: Cause.HEAD,
    P.REFLECTANCE_MARGIN: Cause.HEAD,
    P.DEFECTS: Cause.DAMAGE,
    P.UNUSED_ERROR_CORRECTION: Cause.DAMAGE,
    Figure.LIGHT: Cause.LENS_OR_LIGHT,
    Figure.DARK: Cause.INK,
}


def cause_of(name: str, worse: Mapping[str, float]) -> Cause:
    """The likely cause of `name` being worse.

    `worse` says of every figure how far it went the worse way, 1 being its limit.
    Contrast is the difference of two reflectances, and only they tell which it was:
    a lens or lamp takes from the light, ink that fails brightens the dark.
    """
    if name not in _CONTRASTS:
        return _BY_NAME[name]
    light, dark = worse.get(Figure.LIGHT, 0.0), worse.get(Figure.DARK, 0.0)
    if max(light, dark) < 0.5:
        return Cause.INK_OR_LENS
    return Cause.LENS_OR_LIGHT if light >= 0.5 else Cause.INK
