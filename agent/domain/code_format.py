"""What one level of a spec demands of a code, and the key the code is known by.

`key` takes the payload without AIM identifier and gives the identity key: the
text under which packages and the store know the code.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from agent.domain.gs1 import (
    FNC1_FIRST,
    GS,
    Gs1Error,
    Rules,
    check_together,
    gtin,
    join_elements,
    parse_brackets,
    parse_digital_link,
    parse_element_string,
    split_aim,
    sscc,
)

__all__ = [
    "BrandUrl",
    "CodeFormat",
    "CodeFormatError",
    "DigitalLink",
    "Digits",
    "FormatFault",
    "Gs1Element",
    "Sscc",
    "normalise_line",
    "split_aim",
]

TEXT_MAX = 512
_HOST = re.compile(r"([A-Za-z0-9.-]+(?::[0-9]+)?)(/[^\s?#]*)?")
_COMPANY_PREFIX = re.compile(r"[0-9]{4,12}")
# How packages write the separator where the control character cannot stand.
_VISIBLE_GS = re.compile(r"<GS>|<FNC1>|\{GS\}|\\x1[Dd]|\\u001[Dd]")


class FormatFault(StrEnum):
    """Why a code was refused by its format."""

    WRONG_FORMAT = "wrong_format"
    WRONG_PRODUCT = "wrong_product"


class CodeFormatError(ValueError):
    """The text is no code of this format; `fault` says of which kind it is."""

    def __init__(self, fault: FormatFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Gs1Element:
    """An element string with (01), and (21) if `needs_serial`.

    `gtin` None takes any product. `require_fnc1` refuses a symbol whose AIM
    identifier, where the reader sends one, does not promise GS1 data.
    Key: the whole element string, GS only where needed. Rules: syntax.
    """

    gtin: str | None
    needs_serial: bool = True
    require_fnc1: bool = True

    def __post_init__(self) -> None:
        _fill_gtin(self)

    def key(self, text: str, aim: str | None = None) -> str:
        """The identity key; `CodeFormatError` if the text is no such code."""
        _guard_length(text)
        if aim is not None and self.require_fnc1 and aim not in FNC1_FIRST:
            raise _wrong_format(f"symbol {aim} has no FNC1 in first place")
        try:
            elements = parse_element_string(text)
            check_together(elements, Rules.SYNTAX)
        except Gs1Error as error:
            raise _wrong_format(str(error)) from None
        values = {element.ai: element.value for element in elements}
        _check_product(values, self.gtin, self.needs_serial)
        return join_elements(elements)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalLink:
    """A GS1 Digital Link URI with 01, and 21 if `needs_serial`.

    `host` may end in a port and an own path, `qr.example.com/p`; the URI must
    have exactly this host and path. None takes any. Key: the URI at id.gs1.org
    without query, so carriers at other hosts are the same code.
    """

    gtin: str | None
    host: str | None
    needs_serial: bool = True

    def __post_init__(self) -> None:
        _fill_gtin(self)
        if self.host is not None:
            match = _HOST.fullmatch(self.host)
            if match is None:
                raise ValueError(f"host {self.host!r}: must be like qr.example.com/p")
            host = match[1].lower() + (match[2] or "").rstrip("/")
            object.__setattr__(self, "host", host)

    def key(self, text: str, aim: str | None = None) -> str:
        """The identity key; `CodeFormatError` if the text is no such code."""
        _guard_length(text)
        _refuse_fnc1(aim)
        try:
            link = parse_digital_link(text)
            check_together(link.elements, Rules.SYNTAX)
        except Gs1Error as error:
            raise _wrong_format(str(error)) from None
        found = link.host.lower() + link.own_path
        if self.host is not None and found != self.host:
            raise _wrong_format(f"URI is at {found}, must be at {self.host}")
        values = {element.ai: element.value for element in link.identity}
        _check_product(values, self.gtin, self.needs_serial)
        return link.canonical()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandUrl:
    """A brand's own URL or text: `pattern` fits the whole, its one group is the key.

    Without `case_sensitive` letters are matched in any case and the key is folded
    to small letters.
    """

    pattern: str
    case_sensitive: bool = True
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        flags = re.NOFLAG if self.case_sensitive else re.IGNORECASE
        try:
            regex = re.compile(self.pattern, flags)
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r}: {error}") from None
        if regex.groups != 1:
            raise ValueError(
                f"pattern {self.pattern!r} has {regex.groups} capture groups; "
                "exactly one must mark the identity key"
            )
        object.__setattr__(self, "_regex", regex)

    def key(self, text: str, aim: str | None = None) -> str:
        """The identity key; `CodeFormatError` if the text is no such code."""
        _guard_length(text)
        _refuse_fnc1(aim)
        if not text.isprintable():
            raise _wrong_format("text has control or unreadable characters")
        match = self._regex.fullmatch(text)
        if match is None or not match[1]:
            raise _wrong_format(f"{text[:60]!r} is no code of the brand's pattern")
        return match[1] if self.case_sensitive else match[1].casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Exactly `length` digits beginning with `prefix`. Key: the digits."""

    length: int
    prefix: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.length <= TEXT_MAX:
            raise ValueError(f"length {self.length}: must be 1 to {TEXT_MAX}")
        if self.prefix and not _is_digits(self.prefix):
            raise ValueError(f"prefix {self.prefix!r}: must be digits")
        if len(self.prefix) >= self.length:
            raise ValueError(
                f"prefix {self.prefix} leaves no digit of {self.length} to number with"
            )

    def key(self, text: str, aim: str | None = None) -> str:  # noqa: ARG002
        """The identity key; `CodeFormatError` if the text is no such code."""
        if len(text) != self.length or not _is_digits(text):
            raise _wrong_format(f"must be {self.length} digits and nothing else")
        if not text.startswith(self.prefix):
            raise _wrong_product(f"must begin with {self.prefix}")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Sscc:
    """A logistic unit: `00` and 18 digits as an element string, or 18 digits.

    Key: the 18 digits. `company_prefix` stands behind the extension digit; None
    takes any.
    """

    company_prefix: str | None

    def __post_init__(self) -> None:
        prefix = self.company_prefix
        if prefix is not None and not _COMPANY_PREFIX.fullmatch(prefix):
            raise ValueError(f"company_prefix {prefix!r}: must be 4 to 12 digits")

    def key(self, text: str, aim: str | None = None) -> str:  # noqa: ARG002
        """The identity key; `CodeFormatError` if the text is no such code."""
        _guard_length(text)
        digits = text[2:] if len(text) == 20 and text.startswith("00") else text
        try:
            found = sscc(digits)
        except Gs1Error as error:
            raise _wrong_format(str(error)) from None
        if not found.startswith(self.company_prefix or "", 1):
            raise _wrong_product(f"SSCC {found} is not of {self.company_prefix}")
        return found


