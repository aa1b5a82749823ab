"""What woocp keeps of others' data and of its own runs, and no longer than it must.

Belongs here: finding and emptying what is too old, a bounded batch at a time. Does not: how old is
too old (settings), erasing one person's data (erasures.py). Never touched: what is not booked yet,
and USER_ORDER_KEY, which makes a second booking impossible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

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

from woocp_pipelines.counterpoint.erasures import (
    ENDED,
    STAGED_CUSTOMER,
    STAGED_ORDER,
    WITHOUT_WORDS,
    has_words,
    holds_any,
)
from woocp_pipelines.counterpoint.tables import (
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
    USER_SYNC_LOG,
)

# Far below SQL Server's limit of parameters, and short enough to hold up nobody.
BATCH: Final = 500
_STAGED, _CUSTOMER = USER_ORDER_STAGING.c, USER_CUSTOMER_STAGING.c
_LETTER, _LOG = USER_DEAD_LETTER.c, USER_SYNC_LOG.c
# Why a row of the old scripts was skipped stands in VALIDATION_ERROR alone (CP §2.2).
ORDER_CONTENT: Final = tuple(name for name in STAGED_ORDER if name != "VALIDATION_ERROR")


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


def _open_letter(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody has still to decide something."""
    return exists().where(_LETTER.CLOSED_GMT.is_(None), *conditions)


def _older(
    moment: ColumnElement[Any], local: ColumnElement[Any], limit: Limit
) -> ColumnElement[bool]:
    """Older than the limit; rows of the old scripts know local times only."""
    return or_(moment < limit.utc, and_(moment.is_(None), local < limit.local))


def _expired_orders(store_id: str, limit: Limit) -> ColumnElement[bool]:
    """Orders that name a person and are done with, and of which nobody has to decide anything."""
    waits = _open_letter(
        _LETTER.STORE_ID == _STAGED.STORE_ID, _LETTER.WOO_ORDER_ID == _STAGED.WOO_ORDER_ID
    )
    booked = and_(_STAGED.STATUS == "BOOKED", _older(_STAGED.BOOKED_GMT, _STAGED.APPLIED_DT, limit))
    given_up = and_(
        _STAGED.STATUS.in_(ENDED),
        _STAGED.STATUS != "BOOKED",
        _older(_STAGED.UPDATED_GMT, _STAGED.CREATED_DT, limit),
    )
    return and_(
        _STAGED.STORE_ID == store_id,
        or_(booked, given_up),
        holds_any(USER_ORDER_STAGING, ORDER_CONTENT),
        ~waits,
    )


def _expired_customers(store_id: str, limit: Limit) -> ColumnElement[bool]:
    """Customers that are in Counterpoint, and guests whose order is done with.

    The hash stays: the next sync stages only anew what the shop has changed since.
    """
    waits = _open_letter(
        _LETTER.STORE_ID == _CUSTOMER.STORE_ID,
        _LETTER.KIND == "customer",
        _LETTER.WOO_CUSTOMER_ID == _CUSTOMER.WOO_USER_ID,
    )
    to_be_booked = exists().where(
        _STAGED.STORE_ID == _CUSTOMER.STORE_ID,
        _STAGED.WOO_ORDER_ID == _CUSTOMER.WOO_ORDER_ID,
        _STAGED.STATUS.not_in(ENDED),
    )
    done = or_(
        # What an account is refused for is compared with what the next sync finds.
        and_(_CUSTOMER.CUST_NO.is_not(None), _CUSTOMER.VALIDATION_ERROR.is_(None)),
        and_(_CUSTOMER.WOO_USER_ID.is_(None), _CUSTOMER.WOO_ORDER_ID.is_not(None)),
    )
    local = func.coalesce(_CUSTOMER.APPLIED_DT, _CUSTOMER.CREATED_DT)
    return and_(
        _CUSTOMER.STORE_ID == store_id,
        done,
        _older(_CUSTOMER.UPDATED_GMT, local, limit),
        holds_any(USER_CUSTOMER_STAGING, STAGED_CUSTOMER),
        ~waits,
        ~to_be_booked,
    )


def _expired_letters(store_id: str, limit: Limit) -> ColumnElement[bool]:
    return and_(
        _LETTER.STORE_ID == store_id,
        _LETTER.CLOSED_GMT < limit.utc,
        or_(_LETTER.RECORD_JSON.is_not(None), _quotes()),
    )


def _quotes() -> ColumnElement[bool]:
    """A letter that may quote a person, and by which nothing is recognised any more.

    What a person settled of an account is: the sync would say it anew (settled_letters.py).
    """
    of_account = and_(_LETTER.KIND == "customer", _LETTER.SETTLED_BY.is_(None))
    return and_(has_words(), or_(_LETTER.KIND.in_(("order", "revision")), of_account))


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
            .values(dict.fromkeys(ORDER_CONTENT, null()))
        )
    return len(ids)


def _empty_customers(connection: Connection, store_id: str, limit: Limit) -> int:
    condition = _expired_customers(store_id, limit)
    ids = _batch(connection, _CUSTOMER.STAGING_ID, condition)
    if ids:
        connection.execute(
            update(USER_CUSTOMER_STAGING)
            .where(_CUSTOMER.STAGING_ID.in_(ids), condition)
            .values(dict.fromkeys(STAGED_CUSTOMER, null()))
        )
    return len(ids)


def _empty_letters(connection: Connection, store_id: str, limit: Limit) -> int:
    ids = _batch(connection, _LETTER.DEAD_LETTER_ID, _expired_letters(store_id, limit))
    if ids:
        of_batch = and_(_LETTER.DEAD_LETTER_ID.in_(ids), _LETTER.CLOSED_GMT.is_not(None))
        connection.execute(
            update(USER_DEAD_LETTER).where(of_batch, _quotes()).values(dict(WITHOUT_WORDS))
        )
        connection.execute(update(USER_DEAD_LETTER).where(of_batch).values(RECORD_JSON=null()))
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
        "customers_emptied",
        lambda connection, store, limit: _count(
            USER_CUSTOMER_STAGING, _expired_customers(store, limit), connection
        ),
        _empty_customers,
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
