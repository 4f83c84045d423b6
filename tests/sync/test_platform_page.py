"""The JSON of docs/platform.md is what both sides really take and give."""

import json
import re
from pathlib import Path

import httpx
import pytest

from agent.documents import (
    OrderDocument,
    PackageDocument,
    SpecDocument,
    read_document,
    to_order,
    to_spec,
)
from agent.sync.messages import MarkAnswer, Receipt, Reconciliation
from simulators.platform import MemoryTransport, create_app

PAGE = Path(__file__).parents[2] / "docs/platform.md"


@pytest.fixture(scope="module")
def examples() -> list[dict]:
    fenced = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [json.loads(text) for text in fenced]


def test_documents_are_read(examples):
    spec, order, package, receipt, *_ = examples
    domain_spec = to_spec(read_document(SpecDocument, spec, "spec"))
    to_order(read_document(OrderDocument, order, "order"), domain_spec)
    read_document(PackageDocument, package, "package")
    assert Receipt.model_validate(receipt).verdict == "refused"


async def test_batch_gets_the_answer_that_is_shown(bench, examples):
    *_, batch, answer, report = examples
    transport = MemoryTransport(create_app(bench.ledger))
    async with httpx.AsyncClient(transport=transport, base_url="http://p") as http:
        url = f"/v1/lines/{answer['line']}/epochs/{answer['epoch']}/events"
        assert (await http.post(url, json=batch)).json() == answer
        bench.ledger.catalogue.publish(
            "L1",
            "orders",
            report["order"],
            read_document(OrderDocument, examples[1], "order"),
        )
        settled = await http.post(
            f"/v1/orders/{report['order']}/reconciliation", json=report
        )
        assert settled.json() == report
    MarkAnswer.model_validate(answer)
    Reconciliation.model_validate(report)
