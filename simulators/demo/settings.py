"""The settings file a plant engineer would write for the simulated line."""

from pathlib import Path

from simulators.demo.plant import Plant

LINE = "DEMO"


def write_settings(path: Path, plant: Plant, data: Path) -> None:
    """Write the agent's settings for `plant` to `path`."""
    at = plant.addresses
    path.write_text(
        f"""\
# Written by `line-sim demo`; the addresses change with every run.

[line]
id = "{LINE}"
data = "{data}"

[platform]
url = "{plant.platform_url}"
poll_s = 2

[rules]
# Small, so that a stop costs few codes.
print_ahead = 16
lease = 16

[devices.plc]
kind = "line_io"
address = "{at["plc"]}"

[devices.bottle_printer]
kind = "leibinger_jet"
address = "{at["printer"]}"

[devices.camera]
kind = "opencv_camera"
folder = "{plant.pictures}"

[devices.case_labeller]
kind = "zebra_zpl"
address = "{at["case_printer"]}"

[devices.case_reader]
kind = "text_reader"
address = "{at["case_reader"]}"
no_read = "NOREAD"

[devices.pallet_labeller]
kind = "zebra_zpl"
address = "{at["pallet_printer"]}"

[devices.pallet_reader]
kind = "text_reader"
address = "{at["pallet_reader"]}"
no_read = "NOREAD"

[[stations]]
kind = "coding"
printer = "bottle_printer"

[[stations]]
kind = "reading"
io = "plc"
camera = "camera"
region = {{ x = 160, y = 80, width = 320, height = 320 }}

[[stations]]
kind = "packing"
level = "case"
labeller = "case_labeller"
reader = "case_reader"

[[stations]]
kind = "packing"
level = "pallet"
labeller = "pallet_labeller"
reader = "pallet_reader"
""",
        encoding="utf-8",
    )
