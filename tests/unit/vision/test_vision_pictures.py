"""Real photographs. A wrong read is worse than none."""

from collections import Counter

import pytest

from agent.vision.evaluation.index import EVERY, examples
from agent.vision.evaluation.trial import Outcome, Readers, load, reader_of, trials
from simulators.measure.eye.real import images_dir

pytestmark = pytest.mark.skipif(
    not (images_dir() / "index.csv").exists(),
    reason=f"no pictures at {images_dir()}; set LINE_AGENT_SHARED_DATA",
)

# Read today, of: code128 6, datamatrix 8, dpm 5, ean13 7, itf 5, qrcode 11.
LEAST = {"code128": 6, "datamatrix": 8, "dpm": 5, "ean13": 5, "itf": 5, "qrcode": 10}


def patient(symbologies):
    return reader_of(symbologies, budget_ms=60_000)


def test_no_picture_reads_wrong_and_most_read_right():
    right = Counter()
    for trial in trials(examples(images_dir()), Readers(make=patient)):
        assert trial.outcome is not Outcome.WRONG, trial.example.path.name
        kind = trial.example.path.name.split("_")[0].split("-")[0]
        right[kind] += trial.outcome is Outcome.READ
    assert {kind: right[kind] for kind in LEAST if right[kind] < LEAST[kind]} == {}


def test_no_code_reads_as_one_of_another_symbology():
    for example in examples(images_dir()):
        if example.path.name.startswith("dpm"):
            continue  # five million pixels each: seconds for every symbology
        others = EVERY - example.symbologies
        picture = load(example.path)
        assert picture is not None
        if others:
            assert patient(others).read(picture).codes == (), example.path.name
