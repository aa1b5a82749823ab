"""USER_ORDER_KEY: one row per booked order, which nothing ever deletes (design §3).

Belongs here: writing and reading the key that makes a second booking impossible, whatever becomes
of the staging row. All in the caller's transaction.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.exc import IntegrityError

from woocp_pipelines.counterpoint.engine import is_duplicate_key
from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    insert_rows,
    update_rows,
)
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.rules.document_building import Documents


class AlreadyBookedError(Exception):
    """USER_ORDER_KEY holds the order: it was booked before, whatever its staging row says."""


def write_key(
    connection: Connection,
    store_id: str,
    order_id: int,
    documents: Documents,
    content_hash: str | None,
    now: datetime,
) -> None:
    """Write the key of an order that is being booked.

    Raises:
        AlreadyBookedError: the key is taken; nothing must be committed.
    """
    values = {
        "STORE_ID": store_id,
        "WOO_ORDER_ID": order_id,
        "DOC_ID": documents.doc_id,
        "TKT_NO": documents.tkt_no,
        "DEP_DOC_ID": documents.deposit_doc_id,
        "CONTENT_HASH": content_hash,
        "BOOKED_GMT": now,
    }
    try:
        insert_rows(connection, USER_ORDER_KEY, [values])
    except IntegrityError as error:
        if not is_duplicate_key(error):
            raise
        raise AlreadyBookedError(str(order_id)) from None


def read_key(
    connection: Connection, store_id: str, order_id: int
) -> Row[tuple[int | None, str | None]]:
    """DOC_ID and TKT_NO of a booked order.

    Raises:
        NoResultFound: it has no key.
    """
    key = USER_ORDER_KEY.c
    same = and_(key.STORE_ID == store_id, key.WOO_ORDER_ID == order_id)
    return connection.execute(select(key.DOC_ID, key.TKT_NO).where(same)).one()


def read_keys(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> dict[int, Row[tuple[int, int | None, str | None]]]:
    """WOO_ORDER_ID, DOC_ID and TKT_NO of those of these orders that are booked, by id."""
    key = USER_ORDER_KEY.c
    found: dict[int, Row[tuple[int, int | None, str | None]]] = {}
    for part in chunks(order_ids, MAX_PARAMETERS - 1):
        statement = select(key.WOO_ORDER_ID, key.DOC_ID, key.TKT_NO).where(
            key.STORE_ID == store_id, key.WOO_ORDER_ID.in_(part)
        )
        found.update({row.WOO_ORDER_ID: row for row in connection.execute(statement)})
    return found


def follow_content(
    connection: Connection, store_id: str, order_id: int, *, before: str, after: str
) -> bool:
    """Accept what our own write changed in a booked order; False when it was not as accepted.

    Args:
        connection: of the caller's transaction.
        store_id: the store.
        order_id: the order.
        before: hash of the order just before the write.
        after: and just after it.
    """
    key = {"STORE_ID": store_id, "WOO_ORDER_ID": order_id, "CONTENT_HASH": before}
    return update_rows(connection, USER_ORDER_KEY, key, {"CONTENT_HASH": after}) == 1
