"""Orders (生产任务) and their books."""

from typing import Annotated

from fastapi import APIRouter, Path

from agent.api.models import (
    MAX_ID_CHARS,
    ActAnswer,
    ActRequest,
    OrderModel,
    PlainText,
    Reconciliation,
)
from agent.api.ports import AgentView
from agent.api.problems import not_found
from agent.api.repeats import Repeats

# Order numbers of some plants contain a slash.
OrderId = Annotated[PlainText, Path(min_length=1, max_length=MAX_ID_CHARS)]


def router(view: AgentView, repeats: Repeats) -> APIRouter:
    """`/v1/orders` and what hangs below it."""
    routes = APIRouter(tags=["orders"])

    @routes.get("/v1/orders")
    async def orders() -> tuple[OrderModel, ...]:
        """Every order the line knows."""
        return view.orders()

    @routes.post("/v1/orders/{order:path}/start")
    async def start(order: OrderId, act: ActRequest) -> ActAnswer:
        """Begin an order."""
        return await repeats.once(
            f"start {order}", act, lambda: view.start_order(order, act)
        )

    @routes.get("/v1/orders/{order:path}/reconciliation")
    async def reconciliation(order: OrderId) -> Reconciliation:
        """The books of an order (对账)."""
        books = view.reconciliation(order)
        if books is None:
            raise not_found("order", order, "path.order", "see GET /v1/orders")
        return books

    return routes
