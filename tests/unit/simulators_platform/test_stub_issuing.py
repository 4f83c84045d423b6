"""Orders and packages issued from a seed, and from a plant's own file."""

import zipfile

import pytest
from biip.checksums import gs1_standard_check_digit
from hypothesis import given
from hypothesis import strategies as st

from agent.documents import to_spec
from agent.domain.code_format import normalise_line
from agent.domain.words import Level
from simulators.platform import (
    AlreadyIssuedError,
    Carrier,
    OrderPlan,
    PlatformLedger,
    UserCodesError,
    issue_order,
    read_user_codes,
)
from simulators.platform.issuing import target_for, with_margin
from simulators.platform.serials import sscc

GTIN = "06901234567892"


def plan(order="MO-1", **changes) -> OrderPlan:
    return OrderPlan(
        **({"line": "L1", "order": order, "target": 100, "seed": 5} | changes)
    )


def every_code(ledger, issued):
    for package in issued.packages:
        yield package, ledger.catalogue.codes(package.package)


@pytest.mark.parametrize("carrier", Carrier)
def test_codes_are_those_of_the_spec(ledger, carrier):
    issued = issue_order(ledger, plan(carrier=carrier))
    spec = to_spec(issued.spec)
    for package, codes in every_code(ledger, issued):
        keys = {
            normalise_line(spec.level(package.level).format, code)[0] for code in codes
        }
        assert len(keys) == len(codes) == package.codes


def test_counts_have_a_margin(ledger):
    issued = issue_order(ledger, plan(target=2880))
    counts = {package.level: package.codes for package in issued.packages}
    # 120 cases and 2 pallets, a tenth more, and two labels besides.
    assert counts == {Level.UNIT: 3168, Level.CASE: 134, Level.PALLET: 5}
    assert issued.order.target == 2880


def test_unit_codes_are_gtin_and_serial(ledger):
    issue_order(ledger, plan())
    codes = ledger.catalogue.codes("MO-1-unit")
    assert all(code.startswith(f"01{GTIN}21") for code in codes)
    assert len({len(code) for code in codes}) == 1


def test_the_same_seed_issues_the_same_codes_elsewhere(ledger):
    issue_order(ledger, plan())
    with PlatformLedger() as other:
        issue_order(other, plan())
        ours, theirs = (each.catalogue.codes("MO-1-unit") for each in (ledger, other))
        issue_order(other, plan("MO-2", seed=6))
        assert ours == theirs != other.catalogue.codes("MO-2-unit")


def test_no_code_is_issued_twice_even_from_the_same_seed(ledger):
    seen: set[str] = set()
    for number in range(4):
        issued = issue_order(ledger, plan(f"MO-{number}"))
        for _, codes in every_code(ledger, issued):
            assert seen.isdisjoint(codes)
            seen.update(codes)


def test_an_order_is_issued_once(ledger):
    issue_order(ledger, plan())
    with pytest.raises(AlreadyIssuedError, match="order MO-1 was issued before"):
        issue_order(ledger, plan())


def test_spec_is_published_anew_only_when_it_changes(ledger):
    versions = [
        issue_order(ledger, plan(f"MO-{n}", per_case=per_case)).spec.version
        for n, per_case in enumerate([24, 24, 12, 12, 24])
    ]
    assert versions == [1, 1, 2, 2, 3]
    assert len(ledger.catalogue.page("L1", "specs", "").items) == 3


@given(st.text("0123456789", min_size=7, max_size=7), st.integers(0, 10**9 - 1))
def test_sscc_has_18_digits_and_the_right_check_digit(prefix, number):
    digits = sscc(prefix, number)
    assert len(digits) == 18
    assert digits[1:8] == prefix
    assert gs1_standard_check_digit(digits[:-1]) == int(digits[-1])


def test_sscc_of_the_reference():
    assert sscc("6901234", 1) == "069012340000000016"


def test_sscc_numbers_run_out_instead_of_repeating():
    with pytest.raises(ValueError, match="company prefix 690123456789 has no number"):
        sscc("690123456789", 10_000)


@given(st.integers(1, 10**6))
def test_target_for_leaves_the_margin(codes):
    target = target_for(codes)
    assert target >= 1
    assert with_margin(target, 0.1) <= max(codes, 2)


def test_margin_is_not_rounded_up_by_a_float():
    assert with_margin(50, 0.1) == 55


URLS = "https://h.example.cn/x?c=AB{}"


