"""Staged orders that wait to be booked: which rows a claim could take now, and which not yet.

Belongs here: the conditions, and what sensors ask. Taking them is claims.py.
"""

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from woocp_pipelines.counterpoint.statements import database_now
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING


def claimable_rows(store_id: str, now: datetime) -> ColumnElement[bool]:
    """True for rows that are pending and due, or whose lease ran out. `now`: the database's."""
    table = USER_ORDER_STAGING
    due = or_(table.c.NEXT_ATTEMPT_GMT.is_(None), table.c.NEXT_ATTEMPT_GMT <= now)
    return and_(
        table.c.STORE_ID == store_id,
        or_(
            and_(table.c.STATUS == "PENDING", due),
            and_(table.c.STATUS == "CLAIMED", table.c.CLAIM_UNTIL_GMT < now),
        ),
    )


def read_waiting(connection: Connection, store_id: str) -> frozenset[int]:
    """WOO_ORDER_ID of rows that wait for booking, but for a claim to end or a pause to be over."""
    table = USER_ORDER_STAGING
    now = database_now(connection)
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id,
        or_(
            and_(table.c.STATUS == "PENDING", table.c.NEXT_ATTEMPT_GMT > now),
            and_(table.c.STATUS == "CLAIMED", table.c.CLAIM_UNTIL_GMT >= now),
        ),
    )
    return frozenset(connection.execute(statement).scalars())


def count_claimable(connection: Connection, store_id: str) -> int:
    """How many rows a claim could take now."""
    statement = (
        select(func.count())
        .select_from(USER_ORDER_STAGING)
        .where(claimable_rows(store_id, database_now(connection)))
    )
    return int(connection.execute(statement).scalar_one())


def pending_fingerprint(connection: Connection, store_id: str) -> str:
    """Changes when the set of claimable rows or their contents change; '' when there are none."""
    table = USER_ORDER_STAGING
    statement = (
        select(table.c.WOO_ORDER_ID, table.c.CONTENT_HASH)
        .where(claimable_rows(store_id, database_now(connection)))
        .order_by(table.c.WOO_ORDER_ID)
    )
    rows = [f"{row.WOO_ORDER_ID}:{row.CONTENT_HASH}" for row in connection.execute(statement)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest() if rows else ""
