"""What the platform has issued: feeds of documents, package files, codes, counters."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import JsonValue

from agent.documents import (
    Document,
    OrderDocument,
    PackageDocument,
    SpecDocument,
)
from simulators.platform.contract import FeedPage
from simulators.platform.database import transaction
from simulators.platform.user_codes import as_text

Feed = Literal["orders", "specs", "packages"]
PAGE_ITEMS = 100
_PIECE_BYTES = 65536


class UnknownCursorError(Exception):
    """A cursor that was never given out."""


class Catalogue:
    """Append-only feeds per line; a package file never changes once issued."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def page(self, line: str, feed: Feed, after: str) -> FeedPage:
        """Documents after a cursor ("" is the beginning); `UnknownCursorError`."""
        if not (after == "" or (after.isascii() and after.isdigit())):
            raise UnknownCursorError(after)
        rows = self._database.execute(
            "SELECT id, document FROM documents"
            " WHERE line = ? AND feed = ? AND id > ? ORDER BY id LIMIT ?",
            (line, feed, min(int(after or "0"), 2**62), PAGE_ITEMS),
        ).fetchall()
        items: list[JsonValue] = [json.loads(document) for _, document in rows]
        return FeedPage(items=items, next=str(rows[-1][0]) if rows else after)

    def publish(self, line: str, feed: Feed, name: str, document: Document) -> None:
        """Put a document at the end of a feed."""
        self._database.execute(
            "INSERT INTO documents (line, feed, name, document) VALUES (?, ?, ?, ?)",
            (line, feed, name, document.model_dump_json()),
        )

    def publish_package(self, line: str, package: PackageDocument, body: bytes) -> None:
        """Put a package into the feed together with its file."""
        assert hashlib.sha256(body).hexdigest() == package.sha256
        with transaction(self._database) as database:
            database.execute(
                "INSERT INTO files (package, sha256, body) VALUES (?, ?, ?)",
                (package.package, package.sha256, body),
            )
            self.publish(line, "packages", package.package, package)

    def order(self, order: str) -> OrderDocument | None:
        """An order by its name."""
        text = self._latest("orders", order)
        return None if text is None else OrderDocument.model_validate_json(text)

    def spec(self, line: str, spec: str) -> SpecDocument | None:
        """The latest version of a spec published to a line."""
        text = self._latest("specs", spec, line)
        return None if text is None else SpecDocument.model_validate_json(text)

    def package(self, package: str) -> PackageDocument | None:
        """The manifest of a package by its name."""
        text = self._latest("packages", package)
        return None if text is None else PackageDocument.model_validate_json(text)

    def file_size(self, package: str) -> int | None:
        """Bytes of a package's file."""
        row = self._database.execute(
            "SELECT length(body) FROM files WHERE package = ?", (package,)
        ).fetchone()
        return int(row[0]) if row else None

    def file_pieces(self, package: str, first: int, last: int) -> Iterator[bytes]:
        """Bytes `first..last` of a package's file."""
        row = self._database.execute(
            "SELECT id FROM files WHERE package = ?", (package,)
        ).fetchone()
        with self._database.blobopen("files", "body", row[0], readonly=True) as blob:
            blob.seek(first)
            left = last + 1 - first
            while left > 0:
                piece = blob.read(min(left, _PIECE_BYTES))
                left -= len(piece)
                yield piece

    def codes(self, package: str) -> list[str]:
        """The lines of a package's file, for whoever checks the line against it."""
        size = self.file_size(package) or 0
        body = b"".join(self.file_pieces(package, 0, size - 1)) if size else b""
        return as_text(body).removesuffix("\n").split("\n")

    def issued_before(self, codes: Iterable[str]) -> Iterator[str]:
        """Those of `codes` that were issued already."""
        for code in codes:
            row = self._database.execute(
                "SELECT 1 FROM issued WHERE code = ?", (code,)
            ).fetchone()
            if row:
                yield code

    def mark_issued(self, codes: Iterable[str]) -> None:
        """These are issued from now on; a code twice among them is one code."""
        with transaction(self._database) as database:
            database.executemany(
                "INSERT OR IGNORE INTO issued VALUES (?)", ((code,) for code in codes)
            )

    def take_numbers(self, counter: str, count: int) -> range:
        """The next `count` numbers of a counter, never given out again."""
        with transaction(self._database) as database:
            row = database.execute(
                "SELECT value FROM counters WHERE name = ?", (counter,)
            ).fetchone()
            first = int(row[0]) if row else 1
            database.execute(
                "INSERT OR REPLACE INTO counters VALUES (?, ?)",
                (counter, first + count),
            )
        return range(first, first + count)

    def _latest(self, feed: Feed, name: str, line: str | None = None) -> str | None:
        row = self._database.execute(
            "SELECT document FROM documents WHERE feed = ? AND name = ?"
            " AND (? IS NULL OR line = ?) ORDER BY id DESC LIMIT 1",
            (feed, name, line, line),
        ).fetchone()
        return row[0] if row else None
