"""What numbers the bottles and throws them out: how it is built, and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.io.opcua_line_io import OWNER, URI
from simulators.io.remote_io import BRANDS, RemoteBox
from simulators.world.plan import LinePlan

# The gate sensor of a line with remote I/O, upstream of its reject.
SENSOR_AHEAD_MM: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """`settings` without address and kind. `box` builds remote I/O, which stands in for
    a PLC; `nodes`: the PLC is seen through OPC UA, otherwise through Modbus."""

    kind: str
    settings: Callable[[LinePlan], Mapping[str, object]]
    box: Callable[[], RemoteBox] | None = None
    nodes: bool = False


def _none(_plan: LinePlan) -> Mapping[str, object]:
    return {}


def _object(_plan: LinePlan) -> Mapping[str, object]:
    return {"object": f"nsu={URI};s={OWNER}"}


def _remote(brand: str) -> Control:
    def box() -> RemoteBox:
        return RemoteBox(BRANDS[brand](), sees_ahead_mm=SENSOR_AHEAD_MM)

    def settings(plan: LinePlan) -> Mapping[str, object]:
        return {
            "map": brand,
            "gate_mm": plan.gate_mm - SENSOR_AHEAD_MM,
            "reject_mm": SENSOR_AHEAD_MM,
            "window_mm": plan.window_mm,
            "min_pitch_mm": 2 * plan.window_mm,
            "mm_per_count": 1,
            "clear_mm": 600,
            "watchdog_proven": "in simulation",
        }

    return Control(kind="remote_io", settings=settings, box=box)


CONTROLS: Final[Mapping[str, Control]] = {
    "line_io": Control(kind="line_io", settings=_none),
    "opcua_line_io": Control(kind="opcua_line_io", settings=_object, nodes=True),
    **{f"remote_io/{brand}": _remote(brand) for brand in BRANDS},
}
