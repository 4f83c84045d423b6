"""What became of a code somebody holds in their hand."""

from contextlib import suppress
from functools import partial

from agent.api.models import CodeModel
from agent.documents import spec_from_json
from agent.domain.code_format import (
    CodeFormat,
    CodeFormatError,
    normalise_line,
    split_aim,
)
from agent.domain.words import CodeRef
from agent.store.reader import StoreReader
from agent.store.views import CodeStanding


def look_up(reader: StoreReader, text: str) -> CodeModel | None:
    """The code as printed, scanned (with or without AIM prefix) or keyed."""
    aim, payload = split_aim(text)
    for key in dict.fromkeys((payload, *_keys(reader, payload, aim))):
        standing = reader.find_anywhere(key)
        if standing is not None:
            return _model(reader, standing)
    return None


def _keys(reader: StoreReader, payload: str, aim: str | None) -> list[str]:
    """The text by the formats of every spec on file."""
    keys = []
    for spec_json in dict.fromkeys(order.spec_json for order in reader.orders()):
        for level in spec_from_json(spec_json).levels:
            for read in (level.format.key, partial(_as_line, level.format)):
                with suppress(CodeFormatError):
                    keys.append(read(payload, aim))
    return keys


def _as_line(code_format: CodeFormat, text: str, _aim: str | None) -> str:
    """As a person reads it off a label: brackets and all."""
    return normalise_line(code_format, text)[0]


def _model(reader: StoreReader, standing: CodeStanding) -> CodeModel:
    ref = standing.ref
    package = reader.package(ref.package)
    assert package is not None
    item = standing.item
    return CodeModel(
        code=reader.packages.get(ref.package).text(ref.index),
        level=package.level,
        package=ref.package,
        index=ref.index,
        state=standing.state,
        cause=standing.cause or standing.reason or "",
        item="" if item is None else f"{item.boot}/{item.number}",
        container=standing.labels or standing.container,
        parents=tuple(_parents(reader, standing)),
    )


def _parents(reader: StoreReader, standing: CodeStanding) -> list[str]:
    """Label codes of the containers it is in, outwards."""
    parents: list[str] = []
    container = standing.container
    while container is not None:
        view = reader.container(container)
        if view is None:
            break
        if view.label is not None:
            parents.append(_text(reader, view.label))
        container = view.parent
    return parents


def _text(reader: StoreReader, ref: CodeRef) -> str:
    return reader.packages.get(ref.package).text(ref.index)
