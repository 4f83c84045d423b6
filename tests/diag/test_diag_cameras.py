"""`line-agent diag read` at a camera: the picture, and what every decoder says of it.

From the command through the API to the camera: a video file through OpenCV, and pylon
with its own emulator. Both show the same printed mark.
"""

import asyncio
import json
import warnings

import cv2
import numpy as np
import pytest

from agent.api.trial_models import TrialRequest
from agent.vision.symbology import Symbology
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

TEXT = "HELLO-0123456789"
ASKED = ("--by", "李工", "--reason", "试读", "--role", "supervisor")


def mark():
    printed = PrintedMark(symbology=Symbology.QR, text=TEXT)
    return render(printed, np.random.default_rng(1), Defects())


def film(folder):
    """A video file that shows the mark."""
    path = folder / "film.avi"
    image = mark()
    codec = cv2.VideoWriter_fourcc(*"FFV1")
    writer = cv2.VideoWriter(str(path), codec, 25, image.shape[::-1], isColor=False)
    assert writer.isOpened()
    for _ in range(10):
        writer.write(image)
    writer.release()
    return {"kind": "opencv_stream", "source": str(path)}


def emulated(folder):
    """pylon's emulator, with a feature file that makes it show the mark."""
    pytest.importorskip("pypylon.pylon", reason="pip install 'line-agent[basler]'")
    image = mark()
    picture, features = folder / "mark.png", folder / "camera.pfs"
    cv2.imwrite(str(picture), image)
    height, width = image.shape
    features.write_text(
        "# {05D8C294-F295-4dfb-9D01-096BD04049F4}\n"
        "# GenApi persistence file (version 3.1.0)\n"
        f"Width\t{width}\nHeight\t{height}\nPixelFormat\tMono8\n"
        f"TestImageSelector\tOff\nImageFilename\t{picture}\nImageFileMode\tOn\n"
    )
    # Patient with a busy machine.
    patient = {"late_ms": 1000, "timeout_ms": 5000}
    return {"kind": "pylon_camera", "features": str(features), **patient}


@pytest.fixture(params=[film, emulated], ids=["opencv_stream", "pylon_camera"])
def camera(request, folder, monkeypatch):
    monkeypatch.setenv("PYLON_CAMEMU", "1")
    with warnings.catch_warnings():
        # pylon's wrapper warns of its own types while it is loaded.
        warnings.simplefilter("ignore")
        settings = request.param(folder)
        yield settings


async def test_a_read_shows_the_picture_and_every_decoders_answer(line, folder):
    picture = folder / "seen.png"
    result = await line.cli(
        *("diag", "read", "eye", *ASKED), "--picture", picture, "--json"
    )
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout.splitlines()[-1])
    assert answer["text"] == TEXT
    assert answer["triggered"]
    decoders = {each["decoder"]: each["codes"] for each in answer["decoders"]}
    assert decoders == {"zxing-cpp": [TEXT], "zbar": [TEXT]}
    seen = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(seen, mark())


async def test_its_check_takes_a_picture(line):
    act = TrialRequest(by="李工", reason="试", role="supervisor", act_id="a" * 32)
    checks = (await line.client.devices.check("eye", act)).checks
    assert [each.seen for each in checks if "picture" in each.what] == ["640 × 480"]


async def test_its_readings_are_shown(line):
    for item in (1, 2):
        line.agent.devices.line.expose(item)
    await line.until(lambda: count(line, "exposed") == 2)
    shown = await line.client.devices.one("eye")
    names = {each.name for each in shown.readings}
    assert {"exposed", "pictures", "missed", "late", "dropped"} <= names


async def test_what_an_order_left_is_not_the_answer_of_a_trial(line):
    line.agent.devices.line.expose(17)
    await asyncio.sleep(0.2)
    result = await line.cli("diag", "read", "eye", *ASKED, "--json")
    assert json.loads(result.stdout.splitlines()[-1])["text"] == TEXT


def count(line, name):
    (camera,) = [each for each in line.agent.devices.all if each.name == "eye"]
    return next(each.value for each in camera.readings() if each.name == name)
