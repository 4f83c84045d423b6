"""Settings of cameras that are told when to look."""

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.settings import DeviceSettings

ADAPTER = TypeAdapter(DeviceSettings)
V4L2 = "/dev/v4l/by-id/usb-Maker_Camera_0001-video-index0"


def stream(**settings):
    return ADAPTER.validate_python({"kind": "opencv_stream", **settings})


@pytest.mark.parametrize(
    ("source", "is_v4l2", "is_file"),
    [
        (V4L2, True, False),
        ("/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0", True, False),
        ("rtsp://user:secret@camera.plant:554/stream1", False, False),
        ("http://10.0.0.5/video.mjpg", False, False),
        ("/srv/stand/bottles.avi", False, True),
    ],
)
def test_what_a_source_may_be(source, is_v4l2, is_file):
    made = stream(source=source)
    assert (made.is_v4l2, made.is_file) == (is_v4l2, is_file)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/dev/video0", "another camera after a restart: use /dev/v4l/by-id/"),
        ("ftp://camera/x", "use rtsp://"),
        ("rtsp://", "with a host"),
        ("bottles.avi", "the whole path"),
        ("0", "the whole path"),
    ],
)
def test_a_source_that_cannot_be_meant(source, words):
    with pytest.raises(ValidationError, match=words):
        stream(source=source)


@pytest.mark.parametrize(
    "setting", [{"width": 640}, {"fps": 30}, {"exposure_us": 500}, {"gain": 1}]
)
def test_a_network_camera_is_set_at_the_camera(setting):
    stream(source=V4L2, **setting)
    (name,) = setting
    with pytest.raises(ValidationError, match=f"{name}: only a V4L2 camera"):
        stream(source="http://10.0.0.5/video.mjpg", **setting)


@pytest.mark.parametrize(
    "setting",
    [
        {"rotate": 45},
        {"timeout_ms": 0},
        {"delay_ms": -1},
        {"exposure_us": 0},
        {"roi": {"x": 0, "y": 0, "width": 0, "height": 5}},
        {"trigger": "line1"},
    ],
)
def test_impossible_values_of_a_basler_camera(setting):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({"kind": "pylon_camera", **setting})
