import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.code_format import (
    BrandUrl,
    CodeFormatError,
    DigitalLink,
    Digits,
    FormatFault,
    Gs1Element,
    Sscc,
    normalise_line,
)

calm = settings(deadline=None)
GTIN = "06901234567892"
OTHER = "16901234567899"
SSCC = "069012340000000016"

ELEMENT = Gs1Element(gtin=GTIN)
LINK = DigitalLink(gtin=GTIN, host="QR.example.com/p")
AT = "https://qr.example.com/p"
BRAND = BrandUrl(pattern=r"https://h\.cn/x\?c=([A-Z0-9]{6,24})(?:&.*)?")
DIGITS = Digits(length=10, prefix="12")
LABEL = Sscc(company_prefix="6901234")


@pytest.mark.parametrize(
    ("fmt", "text", "key"),
    [
        (ELEMENT, f"01{GTIN}21ABC", f"01{GTIN}21ABC"),
        (ELEMENT, f"01{GTIN}\x1d21ABC\x1d", f"01{GTIN}21ABC"),
        (ELEMENT, f"01{GTIN}21A\x1d91B", f"01{GTIN}21A\x1d91B"),
        (Gs1Element(gtin=None), f"01{OTHER}21ABC", f"01{OTHER}21ABC"),
        (Gs1Element(gtin="6901234567892"), f"01{GTIN}21A", f"01{GTIN}21A"),
        (Gs1Element(gtin=GTIN, needs_serial=False), f"01{GTIN}10L", f"01{GTIN}10L"),
        (LINK, f"{AT}/01/{GTIN}/21/A?17=261231", f"https://id.gs1.org/01/{GTIN}/21/A"),
        (LINK, f"HTTPS://QR.EXAMPLE.COM/p/01/{GTIN}/21/%41", None),
        (DigitalLink(gtin=None, host="x/"), f"http://X/01/{GTIN}/21/A", None),
        (DigitalLink(gtin=None, host=None), f"http://x/01/{GTIN}/21/A", None),
        (BRAND, "https://h.cn/x?c=ABC123", "ABC123"),
        (BRAND, "https://h.cn/x?c=ABC123&f=1", "ABC123"),
        (BrandUrl(pattern="U/(.+)", case_sensitive=False), "u/AbC", "abc"),
        (BrandUrl(pattern="(.*)"), "瓶盖 1", "瓶盖 1"),
        (DIGITS, "1234567890", "1234567890"),
        (LABEL, SSCC, SSCC),
        (LABEL, "00" + SSCC, SSCC),
        (Sscc(company_prefix=None), SSCC, SSCC),
    ],
)
def test_key(fmt, text, key):
    assert fmt.key(text) == (key or f"https://id.gs1.org/01/{GTIN}/21/A")


@pytest.mark.parametrize(
    ("fmt", "text"),
    [
        (ELEMENT, ""),
        (ELEMENT, "瓶"),
        (ELEMENT, f"01{GTIN}"),
        (ELEMENT, f"01{GTIN}10L"),
        (ELEMENT, "21ABC"),
        (ELEMENT, "01069012345678932" + "1A"),
        (ELEMENT, f"\x1d01{GTIN}21A"),
        (ELEMENT, f"01{GTIN}21A\n"),
        (ELEMENT, f"01{GTIN}21A\x1d10B\x1d10C"),
        (ELEMENT, f"(01){GTIN}(21)A"),
        (ELEMENT, f"01{GTIN}21A\x1d91" + "B" * 500),
        (LINK, f"https://qr.example.com/01/{GTIN}/21/A"),
        (LINK, f"https://example.com/p/01/{GTIN}/21/A"),
        (LINK, f"{AT}/01/{GTIN}"),
        (LINK, f"{AT}/01/{GTIN}/21/A?01={GTIN}"),
        (LINK, f"{AT}/00/{SSCC}"),
        (LINK, f"{AT}/01/{GTIN}/21/A?235=B"),
        (LINK, f"{AT}/01/{GTIN}/21/A?3102=000001&3103=000001"),
        (LINK, f"{AT}/01/{GTIN}/21/A?c=" + "x" * 500),
        (BRAND, "https://h.cn/x?c=abc123"),
        (BRAND, "x https://h.cn/x?c=ABC123"),
        (BRAND, "https://h.cn/x?c=ABC123\n"),
        (BRAND, "https://h.cn/x?c=ABC123&\x1d"),
        (BRAND, "https://h.cn/x?c=ABC123&" + "x" * 500),
        (BrandUrl(pattern="(.+)"), "\udcff"),
        (BrandUrl(pattern="x(y)?"), "x"),
        (DIGITS, "123456789"),
        (DIGITS, "12345678901"),
        (DIGITS, "12345678٩0"),
        (DIGITS, "123456789\n"),
        (LABEL, "069012340000000017"),
        (LABEL, "00" + SSCC + "\x1d"),
        (LABEL, "01" + SSCC),
        (LABEL, SSCC[:-1]),
        (LABEL, "0" * 513),
    ],
)
def test_wrong_format(fmt, text):
    with pytest.raises(CodeFormatError) as refusal:
        fmt.key(text)
    assert refusal.value.fault is FormatFault.WRONG_FORMAT
    assert str(refusal.value)


