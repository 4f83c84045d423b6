"""Label templates: fields found, symbols filled, mistakes named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.zebra_zpl.codec import FrameParser, field_data
from drivers.printers.zebra_zpl.formats import BUILT_IN, Field, parse_format
from drivers.printers.zebra_zpl.symbols import Symbol, symbol_data

TEMPLATE = """^XA
^FO40,40^A0N,44,44^FN2"product"^FS
^FO60,260^BY3^BCN,320,N,N,N^FN1"code:gs1"^FS
^FO40,640^A0N,40,34^FN5"code"^FS
^XZ
"""


def test_fields_are_found_with_their_symbols():
    parsed = parse_format("case", TEMPLATE, slot=2)
    assert parsed.stored_name == "R:LABEL2.ZPL"
    assert parsed.fields == (
        Field(number=2, name="product", symbol=Symbol.TEXT),
        Field(number=1, name="code", symbol=Symbol.GS1_128),
        Field(number=5, name="code", symbol=Symbol.TEXT),
    )
    assert '"' not in parsed.body
    assert "\n" not in parsed.body


def test_more_values_than_fields_are_fine():
    parsed = parse_format("case", TEMPLATE)
    values = {"product": "Water", "code": "00061414112345678908", "order": "A1"}
    assert b"Water" in parsed.fill(values)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_templates_take_what_a_label_gives(name):
    values = {"product": "Water", "batch": "L42", "number": "7", "code": "0106141411"}
    filled = parse_format(name, BUILT_IN[name]).fill(values)
    assert filled.startswith(b"^XA^CI28^XFR:LABEL1.ZPL^FS")
    assert filled.endswith(b"^PQ1^XZ\r\n")


@pytest.mark.parametrize(
    ("zpl", "complaint"),
    [
        ("^FO1,1^FN1^FS", "must be one label, from ^XA to ^XZ"),
        ('^XA^FN1"code"^FS^XZ^XA^XZ', "must be one label"),
        ('^XA^DFR:X.ZPL^FS^FN1"code"^FS^XZ', "leave out ^DF and ^PQ"),
        ("^XA^FO1,1^FDfixed^FS^XZ", "has no named field"),
        ("^XA^FN1^FS^XZ", '^FN1 needs a name in quotes, as in ^FN1"code"'),
        ('^XA^FN1"Code"^FS^XZ', "needs a name in quotes"),
        ('^XA^BXN,6,200^FN1"code"^FS^XZ', "^BX needs its escape character"),
        ('^XA^FN1"code:gs1"^FS^XZ', "code:gs1 needs ^BC or ^BX"),
        ('^XA^BQN,2,6^FN1"code:gs1"^FS^XZ', "code:gs1 needs ^BC or ^BX"),
        ('^XA^FN1"a"^FS^FN1"b"^FS^XZ', "^FN1 for two different things"),
        ('^XA^BCN,9,N,N,N,A^FN1"code"^FS^XZ', "m, mode must be N, not 'A'"),
        ('^XA^BCN,9,N,N,Y^FN1"code"^FS^XZ', "e, check digit must be N, not 'Y'"),
        ('^XA^BXN,6,140,,,,_^FN1"code"^FS^XZ', "s, quality must be 200, not '140'"),
        ('^XA^B2N,9,N,N,Y^FN1"code"^FS^XZ', "^B2 parameter e, check digit must be N"),
        ('^XA^BEN,9^FN1"code:gs1"^FS^XZ', "code:gs1 needs ^BC or ^BX"),
        ('^XA^BQN,2,6^FN1"code:gs1"^FS^XZ', "^BQ, with qr_fnc1 in the settings"),
    ],
)
def test_mistakes_in_a_template_are_named(zpl, complaint):
    with pytest.raises(ValueError) as caught:
        parse_format("case", zpl)
    assert complaint in str(caught.value)


def test_a_field_nobody_gives_is_named():
    with pytest.raises(ValueError, match=r"wants 'product' \(there is: code"):
        parse_format("case", TEMPLATE).fill({"code": "00061414112345678908"})


@pytest.mark.parametrize(
    ("symbol", "text", "complaint"),
    [
        (Symbol.QR, "", "a QR code needs data"),
        (Symbol.QR, "http://a/码", "has '码'"),
        (Symbol.CODE128, "AB\x1dC", "which a Code 128 cannot carry"),
        (Symbol.GS1_128, "01 95", "has ' '"),
        (Symbol.GS1_DATAMATRIX, "21AB#", "has '#'"),
        (Symbol.EAN13, "400638133393", "an EAN-13 has 13 digits"),
        (Symbol.EAN13, "4006381333932", "ends with a wrong check digit: 1"),
        (Symbol.EAN13, "400638133393X", "has 'X'"),
        (Symbol.ITF, "123", "has pairs of digits"),
        (Symbol.ITF, "", "needs data"),
    ],
)
def test_what_a_symbol_cannot_carry_is_named(symbol, text, complaint):
    with pytest.raises(ValueError) as caught:
        symbol_data(symbol, text)
    assert complaint in str(caught.value)


def test_a_fixed_bar_code_may_have_any_mode():
    zpl = '^XA^BCN,9,N,N,N,A^FDfixed^FS^FO1,1^FN1"code"^FS^XZ'
    assert parse_format("case", zpl).fields[0].symbol is Symbol.TEXT


def test_gs1_in_a_qr_code_takes_what_the_printer_takes_for_fnc1():
    zpl = '^XA^BQN,2,6^FN1"code:gs1"^FS^XZ'
    filled = parse_format("case", zpl, qr_fnc1=">8").fill({"code": "10AB\x1d21C"})
    assert b"^FN1^FH^FDQA,>810AB_1D21C^FS" in filled


@given(st.from_regex(r"[0-9A-Z>^~\x1d]{1,30}", fullmatch=True))
def test_a_code_128_says_what_was_given_by_the_manuals_table(text):
    """Read as the guide says: pairs in subset C, single characters in B."""
    data = symbol_data(Symbol.GS1_128, text) if _is_gs1(text) else None
    if data is None:
        return
    said, in_c, at = "", None, 0
    while at < len(data):
        two = data[at : at + 2]
        if two in (">;", ">:", ">6"):
            in_c, at = two == ">;", at + 2
        elif two == ">8":
            said, at = said + "\x1d", at + 2
        elif in_c:
            assert two.isdigit()
            assert len(two) == 2
            said, at = said + two, at + 2
        else:
            plain = {">0": ">", "><": "^", ">=": "~"}.get(two)
            said, at = said + (plain or data[at]), at + (2 if plain else 1)
    assert said == "\x1d" + text


def _is_gs1(text):
    return not set(text) & {"^", "~"}


@given(st.text(max_size=60))
def test_field_data_never_carries_a_command(text):
    data = field_data(text)
    inner = data.removeprefix("^FH").removeprefix("^FD").removesuffix("^FS")
    assert "^" not in inner
    assert "~" not in inner
    assert inner.isascii()
    assert inner.isprintable()


@given(
    st.lists(
        st.sampled_from([b"\x02", b"\x03", b"\r\n", b"a,b", b"\x02x\x03", b"\xff"]),
        max_size=30,
    ),
    st.integers(1, 5),
)
def test_frames_do_not_depend_on_pieces(parts, size):
    data = b"".join(parts)
    whole, pieces = FrameParser(), FrameParser()
    expected = whole.feed(data)
    got = [
        frame
        for start in range(0, len(data), size)
        for frame in pieces.feed(data[start : start + size])
    ]
    assert got == expected
    assert pieces.foreign == whole.foreign
