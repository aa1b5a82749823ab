"""Reads the retailer's order rows, and writes what legacy_orders.py judged. No decisions here."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, column, select, table, update

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.counterpoint.migrations.revision_0001.legacy_orders import (
    Judgement,
    LegacyRow,
    Letter,
    judge,
)
from woocp_pipelines.counterpoint.migrations.revision_0001.orders import (
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)
from woocp_pipelines.counterpoint.migrations.revision_0001.records import USER_DEAD_LETTER
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, insert_rows

# The retailer had one store; woocp's default id of it (woocp.toml, [store] id).
_STORE: Final = "main"
_DOCUMENTS: Final = tuple(
    table(name, column("DOC_ID"), column("TKT_NO")) for name in ("PS_ORD_HIST", "PS_DOC_HDR")
)


def settle(connection: Connection) -> None:
    """Give every old row its status, every settled order its key, every doubt a dead letter."""
    judgement = judge(_read(connection))
    tickets = _ticket_numbers(connection, judgement.settled)
    _write_statuses(connection, judgement)
    _write_documents(connection, judgement.settled, tickets)
    keys = [
        {
            "STORE_ID": _STORE,
            "WOO_ORDER_ID": row.woo_order_id,
            "DOC_ID": row.doc_id,
            "TKT_NO": tickets.get(row.doc_id),
        }
        for row in judgement.settled
    ]
    insert_rows(connection, USER_ORDER_KEY, keys)
    now = datetime.now(UTC)
    letters = [_dead_letter(letter, now) for letter in judgement.letters]
    insert_rows(connection, USER_DEAD_LETTER, letters)


def _read(connection: Connection) -> Iterable[LegacyRow]:
    source = USER_ORDER_STAGING.c
    statement = select(
        source.STAGING_ID,
        source.WOO_ORDER_ID,
        source.WOO_ORDER_NO,
        source.CUST_NO,
        source.IS_APPLIED,
        source.VALIDATION_ERROR,
        source.CP_DOC_ID,
    )
    return [LegacyRow(*row) for row in connection.execute(statement)]


def _ticket_numbers(connection: Connection, rows: Iterable[LegacyRow]) -> dict[int | None, str]:
    """TKT_NO by DOC_ID, of open documents and of those already in the history."""
    doc_ids = [row.doc_id for row in rows if row.doc_id is not None]
    live = read_catalog(connection, [source.name for source in _DOCUMENTS])
    found: dict[int | None, str] = {}
    for source in _DOCUMENTS:
        if source.name not in live:
            continue
        for part in chunks(doc_ids, MAX_PARAMETERS):
            statement = select(source).where(source.c.DOC_ID.in_(part))
            found.update((row.DOC_ID, row.TKT_NO) for row in connection.execute(statement))
    return found


def _write_statuses(connection: Connection, judgement: Judgement) -> None:
    by_status: defaultdict[str, list[int]] = defaultdict(list)
    for staging_id, status in judgement.status.items():
        by_status[status].append(staging_id)
    source = USER_ORDER_STAGING.c
    for status, staging_ids in by_status.items():
        for part in chunks(staging_ids, MAX_PARAMETERS - 1):
            connection.execute(
                update(USER_ORDER_STAGING).where(source.STAGING_ID.in_(part)).values(STATUS=status)
            )


def _write_documents(
    connection: Connection, rows: Iterable[LegacyRow], tickets: dict[int | None, str]
) -> None:
    documents = [
        {"row": row.staging_id, "value": row.doc_id} for row in rows if row.doc_id is not None
    ]
    known = [
        {"row": row.staging_id, "value": tickets[row.doc_id]}
        for row in rows
        if row.doc_id in tickets
    ]
    for name, values in (("DOC_ID", documents), ("TKT_NO", known)):
        if values:
            connection.execute(
                update(USER_ORDER_STAGING)
                .where(USER_ORDER_STAGING.c.STAGING_ID == bindparam("row"))
                .values({name: bindparam("value")}),
                values,
            )


def _dead_letter(letter: Letter, now: datetime) -> dict[str, Any]:
    row = letter.row
    return {
        "STORE_ID": _STORE,
        "FLOW": "orders",
        "KIND": "revision",
        # Not the order's own key: booking the order must not close what concerns its other row.
        "RECORD_KEY": f"staging row {row.staging_id}",
        "WOO_ORDER_ID": row.woo_order_id,
        "WOO_ORDER_NO": row.woo_order_no,
        "CUST_NO": row.cust_no,
        "CODE": letter.code,
        "FIELD": "CP_DOC_ID" if row.document else "WOO_ORDER_ID",
        "FOUND": letter.found,
        "EXPECTED": letter.expected,
        "ARITHMETIC": "",
        "NEXT_STEP": letter.next_step,
        "RETRYABLE": False,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": now,
        "LAST_SEEN_GMT": now,
    }
