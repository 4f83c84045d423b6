"""From settings to a device. A family is imported only when a device wants it."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import cast, get_args

from drivers.around import Around
from drivers.base import (
    Camera,
    CodePrinter,
    CodeReader,
    Device,
    LabelPrinter,
    LineIO,
    Role,
)
from drivers.errors import MisuseError
from drivers.recording import NotedRandom, note_calls
from drivers.settings import DeviceSettings
from drivers.settings_base import DeviceModel

# Where each kind is made: `from_settings(name, settings, around)` of this module.
MAKERS: Mapping[str, str] = {
    "domino_codenet": "drivers.printers.domino_codenet.driver",
    "hitachi_serial": "drivers.printers.hitachi_serial.driver",
    "hitachi_modbus": "drivers.printers.hitachi_modbus.driver",
    "leibinger_jet": "drivers.printers.leibinger_jet.driver",
    "opcua_coder": "drivers.printers.opcua_coder.driver",
    "text_printer": "drivers.printers.text_printer.driver",
    "videojet_wsi": "drivers.printers.videojet_wsi.driver",
    "videojet_zipher": "drivers.printers.videojet_zipher.driver",
    "zebra_zpl": "drivers.printers.zebra_zpl.driver",
    "text_reader": "drivers.readers.text_reader.driver",
    "keyboard_wedge": "drivers.readers.keyboard_wedge.driver",
    "ssi": "drivers.readers.ssi.driver",
    "sick_cola": "drivers.readers.sick_cola.driver",
    "handheld": "drivers.readers.handheld.driver",
    "keyence_sr": "drivers.readers.keyence_sr.driver",
    "dataman": "drivers.readers.dataman.driver",
    "line_io": "drivers.io.line_io.driver",
    "remote_io": "drivers.io.remote_io.driver",
    "opcua_line_io": "drivers.io.opcua_line_io.driver",
    "opencv_camera": "drivers.cameras.opencv_camera",
    "opencv_stream": "drivers.cameras.opencv_stream.driver",
    "pylon_camera": "drivers.cameras.pylon_camera.driver",
}
# Kinds whose library is an extra of the package, with the extra's name.
EXTRAS: Mapping[str, str] = {
    "keyboard_wedge": "keyboard",
    "opcua_coder": "opcua",
    "opcua_line_io": "opcua",
    "pylon_camera": "basler",
}


def open_device(name: str, settings: DeviceModel, around: Around) -> Device:
    """The device of `settings`, called `name`; its `run` then keeps it connected.

    Nothing is dialled yet. `MisuseError` when a file that settings name cannot be
    used, or the kind's library is not installed.
    """
    kind = kind_of(settings)
    try:
        module = import_module(MAKERS[kind])
    except ModuleNotFoundError as error:
        if kind not in EXTRAS:
            raise
        raise MisuseError(
            name,
            f"a {kind} needs {error.name}: pip install 'line-agent[{EXTRAS[kind]}]'",
        ) from None
    rng = NotedRandom(around.rng)
    device = module.from_settings(name, settings, replace(around, rng=rng))
    note_calls(device, settings.role, rng)
    return cast("Device", device)


def open_printer(name: str, settings: DeviceModel, around: Around) -> CodePrinter:
    """`open_device` for settings whose role is printer."""
    return cast("CodePrinter", open_device(name, settings, around))


def open_labeller(name: str, settings: DeviceModel, around: Around) -> LabelPrinter:
    """`open_device` for settings whose role is labeller."""
    return cast("LabelPrinter", open_device(name, settings, around))


def open_reader(name: str, settings: DeviceModel, around: Around) -> CodeReader:
    """`open_device` for settings whose role is reader."""
    return cast("CodeReader", open_device(name, settings, around))


def open_camera(name: str, settings: DeviceModel, around: Around) -> Camera:
    """`open_device` for settings whose role is camera."""
    return cast("Camera", open_device(name, settings, around))


def open_line_io(name: str, settings: DeviceModel, around: Around) -> LineIO:
    """`open_device` for settings whose role is line I/O."""
    return cast("LineIO", open_device(name, settings, around))


def kind_of(settings: DeviceModel) -> str:
    """The word settings call this kind by."""
    return str(settings.model_dump(include={"kind"})["kind"])


def models() -> dict[str, type[DeviceModel]]:
    """The settings model of every kind."""
    union, *_ = get_args(DeviceSettings)
    return {get_args(m.model_fields["kind"].annotation)[0]: m for m in get_args(union)}


def kinds(role: Role) -> tuple[str, ...]:
    """The kinds of device that have this role."""
    return tuple(kind for kind, model in models().items() if model.role is role)
