"""The checks of a station on drawn packs: from settings and order to what is wrong."""

from datetime import date

import numpy as np
import pytest
import zxingcpp
from zxingcpp import BarcodeFormat

from agent.domain.code_format import Digits
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import Level, Mode, Reason
from agent.eye.building import EyeBuilder
from agent.line.verifying import seen_read
from agent.settings import ReadingStation, SettingsError
from agent.vision.checks.finding import CheckName
from agent.vision.checks.printed_text.font import FontName, Style, dot_font
from simulators.cameras.dot_text import GOOD, Pose, text_picture

FORMAT = Digits(length=8)
LINES = ("{batch}", "EXP {expiry:%Y%m%d}")
MODULE_PX = 6.0
TEXT = {"lines": LINES, "box": {"x": 20, "y": 0, "width": 75}}
STYLE = Style(font=dot_font(FontName.DOTS_7X5))


def station(**more) -> ReadingStation:
    given = {"kind": "reading", "io": "plc", "camera": "eye", "budget_ms": 60_000}
    return ReadingStation.model_validate(given | more)


def order(expiry: date | None = date(2027, 3, 1), batch: str = "L20260302") -> Order:
    unit = LevelSpec(
        level=Level.UNIT, mode=Mode.PRINT, format=FORMAT, symbology="data_matrix"
    )
    return Order(
        order="O1",
        product="A",
        batch=batch,
        target=9,
        spec=Spec(spec="S", version=1, product="A", levels=(unit,)),
        close_short=False,
        expiry=expiry,
    )


@pytest.fixture(scope="module")
def pack():
    """A code with batch and expiry in dots to its right."""
    symbol = zxingcpp.create_barcode("12345678", BarcodeFormat.DataMatrix)
    drawn = symbol.to_image(scale=1, add_quiet_zones=False)
    return text_picture(
        ("L20260302", "EXP 20270301"),
        STYLE,
        Pose(origin=(60 + 20 * MODULE_PX, 80), dot_px=MODULE_PX),
        GOOD,
        np.random.default_rng(4),
        code=(np.asarray(drawn) == 0, Pose(origin=(60, 80), dot_px=MODULE_PX)),
    )


def looked(pack, settings: ReadingStation, order: Order):
    return EyeBuilder(settings, "L01").build(order).look(pack)


def test_the_text_of_the_order_passes(pack) -> None:
    look = looked(pack, station(printed_text=TEXT), order())
    assert [(f.check, f.passed) for f in look.findings] == [(CheckName.TEXT, True)]
    assert seen_read(FORMAT, 1, look).faults == ()


@pytest.mark.parametrize(
    "other", [order(expiry=date(2027, 3, 2)), order(batch="L20260303")]
)
def test_another_date_or_batch_is_a_wrong_text(pack, other) -> None:
    look = looked(pack, station(printed_text=TEXT), other)
    read = seen_read(FORMAT, 1, look)
    assert (read.keys, read.faults) == (("12345678",), (Reason.WRONG_TEXT,))
    assert "expected" in look.notes


def test_an_order_without_the_date_is_refused_and_never_passes(pack) -> None:
    builder = EyeBuilder(station(printed_text=TEXT), "L01")
    assert builder.refusal(order()) == ""
    assert "the order has no expiry" in builder.refusal(order(expiry=None))
    look = builder.build(order(expiry=None)).look(pack)
    assert not look.findings[0].passed
    assert "the order has no expiry" in look.notes


def test_place_and_second_carrier_are_looked_at_too(pack) -> None:
    settings = station(
        placement={"x": 96, "y": 116, "tolerance_x": 6, "tolerance_y": 6},
        second_carrier={"required": True, "budget_ms": 2000},
    )
    look = looked(pack, settings, order())
    assert [(f.check, f.passed) for f in look.findings] == [
        (CheckName.PLACEMENT, True),
        (CheckName.SECOND_CARRIER, False),
    ]
    assert seen_read(FORMAT, 1, look).faults == (Reason.SECOND_CODE,)
    off = station(placement={"x": 200, "y": 104, "tolerance_x": 9, "tolerance_y": 9})
    read = seen_read(FORMAT, 1, looked(pack, off, order()))
    assert read.faults == (Reason.MISPLACED,)


def test_characters_that_were_never_taught_are_a_fault_of_the_settings(
    tmp_path,
) -> None:
    path = tmp_path / "taught.npz"
    with pytest.raises(SettingsError, match="no such file"):
        EyeBuilder(station(printed_text=TEXT | {"taught": str(path)}), "L01")
    path.write_bytes(b"not a file of shapes")
    with pytest.raises(SettingsError, match="taught"):
        EyeBuilder(station(printed_text=TEXT | {"taught": str(path)}), "L01")


@pytest.mark.parametrize("key", ["grading", "placement", "printed_text"])
def test_a_reader_has_no_eye_for_it(key) -> None:
    given = {
        "grading": {},
        "placement": {"tolerance_x": 1, "tolerance_y": 1},
        "printed_text": TEXT,
    }[key]
    with pytest.raises(ValueError, match=f"{key} needs a camera"):
        station(camera=None, reader="scanner", **{key: given})
