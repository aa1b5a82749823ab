"""A business day on both sides: every paid web order and refund against documents and payments.

Belongs here: the order of the steps, and the report. Reads only, in plan and in apply mode alike.
What differs and why: rules/reconciliation*.py; what is read: reconciliation_reading.py; the file
for people: reconciliation_file.py.

An order belongs to the store-local day on which it was placed, as in `order_days`: that day never
changes, while an order can be paid later, or never; and it is the day of its documents (TKT_DT).
An order of another day that was refunded on this one is looked at, too, and not summed; so is one
of which somebody entered a document on this day, where that is more than its own day says.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.reconciled_orders import (
    read_customer_codes,
    read_mapped_users,
)
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.order_reading import first_moment
from woocp_pipelines.flows.reconciliation_reading import (
    BooksDay,
    ShopDay,
    in_shop,
    read_books,
    read_entered,
    read_shop,
)
from woocp_pipelines.flows.reconciliation_stock import StockParity, compare_with_shop
from woocp_pipelines.rules.reconciliation import (
    reconcile_gone,
    reconcile_order,
    reconcile_stray,
)
from woocp_pipelines.rules.reconciliation_causes import GRAVE, MEANINGS, Difference
from woocp_pipelines.rules.reconciliation_facts import Known
from woocp_pipelines.rules.reconciliation_rows import OrderRow
from woocp_pipelines.rules.reconciliation_totals import DayTotals, day_totals, unexplained_cents
from woocp_pipelines.rules.reconciliation_unbooked import Moment

_CAUSES = tuple(MEANINGS)
# No web shop of this kind is older.
_FIRST_DAY = date(2000, 1, 1)


class DayOutOfRangeError(ValueError):
    """A day that has not begun in the store, or on which there was no web shop."""

    def __init__(self, day: date, today: date) -> None:
        super().__init__(
            f"DAY: found {day}, expected a day from {_FIRST_DAY} to {today}, which it is in the "
            "store now; name a day that has begun"
        )


@dataclass(frozen=True, slots=True)
class UnmappedCustomer:
    """A customer account with orders of the day and no active map row; `code` of its letter."""

    customer_id: int
    orders: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Found:
    """One difference of one order, or of a document without order."""

    row: OrderRow
    difference: Difference

    @property
    def payments_above(self) -> Decimal | None:
        """By how much payments are above the shop because of it; None where nobody can know."""
        is_unread = self.row.payments is None and not self.difference.payments
        return None if is_unread else self.difference.payments


@dataclass(frozen=True, slots=True)
class DayReport:
    """A day of the store. `stock` is None for older days: it is about now.

    `unread`: number of an order whose money cannot be read, and why.
    """

    day: date
    at: datetime
    rows: tuple[OrderRow, ...]
    totals: tuple[DayTotals, ...]
    unread: tuple[tuple[str, str], ...]
    customers: tuple[UnmappedCustomer, ...]
    stock: StockParity | None
    seconds: float

    @property
    def differences(self) -> list[Found]:
        """All differences, those first that need people most."""
        found = [Found(row, each) for row in self.rows for each in row.differences]
        return sorted(found, key=_urgency)

    @property
    def unexplained_cents(self) -> int:
        """Cents that no cause explains."""
        return unexplained_cents(self.rows)

    @property
    def open_differences(self) -> list[Found]:
        """Explained, but somebody or some run has still to do something."""
        return [
            each
            for each in self.differences
            if each.difference.is_open and not each.difference.unexplained
        ]


def reconcile_day(context: FlowContext, day: date, *, with_stock: bool | None = None) -> DayReport:
    """Compare a store-local day on both sides; writes nothing anywhere.

    Works before `woocp db upgrade`: nothing is known to be staged then.

    Args:
        context: both systems.
        day: by the time at which orders were placed.
        with_stock: whether stock is compared, too; without a choice for today and yesterday only.

    Raises:
        DayOutOfRangeError: there can be nothing to compare; neither system was asked.
        StoreError: the store could not be read.
        DBAPIError: Counterpoint could not be read.
    """
    start, now = time.perf_counter(), context.now()
    today = now.astimezone(context.settings.store.zone).date()
    if not _FIRST_DAY <= day <= today:
        raise DayOutOfRangeError(day, today)
    shop = read_shop(context, day)
    books = read_books(context, day, shop)
    if read_entered(context, shop, books.strays):
        books = read_books(context, day, shop)
    gone = books.elsewhere - in_shop(context, books.elsewhere)
    rows = tuple(_rows(context, shop, books, sorted(gone), now))
    customers = tuple(_unmapped(context, shop, rows))
    # The nightly run is of yesterday.
    is_newest = day >= today - timedelta(days=1)
    wanted = is_newest if with_stock is None else with_stock
    stock = compare_with_shop(context) if wanted else None
    return DayReport(
        day=day,
        at=now,
        rows=rows,
        totals=day_totals(rows),
        unread=tuple(shop.unread),
        customers=customers,
        stock=stock,
        seconds=time.perf_counter() - start,
    )


def _rows(
    context: FlowContext, shop: ShopDay, books: BooksDay, gone: list[int], now: datetime
) -> Iterator[OrderRow]:
    settings = context.settings
    takes_payments = settings.documents.payments != "none"
    zone = settings.store.zone
    at = Moment(
        now, settings.orders, first_moment(context), takes_payments, zone, books.reads_after
    )
    for order_id, order in sorted(shop.every.items()):
        row = reconcile_order(order, books.known.get(order_id, Known()), at)
        if row is not None and (order_id not in shop.entered or _is_grave(row)):
            yield replace(row, is_of_day=order_id in shop.orders)
    currency = settings.store.currency
    for order_id in gone:
        yield reconcile_gone(order_id, books.known[order_id], currency)
    for documents in books.strays:
        yield reconcile_stray(documents, currency)


def _unmapped(
    context: FlowContext, shop: ShopDay, rows: tuple[OrderRow, ...]
) -> Iterator[UnmappedCustomer]:
    """Accounts of the day's orders without map row; guests have none by design."""
    charged = {row.order_id for row in rows if row.is_of_day}
    orders: dict[int, list[str]] = {}
    for order in shop.orders.values():
        if order.customer_id and order.order_id in charged:
            orders.setdefault(order.customer_id, []).append(order.number)
    with reading(context.engine) as connection:
        missing = orders.keys() - read_mapped_users(connection, orders.keys())
        codes: dict[int, str] = {}
        if is_upgraded(connection):
            codes = read_customer_codes(connection, context.store_id, missing)
    for customer in sorted(missing):
        yield UnmappedCustomer(customer, tuple(orders[customer]), codes.get(customer, ""))


def _is_grave(row: OrderRow) -> bool:
    return any(each.cause in GRAVE for each in row.differences)


def _urgency(found: Found) -> tuple[bool, int, str]:
    difference = found.difference
    return not difference.is_open, _CAUSES.index(difference.cause), found.row.number
