"""From a station's settings to the checks they describe."""

import pytest
from pydantic import ValidationError

from agent.eye.checks import placement_of, second_carrier_of
from agent.settings_vision import PlacementSection, SecondCarrierSection
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

QR = frozenset({Symbology.QR})


def test_place_and_skew_in_millimetres(drawn, placed):
    image = placed((600, 400), (drawn("qr", "A", 4), 200, 100))
    (code,) = CodeVision(QR, budget_ms=60_000).read(image).codes
    # 21 modules and 4 of quiet zone on each side, 4 px each: middle at 258, 158.
    near = {"tolerance_x": 0.5, "tolerance_y": 0.5, "px_per_mm": 10, "skew_deg": 2}
    good = placement_of(PlacementSection(x=25.8, y=15.8, **near))
    assert good(image, code, [code]).passed
    off = placement_of(PlacementSection(x=25.0, y=15.8, **near))
    assert off(image, code, [code]).detail == "x 25.8 mm, expected 25.0 ± 0.5 mm"


def test_a_second_carrier_is_looked_for_beside_the_stations_own_code(drawn, placed):
    matrix = drawn("gs1_data_matrix", "[01]06901234567892[21]AB12", 5)
    image = placed(
        (700, 300), (matrix, 20, 20), (drawn("ean_13", "6901234567892", 2), 300, 60)
    )
    (code,) = (
        CodeVision(frozenset({Symbology.GS1_DATA_MATRIX}), budget_ms=60_000)
        .read(image)
        .codes
    )
    check = second_carrier_of(SecondCarrierSection(budget_ms=60_000))
    assert check(image, code, [code]).passed
    elsewhere = SecondCarrierSection.model_validate(
        {"budget_ms": 2000, "region": {"x": 0, "y": 0, "width": 200, "height": 300}}
    )
    assert not second_carrier_of(elsewhere)(image, code, [code]).passed


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tolerance_x": 1, "tolerance_y": 0},
        {"tolerance_x": 1, "tolerance_y": 1, "px_per_mm": 8, "module_mm": 0.3},
        {"tolerance_x": 1, "tolerance_y": 1, "against": "belt"},
        {"tolerance_x": 1, "tolerance_y": 1, "skew": 3},
    ],
)
def test_a_placement_without_sense_is_refused(given):
    with pytest.raises(ValidationError):
        PlacementSection.model_validate(given)
