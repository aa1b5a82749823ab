"""What woocp keeps of others' data and of its own runs, and no longer than it must.

Belongs here: finding and emptying what is too old, a bounded batch at a time. Does not: how old is
too old (settings), erasing one person's data (erasures.py). Never touched: what is not booked yet,
and USER_ORDER_KEY, which makes a second booking impossible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from woocp_pipelines.counterpoint.tables import (
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
    USER_SYNC_LOG,
)

# Far below SQL Server's limit of parameters, and short enough to hold up nobody.
BATCH: Final = 500
_STAGED, _LETTER, _LOG = USER_ORDER_STAGING.c, USER_DEAD_LETTER.c, USER_SYNC_LOG.c


@dataclass(frozen=True, slots=True)
class Limit:
    """What is older than this is too old: as UTC, and as the server's local clock had it."""

    utc: datetime
    local: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what is kept: how many are too old, and emptying one batch of them."""

    name: str
    count: Callable[[Connection, str, Limit], int]
    empty: Callable[[Connection, str, Limit], int]


def _expired_orders(store_id: str, limit: Limit) -> ColumnElement[bool]:
    """Booked orders with raw content of which nobody has to decide anything any more."""
    waits = exists().where(
        _LETTER.STORE_ID == _STAGED.STORE_ID,
        _LETTER.WOO_ORDER_ID == _STAGED.WOO_ORDER_ID,
        _LETTER.CLOSED_GMT.is_(None),
    )
    return and_(
        _STAGED.STORE_ID == store_id,
        _STAGED.STATUS == "BOOKED",
        or_(_STAGED.ORDER_JSON.is_not(None), _STAGED.LINE_ITEMS_JSON.is_not(None)),
        or_(
            _STAGED.BOOKED_GMT < limit.utc,
            # Booked by the old scripts, which knew local times only.
            and_(_STAGED.BOOKED_GMT.is_(None), _STAGED.APPLIED_DT < limit.local),
        ),
        ~waits,
    )


def _expired_letters(store_id: str, limit: Limit) -> ColumnElement[bool]:
    return and_(
        _LETTER.STORE_ID == store_id,
        _LETTER.CLOSED_GMT < limit.utc,
        _LETTER.RECORD_JSON.is_not(None),
    )


def _expired_runs(store_id: str, limit: Limit) -> ColumnElement[bool]:
    """Rows of our own; those of the old scripts have no STARTED_GMT."""
    return and_(_LOG.STORE_ID == store_id, _LOG.STARTED_GMT < limit.utc)


def _count(table: Table, condition: ColumnElement[bool], connection: Connection) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
    )


def _batch(
    connection: Connection, key: ColumnElement[int], condition: ColumnElement[bool]
) -> list[int]:
    found = connection.execute(select(key).where(condition).order_by(key).limit(BATCH))
    return list(found.scalars())


def _empty_orders(connection: Connection, store_id: str, limit: Limit) -> int:
    condition = _expired_orders(store_id, limit)
    ids = _batch(connection, _STAGED.STAGING_ID, condition)
    if ids:
        # Asked once more: a letter may have been opened meanwhile.
        connection.execute(
            update(USER_ORDER_STAGING)
            .where(_STAGED.STAGING_ID.in_(ids), condition)
            .values(ORDER_JSON=null(), LINE_ITEMS_JSON=null())
        )
    return len(ids)


def _empty_letters(connection: Connection, store_id: str, limit: Limit) -> int:
    ids = _batch(connection, _LETTER.DEAD_LETTER_ID, _expired_letters(store_id, limit))
    if ids:
        connection.execute(
            update(USER_DEAD_LETTER)
            .where(_LETTER.DEAD_LETTER_ID.in_(ids), _LETTER.CLOSED_GMT.is_not(None))
            .values(RECORD_JSON=null())
        )
    return len(ids)


def _delete_runs(connection: Connection, store_id: str, limit: Limit) -> int:
    ids = _batch(connection, _LOG.LOG_ID, _expired_runs(store_id, limit))
    if ids:
        connection.execute(delete(USER_SYNC_LOG).where(_LOG.LOG_ID.in_(ids)))
    return len(ids)


KINDS: Final = (
    Kind(
        "raw_orders_emptied",
        lambda connection, store, limit: _count(
            USER_ORDER_STAGING, _expired_orders(store, limit), connection
        ),
        _empty_orders,
    ),
    Kind(
        "dead_letters_emptied",
        lambda connection, store, limit: _count(
            USER_DEAD_LETTER, _expired_letters(store, limit), connection
        ),
        _empty_letters,
    ),
    Kind(
        "sync_log_rows_deleted",
        lambda connection, store, limit: _count(
            USER_SYNC_LOG, _expired_runs(store, limit), connection
        ),
        _delete_runs,
    ),
)
