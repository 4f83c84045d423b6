"""Taught characters in a file."""

import zlib
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from agent.vision.checks.printed_text.font import DotFont
from agent.vision.checks.printed_text.shapes import MARGIN, PX, Shapes
from agent.vision.checks.printed_text.teach import Taught

VERSION: Final = 1


def save(taught: Taught, path: Path) -> None:
    """Writes the shapes as an .npz file with its version; an older one at `path` is
    replaced as a whole. OSError by the disk."""
    beside = path.with_name(path.name + ".new")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                version=VERSION,
                font=taught.font,
                pixels_per_dot=PX,
                characters=taught.shapes.characters,
                images=taught.shapes.images,
                shown=[taught.shown.get(c, 0) for c in taught.shapes.characters],
            )
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def load(path: Path, font: DotFont) -> Taught:
    """What `save` wrote, for that font.

    Raises FileNotFoundError, or ValueError if the file is no such file, of another
    version or of another font.
    """
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        version, name = int(found["version"]), str(found["font"])
        characters, images = str(found["characters"]), found["images"]
        shown, px = found["shown"].tolist(), int(found["pixels_per_dot"])
    except FileNotFoundError:
        raise
    except (OSError, KeyError, ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: no file of taught characters ({error})") from error
    if version != VERSION or px != PX:
        raise ValueError(f"{path}: taught by another version; teach the printer again")
    size = ((font.rows + 2 * MARGIN) * PX, (font.columns + 2 * MARGIN) * PX)
    if name != font.name or characters != font.characters:
        raise ValueError(f"{path}: taught for the font {name}, not for {font.name}")
    if images.shape != (len(characters), *size) or not np.isfinite(images).all():
        raise ValueError(f"{path}: the taught pictures are damaged; teach again")
    return Taught(
        font=name,
        shapes=Shapes(characters=characters, images=images.astype(np.float32)),
        shown=dict(zip(characters, shown, strict=True)),
    )
