"""What the platform sends down (规格模板, 生产任务, 码包清单), as closed models.

`read_document` turns parsed JSON into one of them or says what is wrong and where;
`to_spec` and `to_order` hand the domain its own values. `spec_to_json` and
`spec_from_json` are the text kept in the fact `OrderReceived`.
"""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from agent.domain.code_format import (
    BrandUrl,
    CodeFormat,
    DigitalLink,
    Digits,
    Gs1Element,
    Sscc,
)
from agent.domain.gs1.check_digits import check_digit
from agent.domain.spec import LevelSpec, Order, Spec
from agent.domain.words import Level, Mode

SymbologyName = Literal[
    "qr", "data_matrix", "gs1_data_matrix", "gs1_qr", "code_128", "gs1_128"
]
SYMBOLOGIES: tuple[SymbologyName, ...] = get_args(SymbologyName)

_GS1_CARRIERS = frozenset({"gs1_data_matrix", "gs1_qr", "gs1_128"})
_CARRIERS = {
    "gs1_element": frozenset(SYMBOLOGIES),
    "sscc": _GS1_CARRIERS,
    "digital_link": frozenset({"qr", "data_matrix"}),
    "brand_url": frozenset({"qr", "data_matrix"}),
    "digits": frozenset({"qr", "data_matrix", "code_128"}),
}
_CONTAINERS = frozenset({Level.BOX, Level.CASE, Level.PALLET})
_OUTWARDS = tuple(Level)


def _gtin(gtin: str) -> str:
    expected = check_digit(gtin[:-1])
    if gtin[-1] != expected:
        raise ValueError(
            f"GTIN {gtin} ends in {gtin[-1]}, its check digit is {expected}"
        )
    return gtin


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("a date as 2026-03-02 is needed")
    return date.fromisoformat(value)


def _identity_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if groups != 1:
        raise ValueError(f"{groups} capture groups; exactly one marks the identity key")
    return pattern


