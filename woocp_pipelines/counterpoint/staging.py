"""Web orders in USER_ORDER_STAGING: writing what was read, and reading what is known.

Belongs here: the staging rows and their lines. What a read order means is rules/order_staging.py;
claiming rows for booking is claims.py. All in the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from woocp_pipelines.counterpoint.items import SkuResolver
from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    database_now,
    insert_rows,
    with_nulls,
)
from woocp_pipelines.counterpoint.tables import (
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
)
from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.order_content import encode_order
from woocp_pipelines.rules.order_staging import Known
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import clean, cut_unicode
from woocp_pipelines.rules.units import SoldAs, stocking_quantity
from woocp_pipelines.rules.web_order import WebLine, WebOrder

Row = dict[str, Any]
_MARK_DUPLICATE: Final = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class StagedOrder:
    """One read order with what was decided about it."""

    raw: Mapping[str, Any]
    order: WebOrder
    content_hash: str
    status: str
    local_day: date


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
        statement = select(
            table.c.WOO_ORDER_ID, table.c.STATUS, table.c.CONTENT_HASH, table.c.CLAIM_UNTIL_GMT
        ).where(
            table.c.STORE_ID == store_id,
            table.c.WOO_ORDER_ID.in_(part),
            table.c.STATUS != _MARK_DUPLICATE,
        )
        for row in connection.execute(statement):
            if row.WOO_ORDER_ID not in booked:
                claimed = row.STATUS == "CLAIMED" and (row.CLAIM_UNTIL_GMT or now) >= now
                status = "PENDING" if row.STATUS == "CLAIMED" and not claimed else row.STATUS
                known[row.WOO_ORDER_ID] = Known(status, row.CONTENT_HASH, None, claimed)
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
    """Replace the row of an order not yet booked; False when it was claimed meanwhile."""
    table = USER_ORDER_STAGING
    condition = _replaceable(connection, store_id, staged.order.order_id)
    statement = update(table).where(condition).values(with_nulls(_values(staged, now)))
    return connection.execute(statement).rowcount == 1


def write_lines(
    connection: Connection, store_id: str, order: WebOrder, resolver: SkuResolver
) -> None:
    """Replace the order's stock lines by what its lines stand for now."""
    table = USER_ORDER_STAGING_LIN
    connection.execute(
        delete(table).where(table.c.STORE_ID == store_id, table.c.WOO_ORDER_ID == order.order_id)
    )
    rows = [_line(store_id, order.order_id, line, resolver) for line in order.lines]
    insert_rows(connection, table, rows)


def mark_refused(
    connection: Connection, store_id: str, raw: Mapping[str, Any], problem: Problem, now: datetime
) -> bool:
    """What is staged of an order must not be booked, since the order itself cannot be read.

    The row takes the order as it is now, so that nothing older of it can be booked, and loses
    its hash, so that the next readable state replaces it. False when it was claimed meanwhile.
    """
    values = {
        "STATUS": "REFUSED",
        "ORDER_JSON": encode_order(raw),
        "CONTENT_HASH": None,
        "ERROR_CODE": problem.code,
        "VALIDATION_ERROR": cut_unicode(problem.sentence(), 500),
        "UPDATED_GMT": now,
        "CLAIM_TOKEN": None,
        "CLAIM_UNTIL_GMT": None,
    }
    condition = _replaceable(connection, store_id, raw["id"])
    statement = update(USER_ORDER_STAGING).where(condition).values(with_nulls(values))
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
    condition = _replaceable(connection, store_id, order_id)
    statement = update(USER_ORDER_STAGING).where(condition).values(with_nulls(values))
    return connection.execute(statement).rowcount == 1


def batch_name(now: datetime, zone: ZoneInfo) -> str:
    """The retailer's form of a batch id (CP §2.2)."""
    return f"WOO_ORDERS_{now.astimezone(zone):%Y%m%d_%H%M%S}"


def _replaceable(connection: Connection, store_id: str, order_id: int) -> ColumnElement[bool]:
    """The order's row, as long as nobody has booked it or is about to."""
    table = USER_ORDER_STAGING
    until = table.c.CLAIM_UNTIL_GMT
    return and_(
        table.c.STORE_ID == store_id,
        table.c.WOO_ORDER_ID == order_id,
        table.c.STATUS.in_(("PENDING", "HELD", "REFUSED", "CANCELLED", "REREAD", "CLAIMED")),
        or_(until.is_(None), until < database_now(connection)),
    )


def _document(key: Any) -> str:
    if key.TKT_NO is None:
        return f"DOC_ID {key.DOC_ID}" if key.DOC_ID is not None else "its document"
    return f"document {key.TKT_NO} (DOC_ID {key.DOC_ID})"


def _values(staged: StagedOrder, now: datetime) -> Row:
    order, raw = staged.order, staged.raw
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
        "ERROR_CODE": None,
        "VALIDATION_ERROR": None,
        "CLAIM_TOKEN": None,
        "CLAIM_UNTIL_GMT": None,
    }


def _line(store_id: str, order_id: int, line: WebLine, resolver: SkuResolver) -> Row:
    sold = resolver.resolve(line)
    row: Row = {
        "STORE_ID": store_id,
        "WOO_ORDER_ID": order_id,
        "WOO_LINE_ID": line.line_id,
        "SKU": line.sku and line.sku[:100],
        "WOO_PRODUCT_ID": line.product_id,
        "WOO_VARIATION_ID": line.variation_id,
        "QTY": unit_price(line.quantity),
        "ITEM_NO": None,
        "SELL_UNIT": None,
        "STK_QTY": None,
    }
    unit = resolver.unit(sold) if isinstance(sold, SoldAs) else None
    if isinstance(sold, SoldAs) and unit:
        stocking = stocking_quantity(line.quantity, unit.numer, unit.denom)
        row |= {"ITEM_NO": sold.item_no, "SELL_UNIT": sold.sell_unit, "STK_QTY": stocking}
    return row
