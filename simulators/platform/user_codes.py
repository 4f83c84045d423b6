"""A code package as a plant has it, and the format its unit codes share."""

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path

from biip.checksums import gs1_standard_check_digit

from agent.documents import (
    BrandUrlDocument,
    DigitsDocument,
    FormatDocument,
    Gs1ElementDocument,
    SymbologyName,
)

_TEXT_SUFFIXES = (".txt", ".csv")
# A code package of ten million codes of 60 bytes; beyond it a demo has no use.
_SIZE_MAX = 1 << 30
_GS1 = re.compile(r"(?:\(01\)([0-9]{14})|01([0-9]{14}))(.*)", re.DOTALL)
_SEEN_MAX = 60


class UserCodesError(ValueError):
    """A file that is no code package of one known format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCodes:
    """The codes of a file in its order, their common format and a carrier for it.

    `body` is the file itself (unzipped): it is what the line will be sent.
    """

    codes: tuple[str, ...]
    format: FormatDocument
    symbology: SymbologyName
    body: bytes


def read_user_codes(path: Path) -> UserCodes:
    """The code package at `path`: text or csv, zipped or not, UTF-8 or GBK.

    Where every line is a pair `code,verify-code` the first is the code.
    `UserCodesError` says what was seen where no format fits.
    """
    body = _body(path)
    # Not splitlines, not strip(): both take the separator GS of a code for blank.
    try:
        text = as_text(body)
    except UnicodeDecodeError:
        raise UserCodesError(f"{path}: neither UTF-8 nor GBK; save as UTF-8") from None
    lines = [line.strip("\r\t ") for line in text.split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        raise UserCodesError(f"{path}: no codes in it")
    paired = all(line.count(",") == 1 for line in lines)
    codes = tuple(line.split(",")[0].rstrip() if paired else line for line in lines)
    format_, symbology = _format(path, codes)
    return UserCodes(codes=codes, format=format_, symbology=symbology, body=body)


def _body(path: Path) -> bytes:
    try:
        if not zipfile.is_zipfile(path):
            _check_size(path, path.stat().st_size)
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            texts = [
                each
                for each in archive.infolist()
                if each.filename.lower().endswith(_TEXT_SUFFIXES)
            ]
            if len(texts) != 1:
                raise UserCodesError(
                    f"{path}: {len(texts)} text files in the archive; must be one, "
                    "ending in .txt or .csv"
                )
            _check_size(path, texts[0].file_size)
            return archive.read(texts[0])
    except OSError as error:
        raise UserCodesError(f"{path}: {error.strerror}; check the path") from None
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise UserCodesError(f"{path}: cannot be unpacked: {error}") from None


def _check_size(path: Path, size: int) -> None:
    if size > _SIZE_MAX:
        raise UserCodesError(f"{path}: {size} bytes; at most {_SIZE_MAX}")


def as_text(body: bytes) -> str:
    """A package file as text: UTF-8 with or without BOM, or GBK; else
    `UnicodeDecodeError`."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def _format(path: Path, codes: tuple[str, ...]) -> tuple[FormatDocument, SymbologyName]:
    if all(code.lower().startswith(("http://", "https://")) for code in codes):
        return _brand_url(path, codes), "qr"
    matches = [_GS1.fullmatch(code) for code in codes]
    elements = [match for match in matches if match]
    plain = all(code.isascii() and code.isdigit() for code in codes)
    if len(elements) == len(codes):
        try:
            return _gs1_element(path, elements), "gs1_data_matrix"
        except UserCodesError:
            # Plain numbers may begin with 01, too.
            if not plain:
                raise
    if plain:
        return _digits(path, codes), "data_matrix"
    raise UserCodesError(
        f"{path}: the lines are neither all URLs, nor all GS1 element strings (01)…, "
        f"nor all digits. Seen: {_seen(codes)}. Give one kind of code in one file"
    )


def _brand_url(path: Path, codes: tuple[str, ...]) -> BrandUrlDocument:
    shared = commonprefix(codes)  # noqa: RUF071 - of texts, character by character
    stem = shared[: max(shared.rfind("/"), shared.rfind("=")) + 1]
    if stem.count("/") < 3:
        raise UserCodesError(
            f"{path}: the URLs begin differently: {_seen(codes)}. "
            "Give the URLs of one host in one file"
        )
    empty = [number for number, code in enumerate(codes, 1) if code == stem]
    if empty:
        raise UserCodesError(
            f"{path}: code {empty[0]} is only {stem}, nothing after it"
        )
    return BrandUrlDocument(pattern=f"^{re.escape(stem)}(.+)$")


def _gs1_element(path: Path, elements: list[re.Match[str]]) -> Gs1ElementDocument:
    products = Counter(match[1] or match[2] for match in elements)
    if len(products) > 1:
        shown = ", ".join(f"{gtin} ({n})" for gtin, n in products.most_common(3))
        raise UserCodesError(
            f"{path}: codes of {len(products)} products: {shown}. "
            "Give the codes of one GTIN in one file"
        )
    gtin = next(iter(products))
    expected = str(gs1_standard_check_digit(gtin[:-1]))
    if gtin[-1] != expected:
        raise UserCodesError(f"{path}: check digit of GTIN {gtin} should be {expected}")
    serial = all("(21)" in m[3] if m[1] else m[3].startswith("21") for m in elements)
    return Gs1ElementDocument(gtin=gtin, needs_serial=serial)


def _digits(path: Path, codes: tuple[str, ...]) -> DigitsDocument:
    lengths = Counter(len(code) for code in codes)
    if len(lengths) > 1:
        common = lengths.most_common(3)
        shown = ", ".join(f"{n} with {length}" for length, n in common)
        raise UserCodesError(
            f"{path}: digits of several lengths: {shown}. Give one length in one file"
        )
    return DigitsDocument(length=len(codes[0]))


def _seen(codes: tuple[str, ...]) -> str:
    """The first code and the first that begins otherwise."""
    other = next((c for c in codes if c[:8] != codes[0][:8]), codes[-1])
    return " and ".join(repr(c[:_SEEN_MAX]) for c in dict.fromkeys((codes[0], other)))
