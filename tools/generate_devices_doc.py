"""Writes the generated part of docs/devices/README.md: kinds, and their tests.

The tests are collected, not run: `make matrix` runs them.
"""

import re
import sys
from collections.abc import Sequence

from generated_part import DOCS, write_or_check
from tested_kinds import Tested, by_kind, collected

# Kinds that were run on the real device, with what it was.
ON_HARDWARE: dict[str, str] = {}
_NOT_YET = "not yet run on hardware"
_MEANT_FOR = re.compile(r"^Kind `(\w+)`[:.] (.+?)(?:\.\s|\.?$)")


def _pages() -> dict[str, tuple[str, str]]:
    """File and what the devices are, by kind."""
    pages = {}
    for page in sorted((DOCS / "devices").glob("*.md")):
        for paragraph in page.read_text(encoding="utf-8").split("\n\n"):
            line = " ".join(paragraph.split())
            if match := _MEANT_FOR.match(line):
                pages[match[1]] = (page.name, match[2].replace("|", "\\|"))
    return pages


def _row(tested: Tested, page: str, meant_for: str) -> str:
    transports = ", ".join(
        f"{name} {count}" for name, count in sorted(tested.transports.items())
    )
    cells = (
        f"[`{tested.kind}`]({page})",
        tested.role,
        meant_for,
        transports,
        str(tested.wire.total()),
        str(tested.contract.total()),
        ON_HARDWARE.get(tested.kind, _NOT_YET),
    )
    return f"| {' | '.join(cells)} |"


def _sources(kinds: Sequence[Tested]) -> list[str]:
    return [
        f"- `{each.kind}`: {'; '.join(each.sources.values())}."
        for each in kinds
        if each.sources
    ]


def _page() -> str:
    kinds = by_kind(collected())
    pages = _pages()
    if missing := [each.kind for each in kinds if each.kind not in pages]:
        raise SystemExit(f"no page in docs/devices begins with Kind `{missing[0]}`:")
    return "\n".join(
        [
            "| kind | role | devices | transports | bytes | contract | hardware |",
            "| --- | --- | --- | --- | ---: | ---: | --- |",
            *(_row(each, *pages[each.kind]) for each in kinds),
            "",
            "## Sources of the bytes",
            "",
            *_sources(kinds),
        ]
    )


if __name__ == "__main__":
    sys.exit(write_or_check("devices/README.md", _page(), "generate_devices_doc.py"))