# Names travel in URLs and become file names: no separators, no leading dot.
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")]
Text = Annotated[str, StringConstraints(pattern=r"^[^\p{Cc}]{1,128}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Gtin = Annotated[str, StringConstraints(pattern="^[0-9]{14}$"), AfterValidator(_gtin)]
Pattern = Annotated[
    str, StringConstraints(max_length=512), AfterValidator(_identity_pattern)
]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:\d+)?(/[^\s?#]+)?$")]
CompanyPrefix = Annotated[str, StringConstraints(pattern="^[0-9]{4,12}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Positive = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
Flag = Annotated[bool, Field(strict=True)]
# A calendar day as "2026-03-02"; no number of seconds, no time of day.
Day = Annotated[date, BeforeValidator(_day)]
# 0 (F) to 4 (A); whole numbers too, but neither a letter nor a truth value.
Grade = Annotated[float, Field(strict=True, ge=0, le=4)]


class DocumentError(ValueError):
    """A document that cannot be used: `problems` say where and why."""

    def __init__(self, document: str, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"{document}: {'; '.join(problems)}. "
            "Correct it at the platform and issue it again."
        )
        self.document = document
        self.problems = problems


class Document(BaseModel):
    """The base of what the platform sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Gs1ElementDocument(Document):
    """A GS1 element string of one product (any, if `gtin` is null)."""

    kind: Literal["gs1_element"] = "gs1_element"
    gtin: Gtin | None
    needs_serial: Flag = True
    require_fnc1: Flag = True


class DigitalLinkDocument(Document):
    """A GS1 Digital Link URI of one product at one host (null: any)."""

    kind: Literal["digital_link"] = "digital_link"
    gtin: Gtin | None
    host: Host | None
    needs_serial: Flag = True


class BrandUrlDocument(Document):
    """A brand's own URL; the capture group of `pattern` is the identity key."""

    kind: Literal["brand_url"] = "brand_url"
    pattern: Pattern
    case_sensitive: Flag = True


class DigitsDocument(Document):
    """Digits of a fixed `length`, `prefix` included."""

    kind: Literal["digits"] = "digits"
    length: Annotated[int, Field(strict=True, ge=1, le=512)]
    prefix: Annotated[str, StringConstraints(pattern="^[0-9]*$")] = ""

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if len(self.prefix) >= self.length:
            raise ValueError(f"prefix {self.prefix} leaves no digit of {self.length}")
        return self


class SsccDocument(Document):
    """Serial shipping container codes of one company (any, if it is null)."""

    kind: Literal["sscc"] = "sscc"
    company_prefix: CompanyPrefix | None


FormatDocument = Annotated[
    Gs1ElementDocument
    | DigitalLinkDocument
    | BrandUrlDocument
    | DigitsDocument
    | SsccDocument,
    Field(discriminator="kind"),
]


class LevelDocument(Document):
    """One level: code format, carrier, children held, label template, least grade.

    A `minimum_grade` of none is left out when written: specs in journals from before
    there was one keep their text.
    """

    level: Level
    mode: Mode
    format: FormatDocument
    symbology: SymbologyName
    holds: Count = 0
    template: Annotated[str, StringConstraints(pattern=r"^[\w.-]{0,64}$")] = ""
    minimum_grade: Grade | None = Field(default=None, exclude_if=lambda v: v is None)

    @model_validator(mode="after")
    def _carrier_fits(self) -> Self:
        fitting = _CARRIERS[self.format.kind]
        if isinstance(self.format, Gs1ElementDocument) and self.format.require_fnc1:
            fitting = _GS1_CARRIERS
        if self.symbology not in fitting:
            raise ValueError(
                f"{self.symbology} cannot carry {self.format.kind} as asked; "
                f"use one of {', '.join(sorted(fitting))}"
            )
        return self


class SpecDocument(Document):
    """A version of a product's rules, levels from the unit outwards."""

    spec: Identifier
    version: Positive
    product: Text
    levels: Annotated[tuple[LevelDocument, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _levels_nest(self) -> Self:
        places = [_OUTWARDS.index(each.level) for each in self.levels]
        if any(inner >= outer for inner, outer in pairwise(places)):
            raise ValueError("levels must be distinct and go from the unit outwards")
        for index, each in enumerate(self.levels):
            packs = index > 0 and each.level in _CONTAINERS
            if packs and not each.holds:
                raise ValueError(f"level {each.level} must say how many it holds")
            if each.holds and not packs:
                raise ValueError(f"level {each.level} holds nothing: holds must be 0")
            if packs and each.minimum_grade is not None:
                raise ValueError(
                    f"level {each.level} cannot have a minimum_grade: labels are read "
                    "back by readers, which do not grade; leave it out"
                )
        return self


class OrderDocument(Document):
    """A production run under one spec version."""

    order: Identifier
    product: Text
    batch: Text
    target: Positive
    spec: Identifier
    spec_version: Positive
    close_short: Flag = False
    production: Day | None = None
    expiry: Day | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.production and self.expiry and self.expiry < self.production:
            raise ValueError(
                f"expiry {self.expiry} lies before production {self.production}"
            )
        return self


class PackageDocument(Document):
    """The manifest of a code package: what the file must turn out to be."""

    package: Identifier
    level: Level
    order: Identifier
    product: Text
    codes: Positive
    sha256: Sha256
    version: Positive = 1


D = TypeVar("D", bound=Document)


def read_document(model: type[D], raw: JsonValue, name: str) -> D:
    """`raw` as a `model`, or `DocumentError` naming the document and each fault."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = tuple(_problem(each) for each in error.errors(include_url=False))
        raise DocumentError(name, problems) from None


def to_spec(document: SpecDocument) -> Spec:
    """The spec as the line uses it."""
    return Spec(
        spec=document.spec,
        version=document.version,
        product=document.product,
        levels=tuple(_level_spec(each) for each in document.levels),
    )


def from_spec(spec: Spec) -> SpecDocument:
    """The document `to_spec` makes `spec` of."""
    return SpecDocument(
        spec=spec.spec,
        version=spec.version,
        product=spec.product,
        levels=tuple(_level_document(each) for each in spec.levels),
    )


def spec_to_json(spec: Spec) -> str:
    """The spec as JSON text for the journal; `spec_from_json` reads it back."""
    return from_spec(spec).model_dump_json()


def spec_from_json(text: str) -> Spec:
    """The spec of `spec_to_json`; `DocumentError` if the text is not one."""
    try:
        return to_spec(SpecDocument.model_validate_json(text))
    except ValidationError as error:
        problems = tuple(_problem(each) for each in error.errors(include_url=False))
        raise DocumentError("spec in the journal", problems) from None


def to_order(document: OrderDocument, spec: Spec) -> Order:
    """The order under `spec`; `DocumentError` if it asks for another one."""
    wanted = (document.spec, document.spec_version, document.product)
    if wanted != (spec.spec, spec.version, spec.product):
        raise DocumentError(
            f"order {document.order}",
            (
                f"spec: asks for {document.spec} v{document.spec_version} of "
                f"{document.product}, there is {spec.spec} v{spec.version} of "
                f"{spec.product}",
            ),
        )
    return Order(
        order=document.order,
        product=document.product,
        batch=document.batch,
        target=document.target,
        spec=spec,
        close_short=document.close_short,
        production=document.production,
        expiry=document.expiry,
    )


def _level_spec(document: LevelDocument) -> LevelSpec:
    return LevelSpec(
        level=document.level,
        mode=document.mode,
        format=_format(document.format),
        symbology=document.symbology,
        holds=document.holds,
        template=document.template,
        minimum_grade=document.minimum_grade,
    )


def _level_document(spec: LevelSpec) -> LevelDocument:
    return LevelDocument.model_validate(
        {
            "level": spec.level,
            "mode": spec.mode,
            "format": _format_document(spec.format),
            "symbology": spec.symbology,
            "holds": spec.holds,
            "template": spec.template,
            "minimum_grade": spec.minimum_grade,
        }
    )


def _format(document: FormatDocument) -> CodeFormat:
    match document:
        case Gs1ElementDocument(gtin=gtin, needs_serial=serial, require_fnc1=fnc1):
            return Gs1Element(gtin=gtin, needs_serial=serial, require_fnc1=fnc1)
        case DigitalLinkDocument(gtin=gtin, host=host, needs_serial=serial):
            return DigitalLink(gtin=gtin, host=host, needs_serial=serial)
        case BrandUrlDocument(pattern=pattern, case_sensitive=sensitive):
            return BrandUrl(pattern=pattern, case_sensitive=sensitive)
        case DigitsDocument(length=length, prefix=prefix):
            return Digits(length=length, prefix=prefix)
        case SsccDocument(company_prefix=company_prefix):
            return Sscc(company_prefix=company_prefix)


def _format_document(format_: CodeFormat) -> FormatDocument:
    match format_:
        case Gs1Element(gtin=gtin, needs_serial=serial, require_fnc1=fnc1):
            return Gs1ElementDocument(gtin=gtin, needs_serial=serial, require_fnc1=fnc1)
        case DigitalLink(gtin=gtin, host=host, needs_serial=serial):
            return DigitalLinkDocument(gtin=gtin, host=host, needs_serial=serial)
        case BrandUrl(pattern=pattern, case_sensitive=sensitive):
            return BrandUrlDocument(pattern=pattern, case_sensitive=sensitive)
        case Digits(length=length, prefix=prefix):
            return DigitsDocument(length=length, prefix=prefix)
        case Sscc(company_prefix=company_prefix):
            return SsccDocument(company_prefix=company_prefix)


def _problem(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "document"
    shown = repr(error["input"])[:60]
    return f"{where}: {error['msg'].removeprefix('Value error, ')} (got {shown})"