CodeFormat = Gs1Element | DigitalLink | BrandUrl | Digits | Sscc


def normalise_line(fmt: CodeFormat, line: str) -> tuple[str, str]:
    """The identity key and the text to print, of one code of a package.

    For GS1 formats the line may be bracket text. In a line without a raw GS the
    separator may be written `<GS>`, `<FNC1>`, `{GS}`, `\\x1d` or `\\u001d`; a
    separator in front means FNC1 and is dropped, it belongs to the symbol.
    `CodeFormatError` as for `key`.
    """
    if isinstance(fmt, Gs1Element):
        key = fmt.key(_element_line(line))
        return key, key
    text = _element_line(line) if isinstance(fmt, Sscc) else line
    return fmt.key(text), text


def _element_line(line: str) -> str:
    _guard_length(line)
    if line.startswith("("):
        try:
            return join_elements(parse_brackets(line))
        except Gs1Error as error:
            raise _wrong_format(str(error)) from None
    text = line if GS in line else _VISIBLE_GS.sub(GS, line)
    return text.removeprefix(GS)


def _fill_gtin(fmt: Gs1Element | DigitalLink) -> None:
    if fmt.gtin is not None:
        object.__setattr__(fmt, "gtin", gtin(fmt.gtin))


def _check_product(
    values: dict[str, str], wanted: str | None, needs_serial: bool
) -> None:
    found = values.get("01")
    if found is None:
        raise _wrong_format("code has no GTIN, AI (01)")
    if wanted is not None and found != wanted:
        raise _wrong_product(f"GTIN is {found}, must be {wanted}")
    if needs_serial and "21" not in values:
        raise _wrong_format("code has no serial number, AI (21)")


def _guard_length(text: str) -> None:
    if len(text) > TEXT_MAX:
        raise _wrong_format(f"{len(text)} characters; at most {TEXT_MAX}")


def _refuse_fnc1(aim: str | None) -> None:
    if aim in FNC1_FIRST:
        raise _wrong_format(f"symbol {aim} promises GS1 elements, must hold a URL")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _wrong_format(message: str) -> CodeFormatError:
    return CodeFormatError(FormatFault.WRONG_FORMAT, message)


def _wrong_product(message: str) -> CodeFormatError:
    return CodeFormatError(FormatFault.WRONG_PRODUCT, message)
