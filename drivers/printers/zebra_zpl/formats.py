"""Stored formats: a label template as ZPL text whose `^FN` fields have names.

A template is ordinary ZPL between `^XA` and `^XZ`. Variable fields are written
`^FN1"code"`; ZPL II allows the quoted prompt, and here it is the name under which a
label fills the field. `^FN1"code:gs1"` puts a GS1 element string (FNC1 first) into a
`^BC`, `^BX` or `^BQ`. Names are taken out before the format is sent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.printers.zebra_zpl.codec import field_data
from drivers.printers.zebra_zpl.symbols import Symbol, symbol_data

_COMMAND = re.compile(r"\^(?:A@|[A-Z][A-Z0-9])[^^~]*")
_FIELD_NUMBER = re.compile(r'\^FN(\d{1,4})(?:"([^"]*)")?')
_NAME = re.compile(r"([a-z][a-z0-9_]*)(:gs1)?")
_BAR_CODES = {
    "^BC": Symbol.CODE128,
    "^BX": Symbol.DATAMATRIX,
    "^BQ": Symbol.QR,
    "^BE": Symbol.EAN13,
    "^B2": Symbol.ITF,
}
_GS1 = {
    Symbol.CODE128: Symbol.GS1_128,
    Symbol.DATAMATRIX: Symbol.GS1_DATAMATRIX,
    Symbol.QR: Symbol.GS1_QR,
}
# ^BXo,h,s,c,r,f,g: the default of g differs between firmwares, so it must be given.
_BX_ESCAPE = 6
# Parameters by their place, with what they may be: the code brings its own check
# digit and its own subsets, and only quality 200 is what readers call Data Matrix.
_MUST_BE: Mapping[str, Mapping[int, tuple[str, tuple[str, ...]]]] = {
    "^BC": {4: ("e, check digit", ("", "N")), 5: ("m, mode", ("", "N"))},
    "^BX": {2: ("s, quality", ("200",))},
    "^B2": {4: ("e, check digit", ("", "N"))},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A variable field: which label field fills it and what it becomes."""

    number: int
    name: str
    symbol: Symbol
    escape: str = "_"
    qr_fnc1: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFormat:
    """A template ready to be downloaded and filled.

    `stored_name` lies in volatile memory, so flash does not wear; it is sent anew at
    each link-up, as a power cycle loses it.
    """

    name: str
    stored_name: str
    body: str
    fields: tuple[Field, ...]

    def download(self) -> bytes:
        """`^DF`: keep the format. Prints nothing."""
        return f"^XA^DF{self.stored_name}^FS{self.body}^XZ\r\n".encode()

    def fill(self, values: Mapping[str, str]) -> bytes:
        """`^XF`: print the format once with `values`; more values than fields are fine.

        `ValueError` for a field nobody gave, or data its symbol cannot carry.
        """
        filled = "".join(
            f"^FN{field.number}{field_data(self._data(field, values))}"
            for field in self.fields
        )
        return f"^XA^CI28^XF{self.stored_name}^FS{filled}^PQ1^XZ\r\n".encode()

    def _data(self, field: Field, values: Mapping[str, str]) -> str:
        if field.name not in values:
            given = ", ".join(values)
            raise ValueError(
                f"template {self.name!r} wants {field.name!r} (there is: {given})"
            )
        try:
            return symbol_data(
                field.symbol,
                values[field.name],
                escape=field.escape,
                qr_fnc1=field.qr_fnc1,
            )
        except ValueError as error:
            raise ValueError(f"field {field.name!r}: {error}") from None


def parse_format(
    name: str, zpl: str, *, slot: int = 1, qr_fnc1: str = ""
) -> StoredFormat:
    """`zpl` as a stored format called `name`. `ValueError` says what is wrong.

    `slot` numbers the formats of one printer; older firmware takes short names only.
    `qr_fnc1` is what the printer's `^BQ` takes for FNC1; empty: it knows none.
    """
    text = zpl.removeprefix("\ufeff").strip()
    if not (text.startswith("^XA") and text.endswith("^XZ")) or text.count("^XA") != 1:
        raise ValueError(f"template {name!r} must be one label, from ^XA to ^XZ")
    body = text.removeprefix("^XA").removesuffix("^XZ")
    if "^DF" in body or "^PQ" in body:
        raise ValueError(f"template {name!r}: leave out ^DF and ^PQ, they are added")
    fields: dict[int, Field] = {}
    for field in _fields(name, body, qr_fnc1):
        if fields.setdefault(field.number, field) != field:
            raise ValueError(
                f"template {name!r} uses ^FN{field.number} for two different things"
            )
    if not fields:
        raise ValueError(f'template {name!r} has no named field such as ^FN1"code"')
    return StoredFormat(
        name=name,
        stored_name=f"R:LABEL{slot}.ZPL",
        body=_without_names(body),
        fields=tuple(fields.values()),
    )


