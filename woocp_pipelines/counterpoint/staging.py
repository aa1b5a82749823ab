"""Web orders in USER_ORDER_STAGING: writing what was read, and reading what is known.

Belongs here: the staging rows. Their stock lines are staged_lines.py; orders that cannot be read
are unread_orders.py; what a read order means is rules/order_staging.py; claiming rows for booking
is claims.py. All in the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    database_now,
    with_nulls,
)
from woocp_pipelines.counterpoint.tables import (
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)
from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.order_content import encode_order
from woocp_pipelines.rules.order_staging import IN_FLIGHT, Known
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import clean, cut_unicode
from woocp_pipelines.rules.web_order import WebOrder

Row = dict[str, Any]
_MARK_DUPLICATE: Final = "DUPLICATE"
# What a Known is made of.
_KNOWN: Final = (
    USER_ORDER_STAGING.c.WOO_ORDER_ID,
    USER_ORDER_STAGING.c.STATUS,
    USER_ORDER_STAGING.c.CONTENT_HASH,
    USER_ORDER_STAGING.c.CLAIM_UNTIL_GMT,
    USER_ORDER_STAGING.c.ERROR_CODE,
    USER_ORDER_STAGING.c.ORD_MODIFIED_GMT,
    USER_ORDER_STAGING.c.UPDATED_GMT,
)


@dataclass(frozen=True, slots=True)
class StagedOrder:
    """One read order with what was decided about it; `problem` is why it is not to be booked."""

    raw: Mapping[str, Any]
    order: WebOrder
    content_hash: str
    status: str
    local_day: date
    problem: Problem | None = None


def read_known(connection: Connection, store_id: str, order_ids: Iterable[int]) -> dict[int, Known]:
    """What is staged or booked of these orders; a key without a row counts as booked."""
    table, key = USER_ORDER_STAGING, USER_ORDER_KEY
    now = database_now(connection)
    known: dict[int, Known] = {}
    for part in chunks(order_ids, MAX_PARAMETERS // 2):
        columns = (key.c.WOO_ORDER_ID, key.c.CONTENT_HASH, key.c.DOC_ID, key.c.TKT_NO)
        booked = {
            row.WOO_ORDER_ID: Known(
                "BOOKED", None, row.CONTENT_HASH, claimed=False, document=_document(row)
            )
            for row in connection.execute(
                select(*columns).where(key.c.STORE_ID == store_id, key.c.WOO_ORDER_ID.in_(part))
            )
        }
        known.update(booked)
        statement = select(*_KNOWN).where(
            table.c.STORE_ID == store_id,
            table.c.WOO_ORDER_ID.in_(part),
            table.c.STATUS != _MARK_DUPLICATE,
        )
        for row in connection.execute(statement):
            if row.WOO_ORDER_ID not in booked:
                known[row.WOO_ORDER_ID] = _known(row, now)
    return known


def insert_order(
    connection: Connection, store_id: str, batch_id: str, staged: StagedOrder, now: datetime
) -> None:
    """Stage an order that was not known.

    Raises:
        IntegrityError: another run staged it meanwhile; repeat the page.
    """
    values = _values(staged, now)
    connection.execute(
        insert(USER_ORDER_STAGING).values(
            STORE_ID=store_id,
            BATCH_ID=batch_id,
            WOO_ORDER_ID=staged.order.order_id,
            SOURCE_SYSTEM="WOOCOMMERCE",
            CREATED_BY="woocp",
            STAGED_GMT=now,
            **with_nulls(values),
        )
    )


def update_order(connection: Connection, store_id: str, staged: StagedOrder, now: datetime) -> bool:
    """Replace the row of an order not yet booked.

    False when it was claimed meanwhile, or another run has staged a later state of the order
    while this one was under way (see `Known.is_ahead_of`): the next reading looks again.
    """
    table = USER_ORDER_STAGING
    condition = and_(
        replaceable(connection, store_id, staged.order.order_id),
        # Equal passes: legacy order storage moves no time when an order is edited (WC §1.4).
        or_(
            table.c.CONTENT_HASH.is_(None),
            table.c.ORD_MODIFIED_GMT.is_(None),
            table.c.ORD_MODIFIED_GMT <= staged.order.modified,
            table.c.UPDATED_GMT.is_(None),
            table.c.UPDATED_GMT < now - IN_FLIGHT,
        ),
    )
    statement = update(table).where(condition).values(with_nulls(_values(staged, now)))
    return connection.execute(statement).rowcount == 1


def read_ids_to_reread(connection: Connection, store_id: str) -> list[int]:
    """Legacy rows that must be read again from the store by id before anything else."""
    table = USER_ORDER_STAGING
    statement = (
        select(table.c.WOO_ORDER_ID)
        .where(table.c.STORE_ID == store_id, table.c.STATUS == "REREAD")
        .order_by(table.c.STAGING_ID)
    )
    return list(connection.execute(statement).scalars())


def skip_order(
    connection: Connection,
    store_id: str,
    order_id: int,
    reason: str,
    now: datetime,
    now_local: datetime,
) -> bool:
    """A person settled an order without a document: its row is never booked.

    Its stock lines count no longer. False when there is no row that can be settled: none at all,
    one that is being booked, or one that is settled already.
    """
    values = {
        "STATUS": "SKIPPED",
        # As the retailer's own queries know an order that was skipped by hand (CP §2.2).
        "IS_APPLIED": True,
        "APPLIED_DT": now_local,
        "VALIDATION_ERROR": cut_unicode(f"MANUALLY_SKIPPED: {reason}", 500),
        "ERROR_CODE": None,
        "NEXT_ATTEMPT_GMT": None,
        "UPDATED_GMT": now,
        "CLAIM_TOKEN": None,
        "CLAIM_UNTIL_GMT": None,
    }
    condition = replaceable(connection, store_id, order_id)
    statement = update(USER_ORDER_STAGING).where(condition).values(with_nulls(values))
    return connection.execute(statement).rowcount == 1


def batch_name(now: datetime, zone: ZoneInfo) -> str:
    """The retailer's form of a batch id (CP §2.2)."""
    return f"WOO_ORDERS_{now.astimezone(zone):%Y%m%d_%H%M%S}"


