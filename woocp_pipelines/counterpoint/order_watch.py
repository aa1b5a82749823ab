"""Orders that a nightly reading looks at again, and what becomes of those the store has no more.

Belongs here: which staged orders must still be in the store, by id, and cancelling one that is
not. Does not: reading them (flows/order_sweeps.py). All in the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, null, or_, select, update

from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER, USER_ORDER_STAGING
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.replaying import GONE
from woocp_pipelines.rules.text import cut_unicode

_WAITING: Final = ("PENDING", "HELD", "REFUSED")
# A trashed order goes for good after some weeks: that is no news.
_ENDS: Final = (GONE, "ORDER_TRASHED", "ORDER_CANCELLED")
_REPLACEABLE: Final = (*_WAITING, "REREAD")


def read_waiting_ids(connection: Connection, store_id: str) -> set[int]:
    """Orders that are staged and neither booked nor being booked."""
    table = USER_ORDER_STAGING
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id, table.c.STATUS.in_(_WAITING)
    )
    return _ids(connection, statement)


def read_staged_ids(connection: Connection, store_id: str, created_after: datetime) -> set[int]:
    """Orders created since a moment that are staged or booked, as the staging table knows them."""
    table = USER_ORDER_STAGING
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id,
        table.c.STATUS.in_((*_WAITING, "BOOKED")),
        table.c.ORD_CREATED_GMT >= created_after,
    )
    return _ids(connection, statement)


def read_revised_ids(connection: Connection, store_id: str, since: datetime) -> set[int]:
    """Orders that changed after booking, or were gone: open letters, and others seen `since`.

    What undoes such a change may move no modified time, such as deleting a refund (WC §1.4).
    """
    table = USER_DEAD_LETTER
    is_open = table.c.CLOSED_GMT.is_(None)
    revised = and_(table.c.KIND == "revision", or_(is_open, table.c.LAST_SEEN_GMT >= since))
    gone = and_(table.c.CODE == GONE, is_open, table.c.FIRST_SEEN_GMT >= since)
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id, table.c.WOO_ORDER_ID.is_not(None), or_(revised, gone)
    )
    return _ids(connection, statement)


def read_staged(connection: Connection, store_id: str, order_id: int) -> Mapping[str, Any] | None:
    """What is staged of an order; None when nothing is."""
    table = USER_ORDER_STAGING
    statement = select(table).where(
        table.c.STORE_ID == store_id,
        table.c.WOO_ORDER_ID == order_id,
        table.c.STATUS != "DUPLICATE",
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def is_end_known(connection: Connection, store_id: str, order_id: int) -> bool:
    """Whether people have been told that a booked order came to nothing, settled or not yet."""
    table = USER_DEAD_LETTER
    statement = select(table.c.DEAD_LETTER_ID).where(
        table.c.STORE_ID == store_id,
        table.c.KIND == "revision",
        table.c.RECORD_KEY == str(order_id),
        table.c.CODE.in_(_ENDS),
        or_(table.c.CLOSED_GMT.is_(None), table.c.SETTLED_BY.is_not(None)),
    )
    return connection.execute(statement).first() is not None


def read_booked_and_gone(connection: Connection, store_id: str) -> set[int]:
    """Booked orders of which people were told that the store has them no more."""
    table = USER_DEAD_LETTER
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id,
        table.c.KIND == "revision",
        table.c.CODE == GONE,
        table.c.CLOSED_GMT.is_(None),
    )
    return _ids(connection, statement)


def cancel_unbooked(
    connection: Connection, store_id: str, order_id: int, problem: Problem, now: datetime
) -> bool:
    """Cancel what is staged of an order, so that its goods are free; False when it is claimed.

    The hash goes, so that the order replaces the row should it come back, whatever it is then.
    """
    table = USER_ORDER_STAGING
    statement = (
        update(table)
        .where(
            table.c.STORE_ID == store_id,
            table.c.WOO_ORDER_ID == order_id,
            table.c.STATUS.in_(_REPLACEABLE),
        )
        .values(
            STATUS="CANCELLED",
            CONTENT_HASH=null(),
            ERROR_CODE=problem.code,
            VALIDATION_ERROR=cut_unicode(problem.sentence(), 500),
            UPDATED_GMT=now,
        )
    )
    return connection.execute(statement).rowcount == 1


def _ids(connection: Connection, statement: Select[tuple[int]]) -> set[int]:
    return set(connection.execute(statement).scalars())
