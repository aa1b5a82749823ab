"""What the database knows of one web order, for people who ask what became of it.

Belongs here: reads, one statement each, over staging, dead letters, key, documents, outbox and
runs. Does not: putting it in order of time (flows/timeline.py). Nothing here decides anything.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, or_, select

from woocp_pipelines.counterpoint.order_lookup import KnownOrder
from woocp_pipelines.counterpoint.statements import contains_text
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_DOC_HDR_DOC_STAT,
    PS_DOC_HDR_TOT,
    PS_ORD_HIST,
    PS_TKT_HIST,
    USER_DEAD_LETTER,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_STORE_OUTBOX,
    USER_SYNC_LOG,
)

Row = Mapping[str, Any]
# Total row of an order and of a ticket; R and V are parts of it (CP §1.7).
_WHOLE: Final = ("O", "S")


@dataclass(frozen=True, slots=True)
class TracedDocument:
    """One document of an order. Amounts are None where only its history is left."""

    doc_id: int
    tkt_no: str
    doc_typ: str | None
    total: Decimal | None
    due: Decimal | None
    deposit: Decimal | None
    place: str


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A run that names the order in its report; times are UTC."""

    run_id: str
    flow: str
    started: datetime | None
    ended: datetime | None
    failed: bool
    said: str


def read_staging(connection: Connection, store_id: str, order_id: int) -> list[Row]:
    """The order's staging rows, without its JSON; a legacy order may have duplicates."""
    table = USER_ORDER_STAGING
    wanted = [column for column in table.c if not column.name.endswith("_JSON")]
    return _rows(connection, table, store_id, order_id, "STAGING_ID", wanted)


def staging_row(connection: Connection, store_id: str, order_id: int) -> Row | None:
    """The staging row that counts, or None: duplicates of the old scripts do not."""
    rows = read_staging(connection, store_id, order_id)
    return next((row for row in rows if row["STATUS"] != "DUPLICATE"), None)


def read_letters(connection: Connection, store_id: str, order_id: int) -> list[Row]:
    """Dead letters of the order, open and closed, oldest first."""
    table = USER_DEAD_LETTER
    wanted = [column for column in table.c if column.name != "RECORD_JSON"]
    return _rows(connection, table, store_id, order_id, "DEAD_LETTER_ID", wanted)


def read_key_row(connection: Connection, store_id: str, order_id: int) -> Row | None:
    """The key that says that the order is booked, or None."""
    table = USER_ORDER_KEY
    found = _rows(connection, table, store_id, order_id, "WOO_ORDER_ID", table.c)
    return found[0] if found else None


def read_messages(connection: Connection, store_id: str, order_id: int) -> list[Row]:
    """What the store was or is to be told of the order, oldest first."""
    table = USER_STORE_OUTBOX
    return _rows(connection, table, store_id, order_id, "OUTBOX_ID", table.c)


def read_documents(connection: Connection, doc_ids: Iterable[int]) -> list[TracedDocument]:
    """Documents by DOC_ID, open ones with their amounts, posted ones as far as history tells."""
    wanted = list(doc_ids)
    header, total, status = PS_DOC_HDR, PS_DOC_HDR_TOT, PS_DOC_HDR_DOC_STAT
    whole = and_(total.c.DOC_ID == header.c.DOC_ID, total.c.TOT_TYP.in_(_WHOLE))
    statement = (
        select(
            header.c.DOC_ID,
            header.c.TKT_NO,
            header.c.DOC_TYP,
            total.c.TOT,
            total.c.AMT_DUE,
            status.c.TOT_DEP_RECEIVED,
        )
        .join_from(header, total, whole, isouter=True)
        .join(status, status.c.DOC_ID == header.c.DOC_ID, isouter=True)
        .where(header.c.DOC_ID.in_(wanted))
        .order_by(header.c.DOC_ID)
    )
    documents = [
        TracedDocument(
            doc_id=row.DOC_ID,
            tkt_no=row.TKT_NO,
            doc_typ=row.DOC_TYP,
            total=row.TOT,
            due=row.AMT_DUE,
            deposit=row.TOT_DEP_RECEIVED,
            place="open",
        )
        for row in connection.execute(statement)
    ]
    missing = sorted(set(wanted) - {each.doc_id for each in documents})
    return documents + list(_posted(connection, missing)) if missing else documents


def _posted(connection: Connection, doc_ids: list[int]) -> Iterator[TracedDocument]:
    """A finished order leaves the open documents for the history (CP §1.19)."""
    for table, doc_typ in ((PS_ORD_HIST, "O"), (PS_TKT_HIST, "T")):
        statement = (
            select(table.c.DOC_ID, table.c.TKT_NO)
            .where(table.c.DOC_ID.in_(doc_ids))
            .order_by(table.c.DOC_ID)
        )
        for row in connection.execute(statement):
            yield TracedDocument(
                row.DOC_ID, row.TKT_NO or "", doc_typ, None, None, None, place="history"
            )


def read_runs(
    connection: Connection, store_id: str, order: KnownOrder, since: datetime | None
) -> list[TracedRun]:
    """Runs whose report names the order, oldest first; a run that changed nothing names none.

    Args:
        connection: to Counterpoint.
        store_id: the store.
        order: whose runs; flows that write the order name its number, the outbox its id.
        since: nothing happened to the order before; bounds the reading.
    """
    table = USER_SYNC_LOG
    named = {
        "orders": order.number,
        "documents": order.number,
        "outbox": str(order.order_id),
        "fulfilment": order.number,
    }
    # The report is JSON as `json.dumps` writes it; what the text finds is looked at again below.
    mentioned = [
        and_(table.c.FLOW == flow, contains_text(table.c.REPORT_JSON, _quoted(key)))
        for flow, key in named.items()
    ]
    statement = (
        select(
            table.c.SYNC_ID,
            table.c.FLOW,
            table.c.STARTED_GMT,
            table.c.ENDED_GMT,
            table.c.SUCCESS,
            table.c.REPORT_JSON,
        )
        .where(table.c.STORE_ID == store_id, or_(*mentioned))
        .order_by(table.c.LOG_ID)
    )
    if since is not None:
        statement = statement.where(table.c.STARTED_GMT >= since)
    runs = []
    for row in connection.execute(statement):
        said = _said(row.REPORT_JSON, named[row.FLOW])
        if said:
            runs.append(
                TracedRun(
                    run_id=row.SYNC_ID,
                    flow=row.FLOW,
                    started=row.STARTED_GMT,
                    ended=row.ENDED_GMT,
                    failed=not row.SUCCESS,
                    said=said,
                )
            )
    return runs


def _quoted(key: str) -> str:
    return f'"key": {json.dumps(key, ensure_ascii=False)}'


def _said(report_json: str, key: str) -> str:
    """What a run's report says of one record."""
    report = json.loads(report_json)
    changes = [
        f"{each['what']} {each['after']}".strip()
        for each in report.get("changes", ())
        if each["key"] == key
    ]
    problems = [
        f"refused: {each['code']}" for each in report.get("problems", ()) if each["key"] == key
    ]
    return "; ".join([*changes, *problems])


def _rows(
    connection: Connection,
    table: Table,
    store_id: str,
    order_id: int,
    order_by: str,
    columns: Iterable[Any],
) -> list[Row]:
    statement = (
        select(*columns)
        .where(table.c.STORE_ID == store_id, table.c.WOO_ORDER_ID == order_id)
        .order_by(table.c[order_by])
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