def write(tmp_path, text, encoding="utf-8", name="codes.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_urls_of_one_stem(tmp_path, encoding, end):
    lines = [URLS.format(n) for n in (1234, 9876, 5555)]
    path = write(tmp_path, end.join(lines) + end, encoding)
    units = read_user_codes(path)
    assert units.codes == tuple(lines)
    assert units.format.pattern == r"^https://h\.example\.cn/x\?c=(.+)$"
    assert units.symbology == "qr"
    assert units.body == path.read_bytes()


def test_pairs_give_their_first_and_keep_their_file(tmp_path):
    path = write(tmp_path, "https://h.cn/A1,111\nhttps://h.cn/B2,222\n")
    units = read_user_codes(path)
    assert units.codes == ("https://h.cn/A1", "https://h.cn/B2")
    assert units.format.pattern == r"^https://h\.cn/(.+)$"


@pytest.mark.parametrize(
    ("lines", "serial"),
    [
        ([f"01{GTIN}21AAA", f"01{GTIN}21BBB"], True),
        ([f"(01){GTIN}(21)AAA", f"(01){GTIN}(10)L1(21)BBB"], True),
        ([f"01{GTIN}10L1\x1d21AAA", f"01{GTIN}21BBB"], False),
        ([f"01{GTIN}"], False),
    ],
)
def test_element_strings_of_one_product(tmp_path, lines, serial):
    units = read_user_codes(write(tmp_path, "\n".join(lines)))
    assert units.codes == tuple(lines), "a GS inside a code is not an end of line"
    assert (units.format.gtin, units.format.needs_serial) == (GTIN, serial)
    assert units.symbology == "gs1_data_matrix"


def test_digits_of_one_length(tmp_path):
    units = read_user_codes(write(tmp_path, "1234567890123456\n6543210987654321\n"))
    assert (units.format.kind, units.format.length) == ("digits", 16)


def test_numbers_that_begin_with_01_are_no_element_strings(tmp_path):
    units = read_user_codes(write(tmp_path, "0112345678901234\n0112345678905678\n"))
    assert (units.format.kind, units.format.length) == ("digits", 16)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no codes in it"),
        ("\n \r\n", "no codes in it"),
        ("123\n1234\n", "digits of several lengths: 1 with 3, 1 with 4"),
        ("https://a.cn/1\nhttps://b.cn/2\n", "the URLs begin differently"),
        ("https://a.cn/1\nhttp://a.cn/2\n", "the URLs begin differently"),
        ("https://a.cn/x/\nhttps://a.cn/x/2\n", "code 1 is only https://a.cn/x/"),
        (
            f"01{GTIN}21A\n0116901234567899" + "21B\n",
            f"codes of 2 products: {GTIN} (1), 16901234567899 (1)",
        ),
        ("010690123456789121A\n", "check digit of GTIN 06901234567891 should be 2"),
        (
            "https://a.cn/1\nhello\n",
            "neither all URLs, nor all GS1 element strings (01)…, nor all digits. "
            "Seen: 'https://a.cn/1' and 'hello'",
        ),
    ],
)
def test_what_fits_no_format_is_refused_with_what_was_seen(tmp_path, text, message):
    with pytest.raises(UserCodesError) as caught:
        read_user_codes(write(tmp_path, text))
    assert message in str(caught.value)
    assert "codes.txt" in str(caught.value)


def test_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(UserCodesError, match="No such file or directory"):
        read_user_codes(tmp_path / "none.txt")
    path = tmp_path / "image.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff")
    with pytest.raises(UserCodesError, match="neither UTF-8 nor GBK"):
        read_user_codes(path)


def test_zipped_package(tmp_path):
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("codes.csv", "11111111\n22222222\n")
    units = read_user_codes(path)
    assert units.codes == ("11111111", "22222222")
    assert units.body == b"11111111\n22222222\n"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.txt", "3\n")
    with pytest.raises(UserCodesError, match="2 text files in the archive"):
        read_user_codes(path)


def test_own_codes_are_sent_as_the_file_they_came_in(ledger, tmp_path):
    path = write(tmp_path, "".join(f"{n:010d}\r\n" for n in range(60)))
    issued = issue_order(ledger, plan(target=50), read_user_codes(path))
    assert issued.packages[0].codes == 60
    body = b"".join(ledger.catalogue.file_pieces("MO-1-unit", 0, 60 * 12 - 1))
    assert body == path.read_bytes()
    assert issued.spec.levels[0].format.kind == "digits"


def test_own_codes_are_issued_once(ledger, tmp_path):
    first = write(tmp_path, "".join(f"{n:010d}\n" for n in range(60)))
    second = write(
        tmp_path, "".join(f"{n:010d}\n" for n in range(59, 130)), name="b.txt"
    )
    issue_order(ledger, plan(target=50), read_user_codes(first))
    with pytest.raises(AlreadyIssuedError, match=r"'0000000059' \(line 1\)"):
        issue_order(ledger, plan("MO-2", target=50), read_user_codes(second))
    assert ledger.catalogue.order("MO-2") is None
    assert len(ledger.catalogue.page("L1", "specs", "").items) == 1


def test_too_few_own_codes_are_refused(ledger, tmp_path):
    path = write(tmp_path, "".join(f"{n:010d}\n" for n in range(60)))
    with pytest.raises(UserCodesError, match=r"60 codes for a target of 61; .* for 54"):
        issue_order(ledger, plan(target=61), read_user_codes(path))
