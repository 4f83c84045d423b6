"""The ways the platform can fail us. None of them is a fault of the line."""


class PlatformError(Exception):
    """The platform did not do what was asked."""


class PlatformUnreachable(PlatformError):
    """No complete answer came; what was sent may or may not have arrived."""

    def __init__(self, what: str, *, timed_out: bool = False) -> None:
        super().__init__(what)
        self.timed_out = timed_out


class PlatformRefused(PlatformError):
    """The platform answered with a status that is no success."""

    def __init__(
        self, status: int, detail: str, *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"HTTP {status}: {detail}" if detail else f"HTTP {status}")
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s


class PlatformNonsense(PlatformError):
    """An answer that is not of the contract: a portal page, cut or foreign data."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Diverged(PlatformNonsense):
    """A well-formed answer that cannot be true of our journal: hold and alarm."""


class JournalBroken(Exception):
    """Our own journal does not continue where the mark stands."""
