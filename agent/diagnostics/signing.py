"""Reports signed with a key of this line, and their check without an agent.

The key (Ed25519) is made at first use in the data folder and never leaves it. What is
signed is the report as JSON with sorted keys and no spaces, in UTF-8.
"""

import base64
import binascii
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import Field, JsonValue

from agent.api.models import Model

KEY_NAME = "report-key.pem"


class SigningError(Exception):
    """A key or a report cannot be used; says which and why."""


class Signed(Model):
    """A report with its signature. Keys and signature are base64."""

    report: dict[str, JsonValue]
    algorithm: str = Field(pattern="^Ed25519$")
    public_key: str
    signature: str


def key_of(folder: Path) -> Ed25519PrivateKey:
    """The line's key, made now if there is none."""
    path = folder / KEY_NAME
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return _made(path)
    except ValueError as error:
        raise SigningError(f"{path} is no private key: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError(f"{path} is no Ed25519 key")
    return key


def _made(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def sign(report: dict[str, JsonValue], key: Ed25519PrivateKey) -> Signed:
    """`report` under `key`."""
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signed(
        report=report,
        algorithm="Ed25519",
        public_key=_base64(public),
        signature=_base64(key.sign(canonical(report))),
    )


def check(signed: Signed) -> None:
    """`SigningError` unless the report is as it was signed."""
    try:
        public = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(signed.public_key, validate=True)
        )
        signature = base64.b64decode(signed.signature, validate=True)
        public.verify(signature, canonical(signed.report))
    except (ValueError, binascii.Error) as error:
        raise SigningError(f"key or signature cannot be used: {error}") from None
    except InvalidSignature:
        raise SigningError("the report was changed after it was signed") from None


def canonical(report: dict[str, JsonValue]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(
        report, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
