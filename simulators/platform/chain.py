"""The hash chain as the platform reckons it, from the contract and nothing else."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import JsonValue


def genesis(line: str, epoch: str) -> bytes:
    """What stands before fact 1 of an epoch."""
    return hashlib.sha256(f"line-agent/1 {line} {epoch}".encode()).digest()


def canonical(payload: Mapping[str, JsonValue]) -> str:
    """The one text of a payload that is hashed and kept; `ValueError` for NaN."""
    return json.dumps(
        payload,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def link(previous: bytes, seq: int, at_ms: int, kind: str, payload: str) -> bytes:
    """The hash at a fact with this canonical payload.

    `UnicodeEncodeError` if it holds what is no Unicode text.
    """
    quoted = json.dumps(kind, ensure_ascii=False)
    text = f"[{seq},{at_ms},{quoted},{payload}]"
    return hashlib.sha256(previous + text.encode()).digest()
