"""What should be printed, from templates and the order's fields.

A template is plain text with fields in braces, dates with the usual signs of
`strftime`: `{batch} {production:%Y%m%d} EXP {expiry:%Y-%m-%d}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from string import Formatter
from typing import Final
from unicodedata import east_asian_width

Value = str | int | date | None
# The fields an order can fill; a template with any other is refused.
FIELDS: Final = ("batch", "expiry", "line", "order", "product", "production")
DATES: Final = frozenset({"expiry", "production"})
# What every dot font has; `?` stands for a character that is printed and not read.
CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/.: ?"
_TRIAL: Final = date(2026, 6, 1)


class ExpectedText:
    """Templates checked once, filled for every order.

    Raises ValueError for a template that is empty, not well formed, names a field that
    there is not, formats something that is no date as a date, or has characters that
    no dot font has (full-width ones are passed over and may stand anywhere).
    """

    def __init__(
        self, templates: Sequence[str], fields: Sequence[str] = FIELDS
    ) -> None:
        if not templates:
            raise ValueError("printed text: at least one line is needed")
        self._templates = tuple(templates)
        for template in self._templates:
            _check(template, fields)
        trial: dict[str, Value] = {
            name: _TRIAL if name in DATES else "A1" for name in fields
        }
        for template, line in zip(self._templates, self.lines(trial), strict=True):
            _check_characters(template, line)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the templates need."""
        return frozenset(
            name for template in self._templates for name, _, _ in _fields(template)
        )

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The lines for these values, without spaces at their ends.

        Raises ValueError naming the template and the field that has no value.
        """
        return tuple(_filled(template, values) for template in self._templates)


def _filled(template: str, values: Mapping[str, Value]) -> str:
    for name, _, _ in _fields(template):
        if values.get(name) in {None, ""}:
            raise ValueError(
                f"printed text {template!r}: the order has no {name}; give it one or "
                "take the field out of the template"
            )
    try:
        return template.format_map(dict(values)).strip()
    except ValueError as error:
        raise ValueError(f"printed text {template!r}: {error}") from error


def is_full_width(character: str) -> bool:
    """A character as wide as it is high, as of Chinese: passed over, not read."""
    return east_asian_width(character) in {"W", "F"}


def _check_characters(template: str, line: str) -> None:
    unknown = {c for c in line if c not in CHARACTERS and not is_full_width(c)}
    if unknown:
        raise ValueError(
            f"printed text {template!r}: the dot fonts have no "
            f"{' '.join(sorted(unknown))}; they have 0-9 A-Z - / . : and the space"
        )


def _check(template: str, known: Sequence[str]) -> None:
    if not template.strip():
        raise ValueError("printed text: a line is empty")
    for name, spec, conversion in _fields(template):
        if name not in known:
            raise ValueError(
                f"printed text {template!r}: there is no field {name!r}; there are "
                f"{', '.join(known)}"
            )
        if conversion or "{" in spec:
            raise ValueError(
                f"printed text {template!r}: write {{{name}}} or {{{name}:FORMAT}}, "
                "nothing else is understood"
            )
        if "%" in spec and name not in DATES:
            raise ValueError(
                f"printed text {template!r}: {name} is no date and has no %-signs"
            )
        if name in DATES and spec and "%" not in spec:
            raise ValueError(
                f"printed text {template!r}: a date's format has %-signs, as in "
                f"{{{name}:%Y%m%d}}"
            )


def _fields(template: str) -> Iterator[tuple[str, str, str]]:
    """Name, format and conversion of every field."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"printed text {template!r}: {error}") from error
    for _, name, spec, conversion in parts:
        if name is not None:
            yield name, spec or "", conversion or ""
