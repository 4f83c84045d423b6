"""The `line-sim` command: simulated devices, alone or as a whole line."""

import typer

from simulators.cli import bench, bench_vision, demo, device, devices, measure, pairs

app = typer.Typer(
    name="line-sim",
    help="模拟设备与产线。Simulated devices and lines; Ctrl-C stops them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("demo")(demo.demo)
app.command("bench")(bench.bench)
app.command("bench-vision")(bench_vision.bench_vision)
app.command("pairs")(pairs.pairs)
app.command("measure")(measure.measure)
app.command("device")(device.device)
app.command("jet")(devices.jet)
app.command("zpl")(devices.zpl)
app.command("plc")(devices.plc)
app.command("reader")(devices.reader)


def main() -> None:
    """Entry point of `line-sim`."""
    app()
