"""Settings without what must not leave the line."""

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, SecretStr

HIDDEN = "(hidden)"
# A key that holds a secret says so in one of its words. `pin` only as a word of its
# own: `pinned` and `spinning` are none.
_SECRET = re.compile(
    r"(?:^|_)(?:password|passphrase|secret|token|pin|credential)s?(?:_|$)"
)
# scheme://user:password@host
_USER = re.compile(r"(?<=://)[^/@\s]+@")


def without_secrets(settings: BaseModel | Mapping[str, object]) -> dict[str, object]:
    """`settings` as plain JSON values, secrets replaced by `HIDDEN`."""
    plain = (
        settings.model_dump(mode="json")
        if isinstance(settings, BaseModel)
        else settings
    )
    return {str(key): _cleaned(str(key), value) for key, value in plain.items()}


def address_of(settings: BaseModel) -> str:
    """Where a device is, as settings write it, without secrets."""
    shown = without_secrets(settings)
    keys = ("address", "endpoint", "url", "folder", "device", "path", "source")
    return next((str(shown[key]) for key in keys if shown.get(key)), "")


def _cleaned(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return without_secrets(value)
    if isinstance(value, SecretStr) or (_SECRET.search(key.lower()) and value):
        return HIDDEN
    if isinstance(value, str):
        return _USER.sub(f"{HIDDEN}@", value)
    if isinstance(value, Sequence):
        return [_cleaned(key, each) for each in value]
    return value
