"""The settings of an agent on a simulated line."""

from pathlib import Path

from agent.settings import Settings

LINE = "L01"


def settings_for(
    addresses: dict[str, str], data: Path, *, prints: bool = True
) -> Settings:
    """An agent's settings for a simulated line with a fixed reader."""
    item_output = r"(?P<item>\d+);(?P<code>.*)"
    return Settings.model_validate(
        {
            "line": {"id": LINE, "data": str(data)},
            "platform": {"url": "http://platform", "poll_s": 5},
            "rules": {"poll_ms": 50},
            "devices": {
                "plc": {"kind": "line_io", "address": addresses["plc"]},
                "printer": {"kind": "leibinger_jet", "address": addresses["printer"]},
                "reader": {
                    "kind": "text_reader",
                    "address": addresses["reader"],
                    "no_read": "NOREAD",
                    "pattern": item_output,
                },
                **{
                    f"{kind}_labeller": {
                        "kind": "zebra_zpl",
                        "address": addresses[f"{kind}_printer"],
                    }
                    for kind in ("case", "pallet")
                },
                **{
                    f"{kind}_reader": {
                        "kind": "text_reader",
                        "address": addresses[f"{kind}_reader"],
                        "no_read": "NOREAD",
                    }
                    for kind in ("case", "pallet")
                },
            },
            "stations": [
                *([{"kind": "coding", "printer": "printer"}] if prints else []),
                {"kind": "reading", "io": "plc", "reader": "reader"},
                *(
                    {
                        "kind": "packing",
                        "level": level,
                        "labeller": f"{level}_labeller",
                        "reader": f"{level}_reader",
                    }
                    for level in ("case", "pallet")
                ),
            ],
        }
    )
