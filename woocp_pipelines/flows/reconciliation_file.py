"""The reconciliation of a day as a CSV file: every order, and a line for each further difference.

Belongs here: its columns. The file itself: report_file.py. The amounts of an order stand on its
first line only, so that columns can be summed. A payment that cannot be read is an empty cell.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from woocp_pipelines.flows.reconciliation import DayReport, Found
from woocp_pipelines.flows.report_file import write_report
from woocp_pipelines.rules.reconciliation_rows import OrderRow

COLUMNS: Final = (
    "order",
    "order_id",
    "of_day",
    "status",
    "currency",
    "charged",
    "refunded",
    "web",
    "due",
    "documents",
    "payments",
    "tickets",
    "cause",
    "documents_above",
    "payments_above",
    "unexplained",
    "state",
    "code",
    "remark",
    "next_step",
)


def write_reconciliation(report: DayReport, home: Path) -> Path:
    """Write every order of the day; gives the path. An earlier file of the day is replaced.

    Raises:
        OSError: the folder or file cannot be written.
    """
    rows = (line for row in report.rows for line in _lines(row))
    return write_report(home, f"reconciliation-{report.day.isoformat()}", COLUMNS, rows)


def _lines(row: OrderRow) -> Iterator[list[Any]]:
    head = [row.number, row.order_id, "yes" if row.is_of_day else "no", row.status, row.currency]
    money = [row.charged, row.refunded, row.web, row.due, row.documents, row.payments]
    tickets = ", ".join(row.tickets)
    if not row.differences:
        yield [*head, *money, tickets, *[None] * 8]
    for number, each in enumerate(row.differences):
        amounts = money if number == 0 else [None] * len(money)
        yield [*head, *amounts, tickets, *_cells(Found(row, each))]


def _cells(found: Found) -> list[Any]:
    difference = found.difference
    state = "open" if difference.is_open else "settled"
    return [
        difference.cause,
        difference.documents,
        found.payments_above,
        difference.unexplained,
        state,
        difference.code,
        difference.remark,
        difference.next_step,
    ]
