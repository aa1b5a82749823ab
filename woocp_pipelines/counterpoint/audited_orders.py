"""Orders of a span of time as they were staged, and what their documents say of their prices.

Belongs here: the two reads of the price audit. Does not: comparing (rules/price_audit.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, and_, select

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import PS_DOC_LIN, PS_DOC_LIN_PRICE, USER_ORDER_STAGING
from woocp_pipelines.rules.document_building.price_rows import WEB_PRICE

# Not charged, or not the row that counts: legacy rows are read again before anything else.
_LEFT_OUT: Final = ("CANCELLED", "DUPLICATE", "REREAD")


@dataclass(frozen=True, slots=True)
class AuditedOrder:
    """A staged order; `order_json` is None where it is no longer kept."""

    order_id: int
    number: str
    order_json: str | None
    doc_id: int | None


def read_orders_created(
    connection: Connection, store_id: str, since: datetime, until: datetime
) -> list[AuditedOrder]:
    """Orders that were placed from `since` to before `until` (UTC), oldest first."""
    table = USER_ORDER_STAGING
    statement = (
        select(table.c.WOO_ORDER_ID, table.c.WOO_ORDER_NO, table.c.ORDER_JSON, table.c.DOC_ID)
        .where(
            table.c.STORE_ID == store_id,
            table.c.ORD_CREATED_GMT >= since,
            table.c.ORD_CREATED_GMT < until,
            table.c.STATUS.not_in(_LEFT_OUT),
        )
        .order_by(table.c.ORD_CREATED_GMT, table.c.STAGING_ID)
    )
    return [
        AuditedOrder(
            row.WOO_ORDER_ID, row.WOO_ORDER_NO or str(row.WOO_ORDER_ID), row.ORDER_JSON, row.DOC_ID
        )
        for row in connection.execute(statement)
    ]


def read_booked_prices(
    connection: Connection, doc_ids: Iterable[int]
) -> Mapping[tuple[int, int], Decimal]:
    """CALC_PRC by DOC_ID and LIN_SEQ_NO, of documents that are still open.

    Only where it was Counterpoint's own price: a line whose price was not decided when it was
    booked carries the web's there, with the justification that says so.
    """
    line, price = PS_DOC_LIN, PS_DOC_LIN_PRICE
    same = and_(price.c.DOC_ID == line.c.DOC_ID, price.c.LIN_SEQ_NO == line.c.LIN_SEQ_NO)
    found: dict[tuple[int, int], Decimal] = {}
    for part in chunks(doc_ids, MAX_PARAMETERS):
        statement = (
            select(
                line.c.DOC_ID,
                line.c.LIN_SEQ_NO,
                line.c.CALC_PRC,
                line.c.HAS_PRC_OVRD,
                price.c.PRC_JUST_STR,
            )
            .join(price, same)
            .where(line.c.DOC_ID.in_(part))
        )
        for row in connection.execute(statement):
            undecided = row.HAS_PRC_OVRD == "N" and row.PRC_JUST_STR == WEB_PRICE
            if row.CALC_PRC is not None and not undecided:
                found[row.DOC_ID, row.LIN_SEQ_NO] = row.CALC_PRC
    return found
