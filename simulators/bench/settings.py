"""The settings of an agent on a simulated line."""

from collections.abc import Mapping
from pathlib import Path

from agent.settings import Settings
from simulators.catalogue import LineChoice
from simulators.world.plan import LinePlan

LINE = "L01"
LEVELS = ("case", "pallet")


def settings_for(
    addresses: Mapping[str, str],
    data: Path,
    *,
    prints: bool = True,
    choice: LineChoice | None = None,
    platform: str = "http://platform",
) -> Settings:
    """An agent's settings for a simulated line with a fixed reader."""
    coding = [{"kind": "coding", "printer": "printer"}] if prints else []
    return Settings.model_validate(
        {
            "line": {"id": LINE, "data": str(data)},
            "platform": {"url": platform, "poll_s": 5},
            "rules": {"poll_ms": 50},
            "devices": _devices(addresses, choice or LineChoice()),
            "stations": [
                *coding,
                {"kind": "reading", "io": "plc", "reader": "reader"},
                *(_packing(level) for level in LEVELS),
            ],
        }
    )


def _devices(
    addresses: Mapping[str, str], choice: LineChoice
) -> dict[str, dict[str, object]]:
    printer, reader, control = choice.unit_printer, choice.unit_reader, choice.control
    labels = choice.label_reader

    def device(kind: str, at: str, more: Mapping[str, object]) -> dict[str, object]:
        return {"kind": kind, "address": addresses[at], **more}

    devices = {
        "plc": device(control.kind, "plc", control.settings(LinePlan())),
        "printer": device(printer.kind, "printer", printer.settings),
        "reader": device(reader.kind, "reader", reader.settings),
    }
    for level in LEVELS:
        devices[f"{level}_labeller"] = device("zebra_zpl", f"{level}_printer", {})
        devices[f"{level}_reader"] = device(
            labels.kind, f"{level}_reader", labels.settings
        )
    return devices


def _packing(level: str) -> dict[str, object]:
    return {
        "kind": "packing",
        "level": level,
        "labeller": f"{level}_labeller",
        "reader": f"{level}_reader",
    }
