"""Facts as the platform takes them. Another form (EPCIS 2.0) replaces this module."""

import json
from collections.abc import Sequence

from agent.sync.ports import JournalRow

CONTENT_TYPE = "application/json"


def encode_row(row: JournalRow) -> bytes:
    """One fact. The payload travels as the very text that was hashed."""
    return (
        f'{{"seq":{row.seq},"at_ms":{row.at_ms},"kind":{json.dumps(row.kind)},'
        f'"payload":{row.payload_json},"hash":"{row.hash.hex()}"}}'
    ).encode()


def encode(
    rows: Sequence[bytes], *, first: JournalRow, last: JournalRow, prev_hash: bytes
) -> bytes:
    """The request body: `rows` as made by `encode_row`, from `first` to `last`."""
    head = (
        f'{{"first":{first.seq},"last":{last.seq},"prev_hash":"{prev_hash.hex()}",'
        f'"hash":"{last.hash.hex()}","events":['
    ).encode()
    return head + b",".join(rows) + b"]}"
