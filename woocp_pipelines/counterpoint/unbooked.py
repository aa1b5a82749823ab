"""What web orders take from stock that Counterpoint does not know of yet (CP §3.4, design §4).

Belongs here: which staged lines count, as sums by item and one by one. Does not: writing them
(staged_lines.py), nor stock itself (stock.py).
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    false,
    func,
    select,
    true,
    union_all,
)

from woocp_pipelines.counterpoint.tables import (
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
)
from woocp_pipelines.rules.order_revisions import REVISION_CODES
from woocp_pipelines.rules.stock_policy import UNBOOKED
from woocp_pipelines.rules.unmatched_lines import UnmatchedLine


def read_unmatched_lines(connection: Connection, store_id: str) -> list[UnmatchedLine]:
    """Lines of unbooked orders without an item: few, and read before the stock (`read_stock`).

    A line that gets its item in between is subtracted twice for one round: the safe side. The
    cost grows with the unbooked orders.
    """
    lines = _taking(store_id, with_order=True)
    statement = (
        select(lines)
        .where(lines.c.ITEM_NO.is_(None))
        .order_by(lines.c.WOO_ORDER_ID, lines.c.WOO_LINE_ID)
    )
    return [
        UnmatchedLine(
            order_id=row.WOO_ORDER_ID,
            order_number=row.WOO_ORDER_NO or str(row.WOO_ORDER_ID),
            status=_status(row),
            product_id=row.WOO_PRODUCT_ID or 0,
            variation_id=row.WOO_VARIATION_ID or 0,
            sku=row.SKU or "",
            quantity=row.QTY,
        )
        for row in connection.execute(statement)
    ]


def read_unbooked_orders(
    connection: Connection, store_id: str, item_no: str
) -> list[tuple[str, str, Decimal]]:
    """Number, STATUS and stocking quantity of each unbooked order that takes an item.

    What an open revision adds to a booked order stands as REVISED.
    """
    lines = _taking(store_id, with_order=True)
    statement = (
        select(lines)
        .where(lines.c.ITEM_NO == item_no)
        .order_by(lines.c.WOO_ORDER_ID, lines.c.WOO_LINE_ID)
    )
    return [
        (row.WOO_ORDER_NO or str(row.WOO_ORDER_ID), _status(row), row.STK_QTY)
        for row in connection.execute(statement)
    ]


def _status(row: Any) -> str:
    return "REVISED" if row.IS_ADDED else str(row.STATUS)


def unbooked_by_item(store_id: str) -> Subquery:
    """ITEM_NO and UNBOOKED, the sum in stocking units, to be joined with stock."""
    lines = _taking(store_id, with_order=False).c
    return (
        select(lines.ITEM_NO, func.sum(lines.STK_QTY).label("UNBOOKED"))
        .where(lines.ITEM_NO.is_not(None))
        .group_by(lines.ITEM_NO)
        .subquery("unbooked")
    )


def _taking(store_id: str, *, with_order: bool) -> Subquery:
    """Lines that take what Counterpoint does not know of.

    Those of unbooked orders, and what was added to booked ones whose revision is open: two parts,
    so that each is found by its own index, however many orders were booked before.
    """
    order, line = USER_ORDER_STAGING, USER_ORDER_STAGING_LIN
    columns: list[ColumnElement[Any]] = [line.c.ITEM_NO, line.c.STK_QTY]
    if with_order:
        columns = [*line.c, order.c.WOO_ORDER_NO, order.c.STATUS]
    waiting = (
        select(*columns)
        .select_from(line.join(order, _same_order()))
        .where(
            order.c.STORE_ID == store_id, order.c.STATUS.in_(UNBOOKED), line.c.IS_ADDED == false()
        )
    )
    added = select(*columns).where(
        line.c.STORE_ID == store_id,
        line.c.IS_ADDED == true(),
        line.c.WOO_ORDER_ID.in_(_revised(store_id)),
    )
    if with_order:
        # The staging row of a booked order may have been cleaned up, or be one of duplicates.
        counts = and_(_same_order(), order.c.STATUS != "DUPLICATE")
        added = added.select_from(line.outerjoin(order, counts))
    return union_all(waiting, added).subquery("taking")


def _revised(store_id: str) -> Select[Any]:
    """Booked orders that changed, of which people have not settled it yet."""
    letter = USER_DEAD_LETTER.c
    return select(letter.WOO_ORDER_ID).where(
        letter.STORE_ID == store_id,
        letter.KIND == "revision",
        letter.CODE.in_(REVISION_CODES),
        letter.CLOSED_GMT.is_(None),
        letter.WOO_ORDER_ID.is_not(None),
    )


def _same_order() -> ColumnElement[bool]:
    order, line = USER_ORDER_STAGING.c, USER_ORDER_STAGING_LIN.c
    return and_(line.STORE_ID == order.STORE_ID, line.WOO_ORDER_ID == order.WOO_ORDER_ID)
