"""USER_CUSTOMER_STAGING: each web customer as last seen, and what was done about it (CP §2.3).

Belongs here: one row per registered user, or per order of a guest. Rows of the retailer's old
pulls have no content hash; they are left as they are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Select, select

from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    insert_rows,
    update_rows,
)
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_STAGING, USER_ORDER_STAGING
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_checks import warnings
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.order_content import decode_order
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import cut_unicode
from woocp_pipelines.settings import Settings

Action = Literal["INSERT", "LINKED_EXISTING", "SKIPPED"]
_TEXT: Final = 500
_WITH_BUYER: Final = ("PENDING", "CLAIMED", "REFUSED")
_OF_FIRST_TIME: Final = ("ACTION_TAKEN", "APPLIED_DT", "IS_APPLIED", "BATCH_ID")


@dataclass(frozen=True, slots=True)
class StagedCustomer:
    """What the last run left about a customer; `cust_no` is None while it was refused.

    `error` is the sentence of the problem that it was left with.
    """

    staging_id: int
    content_hash: str
    cust_no: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StagedRows:
    """All rows of ours, by user id for registered users, by order id for guests."""

    by_user: Mapping[int, StagedCustomer]
    by_order: Mapping[int, StagedCustomer]

    def of(self, customer: WebCustomer) -> StagedCustomer | None:
        """The row of one customer."""
        if customer.user_id is not None:
            return self.by_user.get(customer.user_id)
        return self.by_order.get(customer.order_id or 0)


NO_CODES: Final[Mapping[str, str | None]] = MappingProxyType({})
NOTHING_STAGED: Final = StagedRows({}, {})


def read_staged(connection: Connection, store_id: str) -> StagedRows:
    """Every row of ours in one statement."""
    return _rows(connection.execute(_of_store(store_id)))


def read_staged_of(
    connection: Connection, store_id: str, customers: Collection[WebCustomer]
) -> StagedRows:
    """The rows of some customers, the newest of each: one statement or two for 2,000 of them."""
    table = USER_CUSTOMER_STAGING
    users = {each.user_id for each in customers if each.user_id is not None}
    orders = {each.order_id for each in customers if each.user_id is None}
    found: list[Row[Any]] = []
    for part in chunks(sorted(users), MAX_PARAMETERS - 1):
        found += connection.execute(_of_store(store_id).where(table.c.WOO_USER_ID.in_(part)))
    for part in chunks(sorted(each for each in orders if each is not None), MAX_PARAMETERS - 1):
        guests = (table.c.WOO_USER_ID.is_(None), table.c.WOO_ORDER_ID.in_(part))
        found += connection.execute(_of_store(store_id).where(*guests))
    return _rows(found)


def stage_customer(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    now: datetime,
    *,
    known: StagedCustomer | None,
    cust_no: str | None,
    action: Action | None,
    problem: Problem | None = None,
    notes: Sequence[str] = (),
    codes: Mapping[str, str | None] = NO_CODES,
) -> None:
    """Write the customer's row: updated where there is one, so that a second run adds nothing.

    Args:
        connection: a transaction that writes.
        settings: [store] counts.
        customer: as just seen.
        now: UTC.
        known: the row that is there (`read_staged_of`).
        cust_no: who it is in Counterpoint; None for a refused one.
        action: what was done. A customer that was made or linked by an earlier run keeps that:
            new content is kept in the row, while Counterpoint's record stays (CP §3.2.2).
        problem: why it was refused, or has no map row.
        notes: why it was done, beside what people should look at.
        codes: of a new customer: category, tier, tax code and store.
    """
    table = USER_CUSTOMER_STAGING
    values = _values(settings, customer, now, cust_no, action, problem)
    values["VALIDATION_NOTES"] = (
        cut_unicode("; ".join([*notes, *warnings(customer)]), _TEXT) or None
    )
    values |= codes
    if known:
        if action == "SKIPPED" and problem is None and known.cust_no == cust_no:
            for name in _OF_FIRST_TIME:
                del values[name]
        update_rows(connection, table, {"STAGING_ID": known.staging_id}, values)
        return
    key = {"STORE_ID": settings.store.id, "WOO_USER_ID": customer.user_id}
    insert_rows(connection, table, [{**values, **key}])


def staged_error(problem: Problem | None) -> str | None:
    """VALIDATION_ERROR as the column holds it."""
    return cut_unicode(problem.sentence(), _TEXT) if problem else None


def read_paid_orders(connection: Connection, store_id: str) -> list[dict[str, Any]]:
    """The raw JSON of paid orders without a document, by order id.

    Refused ones, too: whatever is wrong with the order, somebody has paid and becomes a customer
    (CP §3.0.5). Not those on hold, which may never be paid.
    """
    table = USER_ORDER_STAGING
    statement = (
        select(table.c.ORDER_JSON)
        .where(
            table.c.STORE_ID == store_id,
            table.c.STATUS.in_(_WITH_BUYER),
            table.c.ORD_PAID_GMT.is_not(None),
            table.c.ORDER_JSON.is_not(None),
        )
        .order_by(table.c.WOO_ORDER_ID)
    )
    return [decode_order(text) for text in connection.execute(statement).scalars()]


_COLUMNS: Final = tuple(
    USER_CUSTOMER_STAGING.c[name]
    for name in (
        "STAGING_ID",
        "WOO_USER_ID",
        "WOO_ORDER_ID",
        "CONTENT_HASH",
        "CUST_NO",
        "VALIDATION_ERROR",
    )
)


def _of_store(store_id: str) -> Select[Any]:
    table = USER_CUSTOMER_STAGING
    ours = (table.c.STORE_ID == store_id, table.c.CONTENT_HASH.is_not(None))
    return select(*_COLUMNS).where(*ours).order_by(table.c.STAGING_ID)


def _rows(found: Iterable[Row[Any]]) -> StagedRows:
    users: dict[int, StagedCustomer] = {}
    orders: dict[int, StagedCustomer] = {}
    for row in found:
        if row.WOO_USER_ID is not None:
            users[row.WOO_USER_ID] = _staged(row)
        elif row.WOO_ORDER_ID is not None:
            orders[row.WOO_ORDER_ID] = _staged(row)
    return StagedRows(users, orders)


def _staged(row: Row[Any]) -> StagedCustomer:
    return StagedCustomer(row.STAGING_ID, row.CONTENT_HASH, row.CUST_NO, row.VALIDATION_ERROR)


def _values(
    settings: Settings,
    customer: WebCustomer,
    now: datetime,
    cust_no: str | None,
    action: Action | None,
    problem: Problem | None,
) -> dict[str, Any]:
    local = store_local(now, settings.store.zone)
    return {
        **customer.address.columns(),
        "EMAIL_ADRS_1": (customer.email or customer.given_email)[:100] or None,
        "BATCH_ID": f"WOO_PULL_{local:%Y%m%d_%H%M%S}",
        "CUST_NO": cust_no,
        "WOO_ORDER_ID": customer.order_id,
        "CUST_NAM_TYP": customer.address.NAM_TYP,
        # An invalid row is never marked as validated (CP §6.7 bug 54).
        "IS_VALIDATED": problem is None,
        "VALIDATION_ERROR": staged_error(problem),
        "IS_APPLIED": problem is None,
        "APPLIED_DT": None if problem else local,
        "ACTION_TAKEN": action,
        "CONTENT_HASH": customer.content_hash,
        "CUSTOMER_JSON": customer.json,
        "UPDATED_GMT": now,
    }
