"""Numbers about the syncs' own tables, for people: how many rows, and whether totals agree.

Belongs here: reads that show or check, one statement each. Nothing here decides what a flow does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, Table, func, select

from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    USER_ORDER_STAGING,
)

# Total row of an order and of a ticket; R and V are parts of it (CP §1.7).
_WHOLE: Final = ("O", "S")


@dataclass(frozen=True, slots=True)
class BookedTotal:
    """What the store charged for an order and what its document says, both to the cent."""

    order_number: str
    ticket: str
    store_total: Decimal
    document_total: Decimal


def count_rows(connection: Connection, table: Table, store_id: str | None = None) -> int:
    """Rows of a table, of one store where the table tells stores apart; 0 before `db upgrade`."""
    if not table_exists(connection, table.name, "STORE_ID" if store_id else None):
        return 0
    statement = select(func.count()).select_from(table)
    if store_id is not None:
        statement = statement.where(table.c.STORE_ID == store_id)
    return int(connection.execute(statement).scalar_one())


def read_booked_totals(
    connection: Connection, store_id: str, *, since: datetime, user: str
) -> Sequence[BookedTotal]:
    """Totals of orders booked since a moment whose document is still open and as we left it.

    Args:
        connection: to Counterpoint.
        store_id: the store.
        since: UTC.
        user: who we are; a document that a person has since changed may rightly differ.
    """
    staged, total, header = USER_ORDER_STAGING, PS_DOC_HDR_TOT, PS_DOC_HDR
    statement = (
        select(staged.c.WOO_ORDER_NO, staged.c.TKT_NO, staged.c.TOT_AMT, total.c.TOT)
        .join(header, header.c.DOC_ID == staged.c.DOC_ID)
        .join(total, total.c.DOC_ID == staged.c.DOC_ID)
        .where(
            staged.c.STORE_ID == store_id,
            staged.c.STATUS == "BOOKED",
            staged.c.BOOKED_GMT >= since,
            header.c.LST_MAINT_USR_ID == user,
            total.c.TOT_TYP.in_(_WHOLE),
        )
        .order_by(staged.c.STAGING_ID)
    )
    return [
        BookedTotal(row.WOO_ORDER_NO or "", row.TKT_NO or "", row.TOT_AMT, row.TOT)
        for row in connection.execute(statement)
    ]
