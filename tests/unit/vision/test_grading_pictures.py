"""Real photographs: whatever was read is taken apart, or its pixels are too few."""

import cv2
import pytest

from agent.vision.decoders import zbar, zxing
from agent.vision.evaluation.index import examples
from agent.vision.symbology import Symbology
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.sample import sample
from simulators.measure.eye.real import images_dir

pytestmark = pytest.mark.skipif(
    not (images_dir() / "index.csv").exists(),
    reason=f"no pictures at {images_dir()}; set LINE_AGENT_SHARED_DATA",
)

MATRIX = {Symbology.QR, Symbology.GS1_QR, Symbology.DATA_MATRIX}
MODEL_1 = "qrcode-2_qr-model-1.png"


def test_symbols_that_were_read_decode_module_by_module():
    measured = 0
    for each in examples(images_dir()):
        wanted = each.symbologies & MATRIX
        if not wanted or each.is_empty:
            continue
        picture = cv2.imread(str(each.path), cv2.IMREAD_GRAYSCALE)
        formats = zxing.formats_of(wanted)
        codes = zxing.decode(picture, formats, "raw", thorough=True)
        if not each.path.name.startswith("dpm"):
            codes += zbar.decode(picture, wanted, "raw")
        for code in codes:
            try:
                symbol = sample(picture, code)
            except NotGradable as reason:
                is_small = "pixels a module" in str(reason)
                assert is_small or each.path.name == MODEL_1, each.path.name
                continue
            assert symbol.is_dark is not None, each.path.name
            measured += 1
    assert measured >= 20
