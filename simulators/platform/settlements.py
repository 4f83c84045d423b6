"""What lines answered: receipts of packages, reconciliations of orders."""

import sqlite3

from agent.clock import WallClock
from simulators.platform.contract import ReceiptBody, ReconciliationBody


class SettledOtherwiseError(Exception):
    """An order was reconciled before, with other figures."""


class Settlements:
    """Keeps the same answer once, however often it is given."""

    def __init__(self, database: sqlite3.Connection, now_ms: WallClock) -> None:
        self._database = database
        self._now_ms = now_ms

    def add_receipt(self, package: str, receipt: ReceiptBody) -> None:
        """Keep a receipt; the latest one counts."""
        self._database.execute(
            "INSERT OR IGNORE INTO receipts (at_ms, package, document)"
            " VALUES (?, ?, ?)",
            (self._now_ms(), package, receipt.model_dump_json()),
        )

    def receipts(self, package: str) -> list[ReceiptBody]:
        """The receipts of a package, oldest first."""
        rows = self._database.execute(
            "SELECT document FROM receipts WHERE package = ? ORDER BY id", (package,)
        )
        return [ReceiptBody.model_validate_json(row[0]) for row in rows]

    def add_reconciliation(self, report: ReconciliationBody) -> None:
        """Keep an order's settlement; `SettledOtherwiseError` if it has another."""
        settled = self.reconciliation(report.order)
        if settled is not None and settled != report:
            raise SettledOtherwiseError(report.order)
        self._database.execute(
            "INSERT OR IGNORE INTO reconciliations VALUES (?, ?, ?)",
            (report.order, self._now_ms(), report.model_dump_json()),
        )

    def reconciliation(self, order: str) -> ReconciliationBody | None:
        """The settlement of an order, if it was returned."""
        row = self._database.execute(
            "SELECT document FROM reconciliations WHERE order_id = ?", (order,)
        ).fetchone()
        return ReconciliationBody.model_validate_json(row[0]) if row else None