def replaceable(connection: Connection, store_id: str, order_id: int) -> ColumnElement[bool]:
    """True for the order's row, as long as nobody has booked it or is about to."""
    table = USER_ORDER_STAGING
    until = table.c.CLAIM_UNTIL_GMT
    return and_(
        table.c.STORE_ID == store_id,
        table.c.WOO_ORDER_ID == order_id,
        table.c.STATUS.in_(("PENDING", "HELD", "REFUSED", "CANCELLED", "REREAD", "CLAIMED")),
        or_(until.is_(None), until < database_now(connection)),
    )


def _known(row: Any, now: datetime) -> Known:
    claimed = row.STATUS == "CLAIMED" and (row.CLAIM_UNTIL_GMT or now) >= now
    return Known(
        status="PENDING" if row.STATUS == "CLAIMED" and not claimed else row.STATUS,
        content_hash=row.CONTENT_HASH,
        booked_hash=None,
        claimed=claimed,
        error_code=row.ERROR_CODE,
        modified=row.ORD_MODIFIED_GMT,
        written=row.UPDATED_GMT,
    )


def _document(key: Any) -> str:
    if key.TKT_NO is None:
        return f"DOC_ID {key.DOC_ID}" if key.DOC_ID is not None else "its document"
    return f"document {key.TKT_NO} (DOC_ID {key.DOC_ID})"


def _values(staged: StagedOrder, now: datetime) -> Row:
    order, raw, problem = staged.order, staged.raw, staged.problem
    ship_to = order.ship_to
    name = clean(f"{ship_to.get('first_name') or ''} {ship_to.get('last_name') or ''}")
    shipping = order.shipping_lines[0].title if order.shipping_lines else ""
    return {
        "STATUS": staged.status,
        "WOO_ORDER_NO": clean(order.number)[:50],
        "CUST_EMAIL": clean(order.email)[:100],
        "ORD_DAT": staged.local_day,
        "ORD_STATUS": order.status[:20],
        "PMT_METH": clean(order.payment_title)[:50],
        "PMT_METH_ID": clean(order.payment_method)[:100],
        "SHIP_VIA": clean(shipping)[:100],
        "SUBTOT": unit_price(order.goods_total + order.fee_total),
        "SHIP_AMT": unit_price(order.shipping_total),
        "TAX_AMT": unit_price(order.total_tax),
        "DISC_AMT": unit_price(order.discount_total),
        "TOT_AMT": unit_price(order.total),
        "SHIP_NAM": clean(str(ship_to.get("company") or "") or name)[:40],
        "SHIP_ADRS_1": clean(ship_to.get("address_1"))[:40],
        "SHIP_ADRS_2": clean(ship_to.get("address_2"))[:40],
        "SHIP_CITY": clean(ship_to.get("city"))[:20],
        "SHIP_STATE": clean(ship_to.get("state"))[:10],
        "SHIP_ZIP_COD": clean(ship_to.get("postcode"))[:15],
        "SHIP_CNTRY": clean(ship_to.get("country"))[:20],
        "SHIP_PHONE": clean(ship_to.get("phone"))[:25],
        "ORDER_JSON": encode_order(raw),
        "CONTENT_HASH": staged.content_hash,
        "CURRENCY": order.currency[:10],
        "WOO_CUSTOMER_ID": order.customer_id,
        "ORD_CREATED_GMT": order.created,
        "ORD_MODIFIED_GMT": order.modified,
        "ORD_PAID_GMT": order.paid,
        "UPDATED_GMT": now,
        "ATTEMPTS": 0,
        "NEXT_ATTEMPT_GMT": None,
        "ERROR_CODE": problem and problem.code,
        "VALIDATION_ERROR": problem and cut_unicode(problem.sentence(), 500),
        "CLAIM_TOKEN": None,
        "CLAIM_UNTIL_GMT": None,
    }
