"""The last pictures, kept for people to look at."""

from collections import OrderedDict
from pathlib import Path


class KeptPictures:
    """A ring of at most `limit` files in `folder`; 0 keeps none. Blocking calls."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._names: OrderedDict[str, None] = OrderedDict()

    def open(self) -> None:
        """Takes up what an earlier run kept, oldest first. May raise OSError."""
        self._folder.mkdir(exist_ok=True)
        found = [(path.stat().st_mtime_ns, path.name) for path in self._files()]
        self._names = OrderedDict.fromkeys(name for _, name in sorted(found))
        self._shorten()

    def take(self, path: Path) -> None:
        """Moves `path` in and the oldest out. May raise OSError."""
        if self._limit == 0:
            path.unlink(missing_ok=True)
            return
        path.replace(self._folder / path.name)
        self._names[path.name] = None
        self._names.move_to_end(path.name)
        self._shorten()

    def _shorten(self) -> None:
        while len(self._names) > self._limit:
            name, _ = self._names.popitem(last=False)
            (self._folder / name).unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if path.is_file()]
