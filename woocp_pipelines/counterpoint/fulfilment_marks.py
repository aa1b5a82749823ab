"""USER_ORDER_FULFILMENT: what the store was last told of each order's shipment.

Belongs here: writing it, in the transaction that adds the message. Does not: reading it, which is
one statement with the documents (fulfilment_reading.py).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.fulfilment_records import encode
from woocp_pipelines.counterpoint.statements import insert_rows, update_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT
from woocp_pipelines.rules.fulfilment import Standing


class ToldMeanwhileError(Exception):
    """Another run told the store of this order since it was read; nothing must be committed."""


def write_first_looks(
    connection: Connection, store_id: str, looks: Iterable[tuple[int, Standing]], now: datetime
) -> None:
    """Remember orders that were looked at for the first time and have no news.

    Raises:
        IntegrityError: another run was faster; repeat the unit of work with what it left.
    """
    rows = [
        {"STORE_ID": store_id, "WOO_ORDER_ID": order_id, **_values(standing, 0, now)}
        for order_id, standing in looks
    ]
    insert_rows(connection, USER_ORDER_FULFILMENT, rows)


def write_mark(
    connection: Connection,
    store_id: str,
    order_id: int,
    standing: Standing,
    *,
    read: int | None,
    messages: int,
    now: datetime,
) -> None:
    """Set what the store is told by now.

    Args:
        connection: of the transaction that adds the message.
        store_id: the store.
        order_id: the order.
        standing: how it stands.
        read: MESSAGES as it was read; None when there was no row.
        messages: MESSAGES from now on.
        now: UTC.

    Raises:
        ToldMeanwhileError: see there.
        IntegrityError: the same, of an order without a row.
    """
    key = {"STORE_ID": store_id, "WOO_ORDER_ID": order_id}
    values = _values(standing, messages, now)
    if read is None:
        insert_rows(connection, USER_ORDER_FULFILMENT, [{**key, **values}])
    elif update_rows(connection, USER_ORDER_FULFILMENT, {**key, "MESSAGES": read}, values) != 1:
        raise ToldMeanwhileError(
            f"order {order_id}: another run told the store of it meanwhile; run again"
        )


def _values(standing: Standing, messages: int, now: datetime) -> dict[str, object]:
    return {
        "STATE": standing.state,
        "TOLD_JSON": encode(standing),
        "MESSAGES": messages,
        "UPDATED_GMT": now,
        "CLOSED_GMT": now if standing.is_closed else None,
    }
