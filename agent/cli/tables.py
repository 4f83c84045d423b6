"""Columns for people, with Chinese characters two places wide."""

import unicodedata
from collections.abc import Iterable, Sequence

_WIDE = ("W", "F")


def width_of(text: str) -> int:
    """Places `text` takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Headings and rows in columns, two spaces apart, without trailing spaces."""
    lines = [headings, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - width_of(cell))
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def span(seconds: float) -> str:
    """A stretch of time as a person says it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
