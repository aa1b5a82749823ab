"""The one function by which order creation gets its customer (design §4 "Customers").

Belongs here: found, linked, created, or the walk-in customer. What is written: customer_writing.py.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, select

from woocp_pipelines.counterpoint.customer_index import find_customer
from woocp_pipelines.counterpoint.customer_writing import create_customer, write_customer
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock
from woocp_pipelines.counterpoint.tables import AR_CUST, PS_STR_CFG_PS
from woocp_pipelines.rules.customer_matching import Linked, Mapped, Unknown, decided
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Settings

__all__ = [
    "create_customer",
    "find_customer",
    "is_walk_in",
    "is_walk_in_number",
    "resolve_customer",
]

_LOCK: Final = "customers"


def resolve_customer(
    engine: Engine,
    settings: Settings,
    customer: WebCustomer,
    now: datetime,
    *,
    wait_seconds: float = 20,
) -> str:
    """The CUST_NO that an order books on; found, linked, created, or the walk-in customer.

    For order creation: a short transaction of its own, before the order's. Must not be called
    inside another transaction of this process (SQLite admits one writer).

    Args:
        engine: Counterpoint's database.
        settings: [customers], [counterpoint] and [tax] count.
        customer: `rules.customer_reading.order_customer` of the raw order.
        now: UTC.
        wait_seconds: for a customer sync that is at work.

    Raises:
        RefusedError: AMBIGUOUS_CUSTOMER, MAPPED_CUSTOMER_MISSING, INVALID_EMAIL,
            NO_WALK_IN_CUSTOMER, NO_TAX_CODE, DATABASE_REFUSED, or one that passes by itself:
            CUSTOMERS_BUSY, COUNTER_BUSY.
    """
    with reading(engine) as connection:
        found = find_customer(connection, settings.store.id, customer)
        match = decided(found, customer.email)
        if isinstance(match, Mapped) or (isinstance(match, Linked) and customer.user_id is None):
            return match.cust_no
        if isinstance(match, Unknown) and is_walk_in(settings, customer):
            return _walk_in_customer(connection, settings)
    try:
        with flow_lock(engine, _LOCK, wait_seconds=wait_seconds):
            return write_customer(engine, settings, customer, now).cust_no
    except LockBusyError:
        raise RefusedError(_busy(wait_seconds)) from None


def is_walk_in(settings: Settings, customer: WebCustomer) -> bool:
    """True for guests where the shop wants no customer of their own for them (CP §7 Q18)."""
    return customer.user_id is None and settings.customers.guests == "walk_in"


def is_walk_in_number(connection: Connection, settings: Settings, cust_no: str) -> bool:
    """True when orders of strangers are booked on this customer."""
    config = PS_STR_CFG_PS
    statement = select(config.c.WALK_IN_CUST_NO).where(
        config.c.STR_ID == settings.counterpoint.store
    )
    return connection.execute(statement).scalar_one_or_none() == cust_no


def _walk_in_customer(connection: Connection, settings: Settings) -> str:
    config = PS_STR_CFG_PS
    statement = (
        select(AR_CUST.c.CUST_NO)
        .select_from(config.join(AR_CUST, AR_CUST.c.CUST_NO == config.c.WALK_IN_CUST_NO))
        .where(config.c.STR_ID == settings.counterpoint.store)
    )
    cust_no = connection.execute(statement).scalar_one_or_none()
    if cust_no is not None:
        return str(cust_no)
    raise RefusedError(
        Problem(
            code="NO_WALK_IN_CUSTOMER",
            field="PS_STR_CFG_PS.WALK_IN_CUST_NO",
            found=f"none that exists, for store {settings.counterpoint.store!r}",
            expected="an existing customer",
            next_step='set it in Counterpoint, or customers.guests = "create" in woocp.toml',
            retryable=True,
        )
    )


def _busy(wait_seconds: float) -> Problem:
    return Problem(
        code="CUSTOMERS_BUSY",
        field="lock woocp:customers",
        found=f"held by a customer sync for over {wait_seconds:g} seconds",
        expected="a free lock",
        next_step="nothing: the order is tried again",
        retryable=True,
    )
