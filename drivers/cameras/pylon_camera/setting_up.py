"""Sets a Basler camera up as settings say. Names of features differ between series."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypylon import genicam, pylon  # type: ignore[import-untyped]

from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from drivers.errors import DeviceFault


def set_up(name: str, camera: Any, asked: PylonCameraSettings) -> Any:
    """Features, format, region, exposure, gain, software trigger, in that order; the
    exposure's node, None where it is left to the camera. `DeviceFault` if it refuses.
    """
    if asked.features is not None:
        with _refused(name, "features"):
            nodes = camera.GetNodeMap()
            pylon.FeaturePersistence.Load(str(asked.features), nodes, True)
    with _refused(name, "pixel format Mono8"):
        camera.PixelFormat.Value = "Mono8"
    if asked.roi is not None:
        with _refused(name, "roi"):
            _read_region(camera, asked)
    exposure = _expose(name, camera, asked)
    if asked.gain is not None:
        _turn_off(camera, "GainAuto")
        with _refused(name, "gain"):
            node = _node(name, camera, "Gain", "GainRaw")
            node.Value = type(node.Value)(asked.gain)
    with _refused(name, "software trigger"):
        _trigger_by_software(camera)
    return exposure


def firmware_of(camera: Any) -> str:
    """Its version; empty if it does not tell."""
    node = _optional(camera, "DeviceFirmwareVersion")
    return "" if node is None else str(node.Value)


def words_of(error: Exception) -> str:
    """pylon's sentence without the place in pylon's source."""
    return str(error).split(" : ", maxsplit=1)[0].strip()


def _expose(name: str, camera: Any, asked: PylonCameraSettings) -> Any:
    if asked.exposure_us is None:
        return None
    _turn_off(camera, "ExposureAuto")
    exposure = _node(name, camera, "ExposureTime", "ExposureTimeAbs")
    if asked.second_exposure_us is not None:  # refused now, not at the first glare
        with _refused(name, "second_exposure_us"):
            exposure.Value = asked.second_exposure_us
    with _refused(name, "exposure_us"):
        exposure.Value = asked.exposure_us
    return exposure


def _read_region(camera: Any, asked: PylonCameraSettings) -> None:
    region = asked.roi
    assert region is not None
    # Offsets bound the size, so they go first.
    camera.OffsetX.Value = 0
    camera.OffsetY.Value = 0
    camera.Width.Value = region.width
    camera.Height.Value = region.height
    camera.OffsetX.Value = region.x
    camera.OffsetY.Value = region.y


def _trigger_by_software(camera: Any) -> None:
    for selector in camera.TriggerSelector.Symbolics:
        if camera.TriggerSelector.CanSetValue(selector):
            camera.TriggerSelector.Value = selector
            camera.TriggerMode.Value = "Off"
    camera.TriggerSelector.Value = "FrameStart"
    camera.TriggerMode.Value = "On"
    camera.TriggerSource.Value = "Software"
    camera.AcquisitionMode.Value = "Continuous"


def _node(name: str, camera: Any, *names: str) -> Any:
    """The first of these that this model has."""
    for each in names:
        node = _optional(camera, each)
        if node is not None:
            return node
    raise DeviceFault(name, f"this model has no {' or '.join(names)}")


def _optional(camera: Any, name: str) -> Any:
    node = camera.GetNodeMap().GetNode(name)
    return node if node is not None and genicam.IsAvailable(node) else None


def _turn_off(camera: Any, name: str) -> None:
    node = _optional(camera, name)
    if node is not None and genicam.IsWritable(node):
        node.Value = "Off"


@contextmanager
def _refused(name: str, what: str) -> Iterator[None]:
    try:
        yield
    except genicam.GenericException as error:
        raise DeviceFault(name, f"{what}: {words_of(error)}") from None