@pytest.mark.parametrize(
    ("fmt", "text"),
    [
        (ELEMENT, f"01{OTHER}21ABC"),
        (ELEMENT, f"01{OTHER}10L"),
        (LINK, f"{AT}/01/{OTHER}/21/A"),
        (DIGITS, "1334567890"),
        (LABEL, "069012350000000015"),
    ],
)
def test_wrong_product(fmt, text):
    with pytest.raises(CodeFormatError) as refusal:
        fmt.key(text)
    assert refusal.value.fault is FormatFault.WRONG_PRODUCT


@pytest.mark.parametrize("aim", ["]C1", "]d2", "]d5", "]Q3", "]Q4", "]e0", "]J1"])
def test_fnc1_is_promised_by(aim):
    assert ELEMENT.key(f"01{GTIN}21A", aim)
    for fmt, text in (
        (LINK, f"{AT}/01/{GTIN}/21/A"),
        (BRAND, "https://h.cn/x?c=ABC123"),
    ):
        with pytest.raises(CodeFormatError) as refusal:
            fmt.key(text, aim)
        assert refusal.value.fault is FormatFault.WRONG_FORMAT


@pytest.mark.parametrize("aim", ["]C0", "]d1", "]Q1", "]E0", "]I1", "]XX"])
def test_fnc1_is_not_promised_by(aim):
    assert LINK.key(f"{AT}/01/{GTIN}/21/A", aim)
    assert Gs1Element(gtin=GTIN, require_fnc1=False).key(f"01{GTIN}21A", aim)
    with pytest.raises(CodeFormatError, match="FNC1"):
        ELEMENT.key(f"01{GTIN}21A", aim)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Gs1Element(gtin="06901234567893"), "check digit"),
        (lambda: Gs1Element(gtin="GTIN"), "digits"),
        (lambda: DigitalLink(gtin=None, host=""), "host ''"),
        (lambda: DigitalLink(gtin=None, host="https://a.cn"), "host 'https"),
        (lambda: DigitalLink(gtin=None, host="a.cn/?x"), "host 'a.cn/"),
        (lambda: BrandUrl(pattern="("), "pattern '\\('"),
        (lambda: BrandUrl(pattern="abc"), "has 0 capture groups"),
        (lambda: BrandUrl(pattern="(a)(b)"), "has 2 capture groups"),
        (lambda: Digits(length=0), "length 0"),
        (lambda: Digits(length=513), "length 513"),
        (lambda: Digits(length=4, prefix="ab"), "prefix 'ab'"),
        (lambda: Digits(length=4, prefix="1234"), "leaves no digit"),
        (lambda: Sscc(company_prefix="690"), "company_prefix '690'"),
        (lambda: Sscc(company_prefix=""), "company_prefix ''"),
    ],
)
def test_a_format_nothing_can_have_is_refused(make, why):
    with pytest.raises(ValueError, match=why):
        make()


@pytest.mark.parametrize(
    "line",
    [
        f"01{GTIN}21A\x1d91B",
        f"\x1d01{GTIN}21A\x1d91B",
        f"(01){GTIN}(21)A(91)B",
        f"01{GTIN}21A<GS>91B",
        f"<FNC1>01{GTIN}21A<FNC1>91B",
        rf"01{GTIN}21A\x1d91B",
        rf"01{GTIN}21A\u001D91B",
        f"01{GTIN}21A{{GS}}91B",
    ],
)
def test_package_lines_of_element_strings(line):
    canonical = f"01{GTIN}21A\x1d91B"
    assert normalise_line(ELEMENT, line) == (canonical, canonical)


def test_a_raw_separator_leaves_angle_brackets_alone():
    line = f"01{GTIN}21A<GS>\x1d91B"
    assert normalise_line(ELEMENT, line) == (line, line)


@pytest.mark.parametrize(
    ("fmt", "line", "key", "printed"),
    [
        (LABEL, f"(00){SSCC}", SSCC, "00" + SSCC),
        (LABEL, SSCC, SSCC, SSCC),
        (BRAND, "https://h.cn/x?c=ABC123", "ABC123", "https://h.cn/x?c=ABC123"),
        (DIGITS, "1234567890", "1234567890", "1234567890"),
    ],
)
def test_package_lines_of_other_formats(fmt, line, key, printed):
    assert normalise_line(fmt, line) == (key, printed)


@pytest.mark.parametrize(
    "line", [f"(01){GTIN}", "(01", f"(01){OTHER}(21)A", "x" * 513, ""]
)
def test_bad_package_lines(line):
    with pytest.raises(CodeFormatError):
        normalise_line(ELEMENT, line)


texts = st.text() | st.lists(
    st.sampled_from([f"01{GTIN}", "21", "A", "\x1d", AT, "/01/", GTIN, "/21/", "00"])
).map("".join)


@calm
@given(texts, st.sampled_from([ELEMENT, LINK, BRAND, DIGITS, LABEL]))
def test_any_text_gives_a_key_or_the_declared_error(text, fmt):
    for ask in (fmt.key, lambda line: normalise_line(fmt, line)[0]):
        try:
            key = ask(text)
        except CodeFormatError:
            continue
        assert key


@calm
@given(st.text("ABCxyz019!(/%", min_size=1, max_size=20))
def test_carriers_of_one_serial_have_one_key_each(serial):
    element = f"01{GTIN}21{serial}"
    assert ELEMENT.key(element) == element
    escaped = serial.replace("(", "\\(")
    assert normalise_line(ELEMENT, f"(01){GTIN}(21){escaped}") == (element, element)
    quoted = "".join(f"%{ord(c):02x}" for c in serial)
    link = LINK.key(f"{AT}/01/{GTIN}/21/{quoted}")
    assert DigitalLink(gtin=GTIN, host="id.gs1.org").key(link) == link
