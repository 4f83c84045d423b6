"""Trying a device out by hand."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class TriesPrinting(Protocol):
    """A label printer that can print a plain text, which is no code."""

    async def print_test(self, text: str) -> None:
        """One label with `text` in plain letters. Raises as `print_label` does."""
        ...
