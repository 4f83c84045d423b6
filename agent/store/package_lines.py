"""From lines of text to codes, with every fault named by its line."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TextIO

from agent.store.errors import LineFault, PackageError

Identify = Callable[[str], tuple[str, str]]
"""Identity key and printing text of a code; `ValueError` says what is wrong with it."""

MAX_LINE = 512
MAX_FAULTS = 20
PROGRESS_EVERY = 10_000

# A first line that says exactly this (in any case) is a heading, not a code. The
# second word also says that the codes come with verify codes.
_HEADINGS = {
    "code": False,
    "url": False,
    "标识": False,
    "码": False,
    "code,verify": True,
    "code,verify_code": True,
    "code,verify-code": True,
    "url,verify": True,
    "标识,验证码": True,
    "码,验证码": True,
}


class Faults:
    """Collects faults of lines; the twentieth ends the reading."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._found: list[LineFault] = []

    def add(self, line: int, fault: str) -> None:
        """Note a fault; `PackageError` when it is the last one that is shown."""
        self._found.append(LineFault(line=line, fault=fault))
        if len(self._found) >= MAX_FAULTS:
            self.refuse()

    def refuse(self) -> None:
        """`PackageError` if there was any fault."""
        if self._found:
            more = " (reading stopped there)" if len(self._found) >= MAX_FAULTS else ""
            raise PackageError(
                self._package,
                f"{len(self._found)} bad lines{more}",
                tuple(self._found),
            )


Row = tuple[int, str, str | None, str | None]
"""Line, key, printing text (None: the key itself), verify code."""


class CodeLines:
    """Reads one code a line, or `code,verify-code` on every line.

    There are verify codes if the heading says so or, without one, if the first line
    has a comma. The last comma divides, so a code may contain others.
    """

    def __init__(
        self,
        package: str,
        identify: Identify,
        progress: Callable[[int], None],
    ) -> None:
        self._faults = Faults(package)
        self._identify = identify
        self._progress = progress

    def rows(self, text: TextIO) -> Iterator[Row]:
        """All codes of a text that ends its lines at LF only; `PackageError` after
        the last line if any line was bad."""
        pairs: bool | None = None
        blank = 0
        # One character more than a line with CR LF may have shows that it is longer.
        read = partial(text.readline, MAX_LINE + 3)
        for number, line in enumerate(iter(read, ""), 1):
            if not number % PROGRESS_EVERY:
                self._progress(number)
            code = line.rstrip("\r\n")
            if len(code) > MAX_LINE:
                self._faults.add(number, f"longer than {MAX_LINE} characters")
                break
            if not code:
                blank = blank or number
                continue
            if blank:
                self._faults.add(blank, "empty line")
                blank = 0
            if pairs is None:
                heading = _HEADINGS.get(code.lower())
                pairs = "," in code if heading is None else heading
                if heading is not None:
                    continue
            row = self._row(number, code, pairs)
            if row is not None:
                yield row
        self._faults.refuse()

    def _row(self, number: int, code: str, pairs: bool) -> Row | None:
        pair: str | None = None
        if pairs:
            code, comma, pair = code.rpartition(",")
            if not (comma and code and pair):
                self._faults.add(number, "not `code,verify-code` as the first line")
                return None
        try:
            key, text = self._identify(code)
        except ValueError as error:
            self._faults.add(number, str(error))
            return None
        return number, key, None if text == key else text, pair
