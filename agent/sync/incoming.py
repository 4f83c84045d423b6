"""A package file on its way in: kept across cuts and restarts, proven by digest."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_PIECE_BYTES = 1 << 20


class PartFile:
    """`<package>.part` in a folder, and the digest of what is in it so far.

    Not synced: after a power cut the digest, taken from the disk again, decides.
    """

    def __init__(self, folder: Path, package: str) -> None:
        self._part = folder / f"{package}.part"
        self._whole = folder / f"{package}.txt"
        self._digest = hashlib.sha256()
        self.size = 0

    def load(self) -> Iterator[None]:
        """Take up what an earlier attempt left, a piece per step of the iterator."""
        self._part.parent.mkdir(parents=True, exist_ok=True)
        with self._part.open("ab+") as file:
            file.seek(0)
            while piece := file.read(_PIECE_BYTES):
                self._digest.update(piece)
                self.size += len(piece)
                yield

    def append(self, piece: bytes) -> None:
        """The next bytes."""
        with self._part.open("ab") as file:
            file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def restart(self) -> None:
        """Forget what came so far."""
        os.truncate(self._part, 0)
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Digest of what came so far, lower-case hex."""
        return self._digest.hexdigest()

    def finish(self) -> Path:
        """The file is complete: its final name."""
        return self._part.replace(self._whole)

    def discard(self) -> None:
        """Nobody needs the bytes any more, complete or not."""
        self._part.unlink(missing_ok=True)
        self._whole.unlink(missing_ok=True)
