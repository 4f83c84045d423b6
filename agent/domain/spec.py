"""Spec (规格模板) and order (生产任务) as the line uses them."""

from dataclasses import dataclass
from datetime import date

from agent.domain.code_format import CodeFormat
from agent.domain.words import Level, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSpec:
    """One level of a product: its code, its carrier, how many children it holds.

    `symbology` is a name of `agent.vision.symbology`, `holds` the packing ratio
    (0 at the lowest level), `template` the label template, if it is labelled here.
    `minimum_grade` is the least print grade that may pass, 0 (F) to 4 (A).
    """

    level: Level
    mode: Mode
    format: CodeFormat
    symbology: str
    holds: int = 0
    template: str = ""
    minimum_grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Versioned rules of a product."""

    spec: str
    version: int
    product: str
    levels: tuple[LevelSpec, ...]

    def level(self, level: Level) -> LevelSpec:
        """The rules of one level; `KeyError` names the level that has none."""
        for each in self.levels:
            if each.level is level:
                return each
        raise KeyError(f"spec {self.spec} v{self.version} has no level {level}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A production run: `target` units, `close_short` the order's own decision
    that a last case or pallet may be closed with fewer children (尾箱 / 尾垛).

    `production` and `expiry` are what stands beside the code in plain text; None:
    the order does not tell.
    """

    order: str
    product: str
    batch: str
    target: int
    spec: Spec
    close_short: bool
    production: date | None = None
    expiry: date | None = None
