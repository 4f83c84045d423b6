"""From modules back to what was meant; another library's writer is the referee."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from agent.vision.symbols.codewords import correct_data_matrix, correct_qr
from agent.vision.symbols.layout_data_matrix import SIZES
from agent.vision.symbols.layout_qr import qr_placement
from agent.vision.symbols.symbol import Part

WRITER_SIZES = 48  # Data Matrix sizes the writer knows, rectangular extension included


def modules(symbology, **options):
    symbol = zxingcpp.create_barcode("EXAMPLE 1234", symbology, **options)
    return np.array(symbol.to_image(scale=1, add_quiet_zones=False)) == 0


@pytest.mark.parametrize("level", "LMQH")
def test_every_qr_version_is_free_of_errors_as_the_writer_made_it(level):
    for version in range(1, 41):
        text = "EX" if version == 1 and level == "H" else "EXAMPLE"
        symbol = zxingcpp.create_barcode(
            text, BarcodeFormat.QRCode, version=version, ec_level=level
        )
        dark = np.array(symbol.to_image(scale=1, add_quiet_zones=False)) == 0
        meant = correct_qr(dark)
        assert meant.layout is qr_placement(version, level).layout
        assert set(meant.wrong_codewords) == {0}
        assert meant.format_errors == (0, 0)
        assert meant.version_errors == ((0, 0) if version >= 7 else None)
        assert np.array_equal(meant.is_dark, dark)


def test_every_data_matrix_size_is_free_of_errors_as_the_writer_made_it():
    seen = set()
    for version in range(1, WRITER_SIZES + 1):
        symbol = zxingcpp.create_barcode("A", BarcodeFormat.DataMatrix, version=version)
        dark = np.array(symbol.to_image(scale=1, add_quiet_zones=False)) == 0
        meant = correct_data_matrix(dark)
        assert set(meant.wrong_codewords) == {0}
        assert np.array_equal(meant.is_dark, dark)
        seen.add(dark.shape)
    assert seen == set(SIZES)


def flipped(dark, layout, codewords):
    """One module of each of these codewords turned over."""
    dark = dark.copy().reshape(-1)
    for codeword in codewords:
        dark[np.flatnonzero(layout.codeword.reshape(-1) == codeword)[0]] ^= True
    return dark.reshape(layout.part.shape)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_errors_up_to_capacity_are_put_right_and_counted(data):
    if data.draw(st.booleans()):
        dark = modules(BarcodeFormat.QRCode, version=data.draw(st.integers(2, 9)))
        correct = correct_qr
    else:
        dark = modules(
            BarcodeFormat.DataMatrix,
            version=data.draw(st.sampled_from([4, 8, 10, 15, 17, 27, 39, 42])),
        )
        correct = correct_data_matrix
    layout = correct(dark).layout
    broken, counts = [], []
    for block in layout.blocks:
        count = data.draw(st.integers(0, block.capacity // 2))
        broken += data.draw(
            st.lists(
                st.sampled_from(block.codewords),
                min_size=count,
                max_size=count,
                unique=True,
            )
        )
        counts.append(count)
    meant = correct(flipped(dark, layout, broken))
    assert meant.wrong_codewords == tuple(counts)
    assert np.array_equal(meant.is_dark, dark)


def test_more_errors_than_capacity_are_told_by_block():
    dark = modules(BarcodeFormat.QRCode, version=5, ec_level="Q")
    layout = correct_qr(dark).layout
    block = layout.blocks[2]
    broken = block.codewords[: block.capacity // 2 + 1]
    meant = correct_qr(flipped(dark, layout, broken))
    assert meant.is_dark is None
    assert meant.wrong_codewords == (0, 0, -1, 0)


def test_misdecode_protection_is_kept():
    dark = modules(BarcodeFormat.QRCode, version=2, ec_level="L")
    layout = correct_qr(dark).layout
    assert layout.blocks[0].capacity == 8  # of ten error correction codewords
    broken = layout.blocks[0].codewords[:5]
    assert correct_qr(flipped(dark, layout, broken)).is_dark is None


def test_wrong_format_and_version_bits_are_counted_in_each_copy():
    dark = modules(BarcodeFormat.QRCode, version=7, ec_level="M")
    side = len(dark)
    damaged = dark.copy()
    damaged[8, :3] ^= True  # three bits beside the first finder pattern
    damaged[side - 9, 0] ^= True  # one bit of the lower copy of the version
    meant = correct_qr(damaged)
    assert meant.format_errors == (3, 0)
    assert sorted(meant.version_errors) == [0, 1]
    assert np.array_equal(meant.is_dark, dark)


def test_fixed_patterns_are_put_right_whatever_was_sampled():
    dark = modules(BarcodeFormat.DataMatrix, version=10)
    damaged = dark.copy()
    damaged[-1, 5:9] = False
    damaged[0, 4] = False
    meant = correct_data_matrix(damaged)
    assert np.array_equal(meant.is_dark, dark)
    assert meant.layout.part[-1, 5] == Part.FINDER
    assert meant.layout.part[0, 4] == Part.CLOCK
    assert meant.layout.part[16, 5] == Part.ALIGNMENT


def test_a_size_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no Data Matrix symbol of 11 x 12"):
        correct_data_matrix(np.zeros((11, 12), np.bool_))


def test_shared_layouts_cannot_be_written_to():
    layout = qr_placement(3, "M").layout
    with pytest.raises(ValueError, match="read-only"):
        layout.part[0, 0] = 1
