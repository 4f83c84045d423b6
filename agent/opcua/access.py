"""Who may read and who may act. Nobody writes: no node of ours is writable.

asyncua gives a linked method no caller, so its session is put into a context variable.
Sessions are capped: asyncua keeps those whose clients vanish (its issue 1982).
"""

# mypy: disable-error-code="attr-defined, no-untyped-call"

import hmac
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession

log = logging.getLogger(__name__)

MAX_SESSIONS: Final = 20
# Name of the user whose call is being answered; None for anybody without one.
caller: ContextVar[str | None] = ContextVar("caller", default=None)


class Sessions(InternalServer):
    """Sessions that know who calls, and no more of them than `MAX_SESSIONS`."""

    def create_session(
        self,
        name: str,
        user: User = User(role=UserRole.Anonymous),  # noqa: B008 (as asyncua has it)
        external: bool = False,
    ) -> InternalSession:
        """A session; refused when there are too many."""
        if external and len(self._external_sessions) >= MAX_SESSIONS:
            log.warning("OPC UA: %d sessions are open; one refused", MAX_SESSIONS)
            raise ServiceError(ua.StatusCodes.BadTooManySessions)
        return _Session(
            self,
            self.aspace,
            self.subscription_service,
            name,
            user=user,
            external=external,
        )


class _Session(InternalSession):
    async def call(
        self, params: list[ua.CallMethodRequest]
    ) -> list[ua.CallMethodResult]:
        token = caller.set(self.user.name if self.external else None)
        try:
            return await super().call(params)
        finally:
            caller.reset(token)


class Users:
    """Users by password; nobody in particular may read. Without security no names
    are taken: a password would travel in the open."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002
        username: str | None = None,
        password: str | bytes | None = None,
        certificate: object = None,  # noqa: ARG002
    ) -> User | None:
        """The user; None refuses the session."""
        if username is None:
            # asyncua lets its "Anonymous" read nothing; who has no name acts nowhere.
            return User(role=UserRole.User)
        given = password.encode() if isinstance(password, str) else password or b""
        known = self._passwords.get(username)
        if known is None or not hmac.compare_digest(known.encode(), given):
            log.warning("OPC UA: wrong name or password of %r", username)
            return None
        return User(role=UserRole.User, name=username)


def read_passwords(users: Mapping[str, str]) -> dict[str, str]:
    """First lines of the users' files. `OSError` or `ValueError` name the bad one."""
    found = {}
    for name, path in users.items():
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        if not lines or not lines[0]:
            raise ValueError(f"password file {path} of user {name!r} is empty")
        found[name] = lines[0]
    return found


def endpoint_tokens(*, secured: bool) -> list[Any]:
    """How users may introduce themselves."""
    tokens: list[Any] = [ua.AnonymousIdentityToken]
    if secured:
        tokens.append(ua.UserNameIdentityToken)
    return tokens
