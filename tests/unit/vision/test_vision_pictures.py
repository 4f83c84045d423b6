"""Real photographs. A wrong read is worse than none."""

from collections import Counter

import cv2
import pytest

from agent.vision.reading.reader import CodeVision
from simulators.measure.vision import ITF_DIGITS, SYMBOLOGIES, images_dir, samples

pytestmark = pytest.mark.skipif(
    not (images_dir() / "index.csv").exists(),
    reason=f"no pictures at {images_dir()}; set LINE_AGENT_SHARED_DATA",
)

# Read today, of: code128 6, datamatrix 8, dpm 5, ean13 7, itf 5, qrcode 11.
LEAST = {"code128": 6, "datamatrix": 8, "dpm": 5, "ean13": 5, "itf": 5, "qrcode": 10}


def read(sample, symbologies):
    vision = CodeVision(frozenset(symbologies), budget_ms=10_000, itf_digits=ITF_DIGITS)
    picture = cv2.imread(str(sample.path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return {code.payload.rstrip(b"\r\n") for code in vision.read(picture).codes}


def test_no_picture_reads_wrong_and_most_read_right():
    right = Counter()
    for sample in samples(images_dir()):
        found = read(sample, sample.symbologies)
        truth = set() if sample.text is None else {sample.text.rstrip(b"\r\n")}
        assert found <= truth, sample.path.name
        right[sample.folder.split("-")[0]] += bool(found)
    assert {kind: right[kind] for kind in LEAST if right[kind] < LEAST[kind]} == {}
    assert right["falsepositives"] == 0


def test_no_code_reads_as_one_of_another_symbology():
    for sample in samples(images_dir()):
        if sample.folder == "dpm":
            continue  # five million pixels each: seconds for every symbology
        others = frozenset(SYMBOLOGIES.values()) - sample.symbologies
        if others:
            assert read(sample, others) == set(), sample.path.name
