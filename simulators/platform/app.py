"""The HTTP face of the ledger (docs/platform.md). Async handlers only, no clock."""

from fastapi import FastAPI

from simulators.platform.downward import downward_routes
from simulators.platform.guard import MAX_BODY_BYTES, BodyGuard
from simulators.platform.ledger import PlatformLedger
from simulators.platform.upward import upward_routes


def create_app(
    ledger: PlatformLedger, *, max_body_bytes: int = MAX_BODY_BYTES
) -> FastAPI:
    """An ASGI app over `ledger`; any number of them may live side by side."""
    app = FastAPI(
        title="Identifier platform: line interface",
        version="1",
        description="Reference stub of what a line agent needs of the platform.",
    )
    app.include_router(downward_routes(ledger))
    app.include_router(upward_routes(ledger))
    app.add_middleware(BodyGuard, max_bytes=max_body_bytes)
    return app
