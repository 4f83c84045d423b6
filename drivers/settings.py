"""Settings of devices: one closed model a kind, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from drivers.cameras.opencv_settings import OpenCVCameraSettings
from drivers.cameras.opencv_stream.settings import OpenCVStreamSettings
from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from drivers.io.line_io.settings import LineIOSettings
from drivers.io.opcua_line_io.settings import OpcUaLineIOSettings
from drivers.io.remote_io.settings import RemoteIOSettings
from drivers.printers.domino_codenet.settings import DominoCodenetSettings
from drivers.printers.hitachi_modbus.settings import HitachiModbusSettings
from drivers.printers.hitachi_serial.settings import HitachiSerialSettings
from drivers.printers.leibinger_jet.settings import LeibingerJetSettings
from drivers.printers.opcua_coder.settings import OpcUaCoderSettings
from drivers.printers.text_printer.settings import TextPrinterSettings
from drivers.printers.videojet_wsi.settings import VideojetWsiSettings
from drivers.printers.videojet_zipher.settings import VideojetZipherSettings
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
from drivers.readers.dataman.settings import DataManSettings
from drivers.readers.handheld.settings import HandheldSettings
from drivers.readers.keyboard_wedge.settings import KeyboardWedgeSettings
from drivers.readers.keyence_sr.settings import KeyenceSrSettings
from drivers.readers.sick_cola.settings import SickColaSettings
from drivers.readers.ssi.settings import SsiSettings
from drivers.readers.text_reader.settings import TextReaderSettings

DeviceSettings = Annotated[
    # Printers
    LeibingerJetSettings
    | DominoCodenetSettings
    | TextPrinterSettings
    | OpcUaCoderSettings
    | VideojetZipherSettings
    | VideojetWsiSettings
    | HitachiModbusSettings
    | HitachiSerialSettings
    # Label printers
    | ZebraZplSettings
    # Readers
    | TextReaderSettings
    | KeyboardWedgeSettings
    | SsiSettings
    | SickColaSettings
    | HandheldSettings
    | KeyenceSrSettings
    | DataManSettings
    # Line I/O
    | LineIOSettings
    | RemoteIOSettings
    | OpcUaLineIOSettings
    # Cameras
    | OpenCVCameraSettings
    | OpenCVStreamSettings
    | PylonCameraSettings,
    Field(discriminator="kind"),
]
