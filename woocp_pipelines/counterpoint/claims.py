"""Claiming staged orders for booking: a lease with a fencing token (design §4, §3).

Belongs here: who may book which row, and what becomes of the row. A claim is one UPDATE with a
token and an expiry; whoever writes a document must still hold the token in the same transaction,
so a processor that was too slow, or was killed, can never book a row that another one took.
Lease times come from the database's clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, null, select, update

from woocp_pipelines.counterpoint.order_keys import read_key, write_key
from woocp_pipelines.counterpoint.pending import claimable_rows
from woocp_pipelines.counterpoint.statements import database_now, update_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY, USER_ORDER_STAGING
from woocp_pipelines.rules.document_building import Documents
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import cut_unicode

LEASE: Final = timedelta(minutes=10)
# Orders that one claim may name; the statement names them twice.
MOST_AT_ONCE: Final = 500
# What a ClaimedOrder is made of.
_CLAIMED: Final = (
    USER_ORDER_STAGING.c.STAGING_ID,
    USER_ORDER_STAGING.c.WOO_ORDER_ID,
    USER_ORDER_STAGING.c.WOO_ORDER_NO,
    USER_ORDER_STAGING.c.ORDER_JSON,
    USER_ORDER_STAGING.c.CONTENT_HASH,
    USER_ORDER_STAGING.c.ATTEMPTS,
)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)


class ClaimLostError(Exception):
    """The row is no longer ours: the lease ran out and another processor took it."""


@dataclass(frozen=True, slots=True)
class ClaimedOrder:
    """A claimed staging row."""

    staging_id: int
    woo_order_id: int
    number: str
    order_json: str
    content_hash: str | None
    attempts: int


def claim(
    connection: Connection,
    store_id: str,
    token: str,
    limit: int,
    only: Sequence[int] | None = None,
) -> int:
    """Claim at most `limit` claimable rows, oldest order first; returns how many.

    `only`: of these orders (WOO_ORDER_ID), at most MOST_AT_ONCE of them; None for any order.
    """
    table, now = USER_ORDER_STAGING, database_now(connection)
    claimable = claimable_rows(store_id, now)
    if only is not None:
        claimable = and_(claimable, table.c.WOO_ORDER_ID.in_(only))
    oldest = (
        select(table.c.STAGING_ID)
        .where(claimable)
        .order_by(table.c.ORD_CREATED_GMT, table.c.STAGING_ID)
        .limit(limit)
    )
    statement = (
        update(table)
        # The condition again: a row that another claim took meanwhile is left to it.
        .where(table.c.STAGING_ID.in_(oldest), claimable)
        .values(STATUS="CLAIMED", CLAIM_TOKEN=token, CLAIM_UNTIL_GMT=now + LEASE)
    )
    return connection.execute(statement).rowcount


def read_claimed(connection: Connection, store_id: str, token: str) -> list[ClaimedOrder]:
    """The rows that a token still holds, oldest order first."""
    return _read(connection, select(*_CLAIMED).where(_held_by(store_id, token)))


def read_pending(connection: Connection, store_id: str, limit: int) -> list[ClaimedOrder]:
    """The rows that a claim would take, without taking them: for plan mode."""
    claimable = claimable_rows(store_id, database_now(connection))
    return _read(connection, select(*_CLAIMED).where(claimable).limit(limit))


def read_already_booked(connection: Connection, store_id: str, token: str) -> list[ClaimedOrder]:
    """Claimed rows whose order has its key: somebody put the row back, the documents are there."""
    table, key = USER_ORDER_STAGING, USER_ORDER_KEY
    same = and_(key.c.STORE_ID == table.c.STORE_ID, key.c.WOO_ORDER_ID == table.c.WOO_ORDER_ID)
    statement = select(*_CLAIMED).join_from(table, key, same).where(_held_by(store_id, token))
    return _read(connection, statement)


def book(
    connection: Connection,
    store_id: str,
    token: str,
    claimed: ClaimedOrder,
    *,
    documents: Documents,
    cust_no: str,
    now: datetime,
    now_local: datetime,
) -> None:
    """Finish the staging row and write the key that makes a second booking impossible.

    Raises:
        ClaimLostError: the token no longer holds the row; nothing must be committed.
        AlreadyBookedError: the key is taken.
    """
    write_key(connection, store_id, claimed.woo_order_id, documents, claimed.content_hash, now)
    _finish(
        connection,
        store_id,
        token,
        claimed,
        STATUS="BOOKED",
        CUST_NO=cust_no,
        DOC_ID=documents.doc_id,
        TKT_NO=documents.tkt_no,
        CP_DOC_ID=str(documents.doc_id),
        IS_VALIDATED=True,
        IS_APPLIED=True,
        APPLIED_DT=now_local,
        BOOKED_GMT=now,
        UPDATED_GMT=now,
        VALIDATION_ERROR=None,
        ERROR_CODE=None,
    )


def fence(connection: Connection, store_id: str, token: str, claimed: ClaimedOrder) -> None:
    """Lock the claimed row for this transaction, or stop.

    Raises:
        ClaimLostError: the token no longer holds it.
    """
    _change_held(connection, store_id, token, claimed, ATTEMPTS=claimed.attempts + 1)


def settle_booked(
    connection: Connection, store_id: str, token: str, claimed: ClaimedOrder, now: datetime
) -> None:
    """The key says that the order is booked already: the row follows the key.

    A key without a document is of an order that was settled by hand, so its row is skipped.
    """
    row = read_key(connection, store_id, claimed.woo_order_id)
    has_document = row.DOC_ID is not None or row.TKT_NO is not None
    _finish(
        connection,
        store_id,
        token,
        claimed,
        STATUS="BOOKED" if has_document else "SKIPPED",
        DOC_ID=row.DOC_ID,
        TKT_NO=row.TKT_NO,
        IS_APPLIED=True,
        UPDATED_GMT=now,
    )


def put_back(
    connection: Connection,
    store_id: str,
    token: str,
    claimed: ClaimedOrder,
    problem: Problem,
    now: datetime,
) -> datetime | None:
    """Give a refused row back: to wait for its next attempt, or for people.

    Returns:
        The next attempt of a retryable problem; None when it waits for people.
    """
    pause = min(_FIRST_PAUSE * 2 ** min(claimed.attempts, 16), _LONGEST_PAUSE)
    # By the clock that claims are made by: with another one the row could be due at once, for ever.
    next_attempt = database_now(connection) + pause if problem.retryable else None
    _finish(
        connection,
        store_id,
        token,
        claimed,
        STATUS="PENDING" if problem.retryable else "REFUSED",
        NEXT_ATTEMPT_GMT=next_attempt,
        ERROR_CODE=problem.code,
        VALIDATION_ERROR=cut_unicode(problem.sentence(), 500),
        UPDATED_GMT=now,
    )
    return next_attempt


def release(connection: Connection, store_id: str, token: str) -> None:
    """Give back whatever the token still holds, untouched: a run that stops early is polite."""
    connection.execute(
        update(USER_ORDER_STAGING)
        .where(_held_by(store_id, token))
        .values(STATUS="PENDING", CLAIM_TOKEN=null(), CLAIM_UNTIL_GMT=null())
    )


def requeue(connection: Connection, store_id: str, order_ids: Iterable[int], now: datetime) -> int:
    """Let refused orders be claimed again at once; returns how many rows that were."""
    table = USER_ORDER_STAGING
    statement = (
        update(table)
        .where(
            table.c.STORE_ID == store_id,
            table.c.WOO_ORDER_ID.in_(list(order_ids)),
            table.c.STATUS.in_(("REFUSED", "PENDING")),
        )
        .values(STATUS="PENDING", NEXT_ATTEMPT_GMT=null(), ATTEMPTS=0, UPDATED_GMT=now)
    )
    return connection.execute(statement).rowcount


def _held_by(store_id: str, token: str) -> ColumnElement[bool]:
    table = USER_ORDER_STAGING
    return and_(
        table.c.STORE_ID == store_id, table.c.CLAIM_TOKEN == token, table.c.STATUS == "CLAIMED"
    )


def _finish(
    connection: Connection, store_id: str, token: str, claimed: ClaimedOrder, **values: Any
) -> None:
    """End the claim of a row that the token still holds, or stop."""
    _change_held(
        connection,
        store_id,
        token,
        claimed,
        ATTEMPTS=claimed.attempts + 1,
        CLAIM_TOKEN=None,
        CLAIM_UNTIL_GMT=None,
        **values,
    )


def _change_held(
    connection: Connection, store_id: str, token: str, claimed: ClaimedOrder, **values: Any
) -> None:
    held = {
        "STORE_ID": store_id,
        "CLAIM_TOKEN": token,
        "STATUS": "CLAIMED",
        "STAGING_ID": claimed.staging_id,
    }
    if update_rows(connection, USER_ORDER_STAGING, held, values) != 1:
        raise ClaimLostError(f"order {claimed.number}: the claim ran out while it was booked")


def _read(connection: Connection, statement: Select[Any]) -> list[ClaimedOrder]:
    table = USER_ORDER_STAGING
    oldest_first = statement.order_by(table.c.ORD_CREATED_GMT, table.c.STAGING_ID)
    return [_claimed(row) for row in connection.execute(oldest_first).mappings()]


def _claimed(row: Any) -> ClaimedOrder:
    return ClaimedOrder(
        staging_id=row["STAGING_ID"],
        woo_order_id=row["WOO_ORDER_ID"],
        number=row["WOO_ORDER_NO"] or str(row["WOO_ORDER_ID"]),
        order_json=row["ORDER_JSON"],
        content_hash=row["CONTENT_HASH"],
        attempts=row["ATTEMPTS"],
    )
