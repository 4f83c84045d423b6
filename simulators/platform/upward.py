"""What lines send: facts, receipts, reconciliations."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import JSONResponse

from simulators.platform.contract import (
    EventBatch,
    Gap,
    Mark,
    ReceiptBody,
    ReconciliationBody,
)
from simulators.platform.events import ConflictError, GapError
from simulators.platform.ledger import PlatformLedger
from simulators.platform.settlements import SettledOtherwiseError

Name = Annotated[str, Path(min_length=1, max_length=64)]


def upward_routes(ledger: PlatformLedger) -> APIRouter:
    """The routes a line writes to."""
    router = APIRouter(prefix="/v1")
    router.include_router(_event_routes(ledger))
    router.include_router(_settlement_routes(ledger))
    return router


def _event_routes(ledger: PlatformLedger) -> APIRouter:
    router = APIRouter(prefix="/lines/{line}/epochs/{epoch}")

    @router.post("/events", response_model=Mark, responses={409: {"model": Gap}})
    async def take_events(
        line: Name, epoch: Name, batch: EventBatch
    ) -> Mark | JSONResponse:
        """Commit facts. Known ones are compared; 409 if some before are missing."""
        try:
            ledger.events.commit(line, epoch, batch)
        except GapError as gap:
            now = _mark(ledger, line, epoch)
            body = Gap(**now.model_dump(), expected=gap.expected)
            return JSONResponse(body.model_dump(), 409)
        except ConflictError as conflict:
            raise HTTPException(422, str(conflict)) from None
        return _mark(ledger, line, epoch)

    @router.get("/mark")
    async def mark(line: Name, epoch: Name) -> Mark:
        """How far the ledger of an epoch goes; 0 of an unknown one."""
        return _mark(ledger, line, epoch)

    return router


def _settlement_routes(ledger: PlatformLedger) -> APIRouter:
    router = APIRouter()

    @router.post("/packages/{package}/receipt")
    async def take_receipt(package: Name, receipt: ReceiptBody) -> ReceiptBody:
        """Keep whether a package was accepted."""
        issued = ledger.catalogue.package(package)
        if issued is None:
            raise HTTPException(404, f"no package {package}")
        if receipt.verdict == "accepted" and (receipt.codes, receipt.sha256) != (
            issued.codes,
            issued.sha256,
        ):
            raise HTTPException(422, "accepted is not what was issued")
        ledger.settlements.add_receipt(package, receipt)
        return receipt

    @router.post("/orders/{order}/reconciliation")
    async def take_reconciliation(
        order: Name, report: ReconciliationBody
    ) -> ReconciliationBody:
        """Settle an order, once its facts are in the ledger."""
        if report.order != order or ledger.catalogue.order(order) is None:
            raise HTTPException(404, f"no order {order}")
        known = ledger.events.hash_at(report.line, report.epoch, report.seq)
        if known is None:
            raise HTTPException(409, f"fact {report.seq} is not in the ledger yet")
        if known.hex() != report.hash:
            raise HTTPException(422, f"another chain hash at fact {report.seq}")
        try:
            ledger.settlements.add_reconciliation(report)
        except SettledOtherwiseError:
            raise HTTPException(422, f"order {order} has another settlement") from None
        return report

    return router


def _mark(ledger: PlatformLedger, line: str, epoch: str) -> Mark:
    seq, hash_ = ledger.events.mark(line, epoch)
    return Mark(line=line, epoch=epoch, mark=seq, hash=hash_.hex())
