"""What both sides hold after the syncs, read again from the outside.

Belongs here: the store's orders over HTTP, Counterpoint's documents by SQL. No flow is asked, so
that a fault of a flow cannot hide itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    USER_ORDER_STAGING,
)
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.money import ZERO, read_decimal
from woocp_pipelines.woocommerce.listing import read_by_id

# "any" leaves out the trash.
_STATUSES: Final = ("any", "trash")
_FIELDS: Final = "id,number,status,total"
_ORDER: Final = "O"
_TICKET: Final = "T"


@dataclass(frozen=True, slots=True)
class StoreOrder:
    """A web order as the store shows it, and what became of it (USER_ORDER_STAGING.STATUS)."""

    order_id: int
    number: str
    status: str
    total: Decimal
    became: str


@dataclass(frozen=True, slots=True)
class Document:
    """An order document in Counterpoint, its deposit ticket and customer."""

    reference: str
    ticket: str
    deposit_ticket: str
    customer: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class Findings:
    """Both sides. The two sums are Counterpoint's own, made by SQL."""

    orders: tuple[StoreOrder, ...]
    documents: tuple[Document, ...]
    documents_total: Decimal
    deposits_total: Decimal
    customers: Mapping[str, str]

    @property
    def booked_in_store(self) -> Decimal:
        """What the store charged for the orders that have a document."""
        booked = {document.reference for document in self.documents}
        return sum((order.total for order in self.orders if f"WOO {order.number}" in booked), ZERO)


def read_findings(context: FlowContext) -> Findings:
    """Read both sides."""
    station = context.settings.counterpoint.station
    with reading(context.engine) as connection:
        became = _became(connection, context.store_id)
        documents = _documents(connection, station)
        documents_total, deposits_total = _sums(connection, station)
        customers = read_customers(connection)
    return Findings(
        orders=tuple(_orders(context, became)),
        documents=tuple(documents),
        documents_total=documents_total,
        deposits_total=deposits_total,
        customers=customers,
    )


def read_customers(connection: Connection) -> dict[str, str]:
    """CUST_NO and name of every customer."""
    statement = select(AR_CUST.c.CUST_NO, AR_CUST.c.NAM)
    return {row.CUST_NO: row.NAM for row in connection.execute(statement)}


def _orders(context: FlowContext, became: Mapping[int, str]) -> list[StoreOrder]:
    pages = (
        page
        for status in _STATUSES
        for page in read_by_id(context.store, "orders", {"status": status, "_fields": _FIELDS})
    )
    return [
        StoreOrder(
            order_id=record["id"],
            number=str(record["number"]),
            status=record["status"],
            total=read_decimal(record["total"]),
            became=became.get(record["id"], ""),
        )
        for page in pages
        for record in page
    ]


def _became(connection: Connection, store_id: str) -> dict[int, str]:
    table = USER_ORDER_STAGING
    statement = select(table.c.WOO_ORDER_ID, table.c.STATUS).where(table.c.STORE_ID == store_id)
    return {row.WOO_ORDER_ID: row.STATUS for row in connection.execute(statement)}


def _documents(connection: Connection, station: str) -> list[Document]:
    rows: dict[str, dict[str, Any]] = {}
    for row in connection.execute(_headers(station)):
        rows.setdefault(row.REF, {})[row.DOC_TYP] = row
    return [
        Document(
            reference=reference,
            ticket=found[_ORDER].TKT_NO,
            deposit_ticket=found[_TICKET].TKT_NO if _TICKET in found else "",
            customer=found[_ORDER].CUST_NO,
            total=found[_ORDER].TOT,
        )
        for reference, found in rows.items()
        if _ORDER in found
    ]


def _headers(station: str) -> Select[Any]:
    header, total = PS_DOC_HDR, PS_DOC_HDR_TOT
    return (
        select(header.c.REF, header.c.DOC_TYP, header.c.TKT_NO, header.c.CUST_NO, total.c.TOT)
        .join(total, _whole(), isouter=True)
        .where(header.c.STA_ID == station)
        .order_by(header.c.DOC_ID)
    )


def _sums(connection: Connection, station: str) -> tuple[Decimal, Decimal]:
    """What all order documents of the station come to, and what is paid of it."""
    header, total = PS_DOC_HDR, PS_DOC_HDR_TOT
    statement = (
        select(func.sum(total.c.TOT), func.sum(total.c.TOT_TND))
        .join(header, _whole())
        .where(header.c.STA_ID == station, header.c.DOC_TYP == _ORDER)
    )
    of_all, paid = connection.execute(statement).one()
    return of_all or ZERO, paid or ZERO


def _whole() -> ColumnElement[bool]:
    """The total row of a whole order; the other rows are parts of it (CP §1.7)."""
    header, total = PS_DOC_HDR, PS_DOC_HDR_TOT
    return and_(total.c.DOC_ID == header.c.DOC_ID, total.c.TOT_TYP == _ORDER)
