"""Writing a booking: all rows of an order's documents in the caller's transaction (CP §4.8).

Belongs here: inserts and the ordered updates of IM_INV and AR_CUST. What the rows are is decided
in rules/document_building; the staging row and the outbox are written by their own modules in the
same transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Case,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    select,
    update,
)

from woocp_pipelines.counterpoint.statements import chunks, insert_rows
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_INV,
    METADATA,
    PS_DOC_LIN,
)
from woocp_pipelines.counterpoint.types import Money, Qty
from woocp_pipelines.rules.clock import naive_utc, store_local
from woocp_pipelines.rules.document_building import Documents, StockChange
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Counterpoint

Row = Mapping[str, Any]
_COUNT_ORDER: Final = (
    update(AR_CUST)
    .where(AR_CUST.c.CUST_NO == bindparam("customer"))
    .values(
        NO_OF_ORDS=AR_CUST.c.NO_OF_ORDS + bindparam("open_orders"),
        LST_MAINT_DT=bindparam("now"),
        LST_MAINT_USR_ID=bindparam("user"),
        RS_UTC_DT=bindparam("now_utc"),
    )
)
_COUNT_ORDER_AND_BALANCE: Final = _COUNT_ORDER.values(
    ORD_BAL=AR_CUST.c.ORD_BAL + bindparam("amt_due", type_=Money())
)
# Five parameters each, and SQL Server takes 2,100.
_ITEMS_AT_ONCE: Final = 300


class NoStockRowError(Exception):
    """Items of a booking that have no IM_INV row; one is never invented (CP §4.2 rule 8)."""

    def __init__(self, item_nos: Collection[str], location: str) -> None:
        super().__init__(f"no row in IM_INV at {location}: {', '.join(item_nos)}")
        self.item_nos = item_nos


def write_documents(
    connection: Connection,
    documents: Documents,
    *,
    cust_no: str,
    where: Counterpoint,
    zone: ZoneInfo,
    now: datetime,
    raise_balance: bool,
) -> None:
    """Insert all rows, commit the stock, count the order on its customer.

    Args:
        connection: the booking's transaction.
        documents: from `build_documents`.
        cust_no: the customer whose open orders go up.
        where: user and location of the settings.
        zone: the store's, in which LST_MAINT_DT is kept.
        now: UTC.
        raise_balance: also add what is due to ORD_BAL (CP §7 Q23).

    Raises:
        NoStockRowError: nothing must be committed.
        RefusedError: CUSTOMER_GONE; nothing must be committed.
    """
    # What every row that is changed says of who changed it, and when.
    marks = {"now": store_local(now, zone), "now_utc": naive_utc(now), "user": where.user}
    for name, rows in documents.rows.items():
        for together in _statements(name, rows):
            insert_rows(connection, METADATA.tables[name], together)
    for part in chunks(documents.stock, _ITEMS_AT_ONCE):
        _commit_stock(connection, part, where.stock_location, marks)
    _count_order(connection, documents, cust_no, marks, raise_balance=raise_balance)


def _statements(name: str, rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that go together: all of a table, but lines by document.

    Lines are so wide that those of order and deposit ticket together would need a second
    statement from 16 lines on; apart, their number is the same up to 30 (design §8).
    """
    if name != PS_DOC_LIN.name:
        yield list(rows)
        return
    for _, part in groupby(rows, key=itemgetter("DOC_ID")):
        yield list(part)


def _commit_stock(
    connection: Connection, changes: Sequence[StockChange], location: str, marks: Row
) -> None:
    """Raise commitment and open orders of many items in one statement, whatever their number."""
    parameters = {"location": location, **marks}
    for n, each in enumerate(changes):
        parameters |= {
            f"item_{n}": each.item_no,
            f"commit_{n}": each.commit,
            f"on_order_{n}": each.on_order,
        }
    if connection.execute(_stock_statement(len(changes)), parameters).rowcount == len(changes):
        return
    asked = [each.item_no for each in changes]
    at_location = and_(IM_INV.c.LOC_ID == location, IM_INV.c.ITEM_NO.in_(asked))
    known = set(connection.execute(select(IM_INV.c.ITEM_NO).where(at_location)).scalars())
    missing = [each.item_no for each in changes if each.item_no not in known]
    # Another count with every row there is a trigger's, which the driver reports first.
    if missing:
        raise NoStockRowError(missing, location)


@lru_cache(maxsize=_ITEMS_AT_ONCE)
def _stock_statement(items: int) -> Update:
    numbers = range(items)

    def by_item(name: str) -> Case[Decimal]:
        return case(
            *(
                (IM_INV.c.ITEM_NO == bindparam(f"item_{n}"), bindparam(f"{name}_{n}", type_=Qty()))
                for n in numbers
            )
        )

    return (
        update(IM_INV)
        .where(
            IM_INV.c.LOC_ID == bindparam("location"),
            IM_INV.c.ITEM_NO.in_([bindparam(f"item_{n}") for n in numbers]),
        )
        .values(
            QTY_COMMIT=IM_INV.c.QTY_COMMIT + by_item("commit"),
            QTY_ON_ORD=IM_INV.c.QTY_ON_ORD + by_item("on_order"),
            LST_MAINT_DT=bindparam("now"),
            LST_MAINT_USR_ID=bindparam("user"),
            RS_UTC_DT=bindparam("now_utc"),
        )
    )


def _count_order(
    connection: Connection,
    documents: Documents,
    cust_no: str,
    marks: Row,
    *,
    raise_balance: bool,
) -> None:
    parameters = {"customer": cust_no, "open_orders": documents.open_orders, **marks}
    statement = _COUNT_ORDER
    if raise_balance and documents.open_orders:
        statement, parameters["amt_due"] = _COUNT_ORDER_AND_BALANCE, documents.amt_due
    if connection.execute(statement, parameters).rowcount == 1:
        return
    # Another count with the customer there is a trigger's, as with stock.
    found = connection.execute(select(AR_CUST.c.CUST_NO).where(AR_CUST.c.CUST_NO == cust_no))
    if found.one_or_none() is None:
        raise RefusedError(_customer_gone(cust_no))


def _customer_gone(cust_no: str) -> Problem:
    return Problem(
        code="CUSTOMER_GONE",
        field="CUST_NO",
        found=cust_no,
        expected="a customer in AR_CUST",
        next_step="map the WooCommerce customer to another one; then replay",
        cust_no=cust_no,
    )
