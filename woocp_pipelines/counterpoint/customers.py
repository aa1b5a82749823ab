"""The one function by which order creation gets its customer (design §4 "Customers").

Belongs here: found, linked, created, or the walk-in customer. Writing it: customer_settling.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, select

from woocp_pipelines.counterpoint.customer_creation import create_customer
from woocp_pipelines.counterpoint.customer_index import find_customer, read_customer_index
from woocp_pipelines.counterpoint.customer_writing import write_customer
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock
from woocp_pipelines.counterpoint.tables import AR_CUST, PS_STR_CFG_PS
from woocp_pipelines.rules.customer_matching import (
    CustomerIndex,
    Linked,
    Mapped,
    Match,
    Unknown,
    decided,
)
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Settings

__all__ = [
    "CustomersBusyError",
    "KnownCustomers",
    "create_customer",
    "find_customer",
    "is_walk_in",
    "match_customer",
    "read_known_customers",
    "resolve_customer",
    "walk_in_customer",
]

# As long as a customer sync usually takes, not as long as it may.
WAIT_SECONDS: Final = 20.0
# Held by whoever makes customers: a sync while it writes, a booking for one buyer.
CREATION_LOCK: Final = "customers"


class CustomersBusyError(RefusedError):
    """A customer sync holds `woocp:customers`: whoever must be written has to wait."""


@dataclass(frozen=True, slots=True)
class KnownCustomers:
    """What buyers are matched with: read once for all orders of a claim.

    `walk_in_no` is the store's WALK_IN_CUST_NO; `has_walk_in`: and AR_CUST has that customer.
    """

    index: CustomerIndex
    walk_in_no: str | None
    has_walk_in: bool


def read_known_customers(
    connection: Connection,
    settings: Settings,
    buyers: Iterable[WebCustomer],
    *,
    map_exists: bool = True,
    is_marked: bool = True,
) -> KnownCustomers:
    """Read what is needed to say who these buyers are: three or four statements.

    Before `woocp db upgrade`: see `read_customer_index`.
    """
    wanted = list(buyers)
    index = read_customer_index(
        connection,
        {buyer.user_id for buyer in wanted if buyer.user_id is not None},
        {buyer.email for buyer in wanted if buyer.email},
        map_exists=map_exists,
        is_marked=is_marked,
    )
    config = PS_STR_CFG_PS
    statement = (
        select(config.c.WALK_IN_CUST_NO, AR_CUST.c.CUST_NO)
        .select_from(config.outerjoin(AR_CUST, AR_CUST.c.CUST_NO == config.c.WALK_IN_CUST_NO))
        .where(config.c.STR_ID == settings.counterpoint.store)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return KnownCustomers(index, None, has_walk_in=False)
    return KnownCustomers(index, row.WALK_IN_CUST_NO, has_walk_in=row.CUST_NO is not None)


def resolve_customer(
    engine: Engine,
    settings: Settings,
    customer: WebCustomer,
    now: datetime,
    *,
    known: KnownCustomers | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> str:
    """The CUST_NO that an order books on; found, linked, created, or the walk-in customer.

    For order creation: a short transaction of its own, before the order's. Must not be called
    inside another transaction of this process (SQLite admits one writer).

    Args:
        engine: Counterpoint's database.
        settings: [customers], [counterpoint] and [tax] count.
        customer: `rules.customer_reading.order_customer` of the raw order.
        now: UTC.
        known: read for this customer, among others; None: read here. Whatever is written is
            decided anew, under the lock.
        wait_seconds: for a customer sync that is at work.

    Raises:
        RefusedError: AMBIGUOUS_CUSTOMER, MAPPED_CUSTOMER_MISSING, INVALID_EMAIL,
            DATABASE_REFUSED, or one that passes by itself: NO_WALK_IN_CUSTOMER, NO_TAX_CODE,
            COUNTER_BUSY.
        CustomersBusyError: CUSTOMERS_BUSY, which passes by itself.
    """
    if known is None:
        with reading(engine) as connection:
            known = read_known_customers(connection, settings, [customer])
    match = decided(match_customer(engine, settings, customer, known), customer)
    if isinstance(match, Mapped) or (isinstance(match, Linked) and customer.user_id is None):
        return match.cust_no
    if isinstance(match, Unknown) and is_walk_in(settings, customer):
        return walk_in_customer(known, settings)
    try:
        with flow_lock(engine, CREATION_LOCK, wait_seconds=wait_seconds):
            cust_no = write_customer(engine, settings, customer, now).cust_no
    except LockBusyError:
        raise CustomersBusyError(_busy(wait_seconds)) from None
    # The next order of the claim finds the customer as if it had been read after this one.
    known.index.add(cust_no, customer.user_id, customer.email)
    return cust_no


def is_walk_in(settings: Settings, customer: WebCustomer) -> bool:
    """True for guests where the shop wants no customer of their own for them (CP §7 Q18)."""
    return customer.user_id is None and settings.customers.guests == "walk_in"


def match_customer(
    engine: Engine, settings: Settings, customer: WebCustomer, known: KnownCustomers
) -> Match:
    """Who a customer is, among those read for it; whoever has no e-mail is looked up."""
    if customer.user_id is not None or customer.email:
        return known.index.match(customer.user_id, customer.email)
    # A guest without e-mail is found again by the order alone.
    with reading(engine) as connection:
        return find_customer(connection, settings.store.id, customer)


def walk_in_customer(known: KnownCustomers, settings: Settings) -> str:
    """The CUST_NO of the store's walk-in customer.

    Raises:
        RefusedError: NO_WALK_IN_CUSTOMER, retryable: it is a setting, not the order, that is wrong.
    """
    if known.walk_in_no is not None and known.has_walk_in:
        return known.walk_in_no
    raise RefusedError(
        Problem(
            code="NO_WALK_IN_CUSTOMER",
            field="PS_STR_CFG_PS.WALK_IN_CUST_NO",
            found=f"none that exists, for store {settings.counterpoint.store!r}",
            expected="an existing customer",
            next_step='set it in Counterpoint, or customers.guests = "create" in woocp.toml; the '
            "order is booked then by itself",
            retryable=True,
        )
    )


def _busy(wait_seconds: float) -> Problem:
    return Problem(
        code="CUSTOMERS_BUSY",
        field="lock woocp:customers",
        found=f"held by a customer sync for over {wait_seconds:g} seconds"
        if wait_seconds
        else "still held by a customer sync",
        expected="a free lock",
        next_step="nothing: the order is tried again",
        retryable=True,
    )
