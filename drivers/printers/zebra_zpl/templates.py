"""Label templates of the settings as stored formats, each mistake with its name."""

from collections.abc import Mapping
from pathlib import Path

from drivers.printers.zebra_zpl.formats import BUILT_IN, StoredFormat, parse_format

_BUILT_IN = "builtin:"


def load_formats(templates: Mapping[str, str], *, qr_fnc1: str) -> list[StoredFormat]:
    """Each template is `builtin:<name>`, ZPL text, or the path of a file.

    `ValueError` names the template and what is wrong with it.
    """
    return [
        parse_format(name, _zpl(name, source), slot=slot, qr_fnc1=qr_fnc1)
        for slot, (name, source) in enumerate(templates.items(), 1)
    ]


def _zpl(template: str, source: str) -> str:
    if source.startswith(_BUILT_IN):
        built_in = source.removeprefix(_BUILT_IN)
        if built_in not in BUILT_IN:
            raise ValueError(
                f"template {template!r}: there is no {source!r}, "
                f"but {', '.join(_BUILT_IN + known for known in BUILT_IN)}"
            )
        return BUILT_IN[built_in]
    if source.lstrip("\ufeff \r\n\t").startswith("^XA"):
        return source
    return _file(template, Path(source))


def _file(template: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"template {template!r}: cannot read {path}: {error.strerror}"
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"template {template!r}: {path} is not UTF-8 (byte {error.start}); "
            "save it as UTF-8"
        ) from None
