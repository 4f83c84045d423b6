"""The generated part of a page in docs/: everything below its mark."""

import argparse
import difflib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_or_check(page: str, text: str, script: str) -> int:
    """Put `text` below the mark of `page`; with --check only compare. Exit code."""
    parser = argparse.ArgumentParser(description=f"Writes docs/{page}.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; 1 if it is out of date"
    )
    check = parser.parse_args().check
    path = DOCS / page
    mark = f"<!-- Below this line: written by tools/{script}. -->\n"
    is_now = path.read_text(encoding="utf-8")
    by_hand, found, _ = is_now.partition(mark)
    if not found:
        raise SystemExit(f"{path}: there is no line {mark!r}")
    should_be = f"{by_hand}{mark}\n{text.rstrip()}\n"
    if not check:
        path.write_text(should_be, encoding="utf-8")
        return 0
    differences = list(
        difflib.unified_diff(
            is_now.splitlines(), should_be.splitlines(), "is", "should be", lineterm=""
        )
    )
    if differences:
        differences.append(f"docs/{page} is out of date: run tools/{script}")
        sys.stderr.write("\n".join(differences) + "\n")
    return 1 if differences else 0