def _without_names(body: str) -> str:
    unnamed = _FIELD_NUMBER.sub(lambda match: f"^FN{match[1]}", body)
    return re.sub(r"\s*\n\s*", "", unnamed)


def _fields(template: str, body: str, qr_fnc1: str) -> Iterator[Field]:
    symbol, escape, bar_code = Symbol.TEXT, "_", ""
    for command in _COMMAND.findall(body):
        code = command[:3]
        if code in _BAR_CODES:
            bar_code = command
            symbol, escape = _BAR_CODES[code], _escape(template, command)
        elif code == "^FN":
            _check_parameters(template, bar_code)
            yield _field(template, command, symbol, escape, qr_fnc1)
        elif code == "^FS":
            symbol, bar_code = Symbol.TEXT, ""


def _parameters(command: str) -> list[str]:
    return [part.strip() for part in command[3:].split(",")]


def _check_parameters(template: str, command: str) -> None:
    parameters = _parameters(command)
    for place, (name, allowed) in _MUST_BE.get(command[:3], {}).items():
        given = parameters[place] if place < len(parameters) else ""
        if given.upper() not in allowed:
            raise ValueError(
                f"template {template!r}: {command[:3]} parameter {name} must be "
                f"{allowed[-1]}, not {given!r}"
            )


def _escape(template: str, command: str) -> str:
    if not command.startswith("^BX"):
        return "_"
    parameters = _parameters(command)
    if len(parameters) <= _BX_ESCAPE or len(parameters[_BX_ESCAPE]) != 1:
        raise ValueError(
            f"template {template!r}: ^BX needs its escape character (parameter g), "
            "as in ^BXN,6,200,,,,_"
        )
    return parameters[_BX_ESCAPE]


def _field(
    template: str, command: str, symbol: Symbol, escape: str, qr_fnc1: str
) -> Field:
    match = _FIELD_NUMBER.match(command)
    name = _NAME.fullmatch(match[2] or "") if match else None
    if match is None or name is None:
        raise ValueError(
            f"template {template!r}: {command.strip()} needs a name in quotes, "
            'as in ^FN1"code" (a small letter, then letters, digits, _)'
        )
    if name[2]:
        if symbol not in _GS1 or (symbol is Symbol.QR and not qr_fnc1):
            raise ValueError(
                f"template {template!r}: {name[0]} needs ^BC or ^BX (or ^BQ, "
                "with qr_fnc1 in the settings)"
            )
        symbol = _GS1[symbol]
    return Field(
        number=int(match[1]),
        name=name[1],
        symbol=symbol,
        escape=escape,
        qr_fnc1=qr_fnc1 if symbol is Symbol.GS1_QR else "",
    )


# Labels of 100 × 100 mm at 8 dots/mm (203 dpi). Font 0 has no Chinese: a template of
# the plant's own names a font that is in its printers.
_TEXTS = (
    '^FO40,40^A0N,44,44^FN2"product"^FS'
    '^FO40,100^A0N,36,36^FN3"batch"^FS'
    '^FO40,150^A0N,36,36^FN4"number"^FS'
)
_HUMAN = '^FO40,640^A0N,40,34^FN5"code"^FS'
_SYMBOLS = {
    "gs1_128": '^FO60,260^BY3^BCN,320,N,N,N^FN1"code:gs1"^FS',
    "code128": '^FO60,260^BY3^BCN,320,N,N,N^FN1"code"^FS',
    "qr": '^FO220,240^BQN,2,8^FN1"code"^FS',
    "datamatrix": '^FO240,240^BXN,10,200,,,,_^FN1"code"^FS',
    "gs1_datamatrix": '^FO240,240^BXN,10,200,,,,_^FN1"code:gs1"^FS',
}
BUILT_IN: Mapping[str, str] = {
    name: f"^XA{_TEXTS}{symbol}{_HUMAN}^XZ" for name, symbol in _SYMBOLS.items()
}


def plain_label(text: str) -> bytes:
    """A label with `text` alone, in letters: no code. `ValueError` for what ZPL would
    take for more than text."""
    if not re.fullmatch(r"[A-Za-z0-9 .:/-]{1,40}", text):
        raise ValueError(f"a test label has letters, digits and spaces, not {text!r}")
    return f"^XA^FO40,60^A0N,60,60^FD{text}^FS^XZ\r\n".encode("ascii")
