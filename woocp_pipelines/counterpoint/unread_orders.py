"""Web orders that cannot be read, in USER_ORDER_STAGING: never booked, and their goods kept back.

Belongs here: their rows. Does not: what of their goods can be read (rules/order_goods.py), nor
telling people (flows/order_letters.py). All in the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from woocp_pipelines.counterpoint.staging import replaceable
from woocp_pipelines.counterpoint.statements import with_nulls
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.rules.clock import known_gmt
from woocp_pipelines.rules.order_content import encode_order
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import clean, cut_unicode

Row = dict[str, Any]


def mark_unread(
    connection: Connection,
    store_id: str,
    raw: Mapping[str, Any],
    problem: Problem,
    now: datetime,
    *,
    status: str = "REFUSED",
) -> bool:
    """What is staged of an order must not be booked, since the order itself cannot be read.

    The row takes the order as it is now, so that nothing older of it can be booked, and loses
    its hash, so that the next readable state replaces it. False when there is no row, or it was
    claimed meanwhile.
    """
    condition = replaceable(connection, store_id, raw["id"])
    values = with_nulls(_unread(raw, problem, now, status))
    statement = update(USER_ORDER_STAGING).where(condition).values(values)
    return connection.execute(statement).rowcount == 1


def insert_unread(
    connection: Connection,
    store_id: str,
    batch_id: str,
    raw: Mapping[str, Any],
    problem: Problem,
    now: datetime,
) -> None:
    """Stage an order that cannot be read, so that its goods are kept back.

    Raises:
        IntegrityError: another run staged it meanwhile; repeat the page.
    """
    values = {
        "BATCH_ID": batch_id,
        "WOO_ORDER_NO": clean(str(raw.get("number") or raw["id"]))[:50],
        "SOURCE_SYSTEM": "WOOCOMMERCE",
        "CREATED_BY": "woocp",
        "STAGED_GMT": now,
        **_unread(raw, problem, now, "REFUSED"),
    }
    statement = insert(USER_ORDER_STAGING).values(
        STORE_ID=store_id, WOO_ORDER_ID=raw["id"], **with_nulls(values)
    )
    connection.execute(statement)


def _unread(raw: Mapping[str, Any], problem: Problem, now: datetime, status: str) -> Row:
    return {
        "STATUS": status,
        "ORD_STATUS": clean(str(raw.get("status") or ""))[:20],
        # For what asks by time or payment: the watch for lost orders, buyers, a deleted order.
        "ORD_CREATED_GMT": known_gmt(raw.get("date_created_gmt")),
        "ORD_PAID_GMT": known_gmt(raw.get("date_paid_gmt")),
        "ORDER_JSON": encode_order(raw),
        "CONTENT_HASH": None,
        "ERROR_CODE": problem.code,
        "VALIDATION_ERROR": cut_unicode(problem.sentence(), 500),
        "UPDATED_GMT": now,
        "CLAIM_TOKEN": None,
        "CLAIM_UNTIL_GMT": None,
    }
