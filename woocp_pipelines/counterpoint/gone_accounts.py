"""Erasing what woocp keeps of a customer account that the shop has no more.

Belongs here: which accounts are still named, and taking the names out. Does not: asking the shop
whether an account is gone (flows/gone_accounts.py). The map row stays with both numbers, so that
nobody becomes a second customer; so does the row of staging. It is marked: the person may register
anew, and the new account is then linked by e-mail in its place (customer_creation.py). An account
that comes back with its old id is staged anew by the next customer sync: no hash says that its
content is known.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    null,
    or_,
    select,
    true,
    update,
)

from woocp_pipelines.counterpoint.erasures import (
    STAGED_CUSTOMER,
    WITHOUT_WORDS,
    has_words,
    holds_any,
)
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import (
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)

_STAGED, _MAP = USER_CUSTOMER_STAGING.c, USER_CUSTOMER_MAP.c
_LETTER: Final = USER_DEAD_LETTER.c
_NO_HASH: Final = ""
_US: Final = "woocp"
# ACCOUNT_STATE of the map row of such an account, and once another account has its place.
GONE: Final = "DELETED"
REPLACED: Final = "REPLACED"


def read_named_accounts(connection: Connection, store_id: str, after: int, limit: int) -> list[int]:
    """User ids above `after` of which a name or an address is kept, the lowest first."""
    staged = and_(_STAGED.STORE_ID == store_id, holds_any(USER_CUSTOMER_STAGING, STAGED_CUSTOMER))
    # The map knows of no store: whom only another store has staged is that one's.
    elsewhere = exists().where(
        _STAGED.WOO_USER_ID == _MAP.WOO_USER_ID, _STAGED.STORE_ID != store_id
    )
    found: set[int] = set()
    for column, condition in (
        (_STAGED.WOO_USER_ID, staged),
        (_MAP.WOO_USER_ID, and_(_MAP.WOO_EMAIL.is_not(None), ~elsewhere)),
        (_LETTER.WOO_CUSTOMER_ID, and_(_LETTER.STORE_ID == store_id, _closed_letters())),
    ):
        statement = select(column).distinct().where(condition, column > after)
        found.update(connection.execute(statement.order_by(column).limit(limit)).scalars())
    return sorted(found)[:limit]


def read_customers_among(
    connection: Connection, store_id: str, user_ids: Collection[int]
) -> set[int]:
    """Those of these accounts that are customers in Counterpoint."""
    found: set[int] = set()
    for part in chunks(sorted(user_ids), MAX_PARAMETERS - 1):
        staged = select(_STAGED.WOO_USER_ID).where(
            _STAGED.STORE_ID == store_id,
            _STAGED.WOO_USER_ID.in_(part),
            _STAGED.CUST_NO.is_not(None),
        )
        found.update(connection.execute(staged).scalars())
        mapped = select(_MAP.WOO_USER_ID).where(_MAP.WOO_USER_ID.in_(part))
        found.update(connection.execute(mapped).scalars())
    return found


def erase_account(connection: Connection, store_id: str, user_id: int) -> None:
    """Take the person out of staging, map and closed letters; numbers and keys stay."""
    of_user = and_(_STAGED.STORE_ID == store_id, _STAGED.WOO_USER_ID == user_id)
    connection.execute(
        update(USER_CUSTOMER_STAGING).where(of_user).values(dict.fromkeys(STAGED_CUSTOMER, null()))
    )
    # Rows of the old scripts have no hash, which tells them from ours.
    connection.execute(
        update(USER_CUSTOMER_STAGING)
        .where(of_user, _STAGED.CONTENT_HASH.is_not(None))
        .values(CONTENT_HASH=_NO_HASH)
    )
    connection.execute(
        update(USER_CUSTOMER_MAP).where(_MAP.WOO_USER_ID == user_id).values(WOO_EMAIL=null())
    )
    connection.execute(
        update(USER_CUSTOMER_MAP)
        .where(_MAP.WOO_USER_ID == user_id, _MAP.IS_ACTIVE == true())
        .values(ACCOUNT_STATE=GONE, **_changed())
    )
    connection.execute(
        update(USER_DEAD_LETTER)
        .where(_LETTER.STORE_ID == store_id, _LETTER.WOO_CUSTOMER_ID == user_id, _closed_letters())
        .values({**WITHOUT_WORDS, "RECORD_JSON": null()})
    )


def read_returned(connection: Connection, user_ids: Collection[int]) -> set[int]:
    """Those of these accounts that a sync has staged again since they were erased."""
    found: set[int] = set()
    for part in chunks(sorted(user_ids), MAX_PARAMETERS - 1):
        staged = select(_STAGED.WOO_USER_ID).where(
            _STAGED.WOO_USER_ID.in_(part), _STAGED.CONTENT_HASH != _NO_HASH
        )
        found.update(connection.execute(staged).scalars())
    return found


def release_customers(connection: Connection, cust_nos: Collection[str]) -> None:
    """End the pairs of deleted accounts, so that other accounts can have these customers.

    Call it where matching has found that nobody else has them.
    """
    for part in chunks(sorted(cust_nos), MAX_PARAMETERS - 4):
        connection.execute(
            update(USER_CUSTOMER_MAP)
            .where(_MAP.CUST_NO.in_(part), _MAP.ACCOUNT_STATE == GONE, _MAP.IS_ACTIVE == true())
            .values(IS_ACTIVE=False, ACCOUNT_STATE=REPLACED, **_changed())
        )


def _changed() -> dict[str, Any]:
    return {"UPDATED_BY": _US, "UPDATED_DT": func.current_timestamp()}


def _closed_letters() -> ColumnElement[bool]:
    """Open ones of a user who is gone are closed by the customer sync."""
    return and_(
        _LETTER.KIND == "customer",
        _LETTER.CLOSED_GMT.is_not(None),
        or_(has_words(), _LETTER.RECORD_JSON.is_not(None)),
    )
