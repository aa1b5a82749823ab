"""Which booked orders fulfilment looks at: one statement, by index, whatever years of keys hold.

Belongs here: the choice. Does not: what Counterpoint knows of these orders (fulfilment_reading.py).

Watched is

- every order that was not told to its end, and for some days those that were;
- every order whose document is open, unless it was told as shipped: what was cancelled can be
  reinstated, and what was gone can come back. An order of the scripts before woocp is met only
  here, and then followed to its end: what they left behind shipped or deleted is nobody's news;
- every order that woocp booked and nobody looked at yet. Runs remember since when these can only
  be newer ones (`looked_until`), so that old keys are not compared night and day.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    exists,
    or_,
    select,
    union,
)

from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    USER_ORDER_FULFILMENT,
    USER_ORDER_KEY,
)
from woocp_pipelines.rules.clock import read_gmt, write_gmt

_LOOKED_UNTIL: Final = "fulfilment.looked_until"


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back one looks, UTC.

    `closed_since`: orders told to their end before are not watched any more; `gone_since`: nor
    those that were gone before. `looked_until`: every order booked before was looked at; None
    when nobody knows.
    """

    closed_since: datetime
    gone_since: datetime
    looked_until: datetime | None = None


def read_watched_ids(connection: Connection, store_id: str, horizon: Horizon) -> list[int]:
    """Ids of the watched orders, oldest first."""
    found = connection.execute(_watched(store_id, horizon)).scalars()
    return sorted(found)


def read_looked_until(connection: Connection, store_id: str) -> datetime | None:
    """Until when all booked orders were looked at; None when nobody knows."""
    text = read_state(connection, store_id, _LOOKED_UNTIL)
    return None if text is None else read_gmt(text)


def write_looked_until(
    connection: Connection, store_id: str, moment: datetime, now: datetime
) -> None:
    """Remember that every order booked before the moment has its mark."""
    write_state(connection, store_id, _LOOKED_UNTIL, write_gmt(moment), now)


def _watched(store_id: str, horizon: Horizon) -> CompoundSelect[Any]:
    closed = USER_ORDER_FULFILMENT.c.CLOSED_GMT
    is_gone = USER_ORDER_FULFILMENT.c.STATE == "GONE"
    # Each part is a range of one index; an OR of them would be a look at every row.
    return union(
        _marked(store_id, closed.is_(None)),
        _marked(store_id, closed >= horizon.closed_since),
        _marked(store_id, and_(closed >= horizon.gone_since, is_gone)),
        _open(store_id),
        _never_looked_at(store_id, horizon.looked_until),
    )


def _marked(store_id: str, condition: ColumnElement[bool]) -> Select[Any]:
    mark = USER_ORDER_FULFILMENT.c
    return select(mark.WOO_ORDER_ID).where(mark.STORE_ID == store_id, condition)


def _open(store_id: str) -> Select[Any]:
    key, mark = USER_ORDER_KEY.c, USER_ORDER_FULFILMENT.c
    return (
        select(key.WOO_ORDER_ID)
        .join_from(USER_ORDER_KEY, USER_ORDER_FULFILMENT, _marks(), isouter=True)
        .where(
            key.STORE_ID == store_id,
            key.DOC_ID.in_(select(PS_DOC_HDR.c.DOC_ID)),
            or_(mark.STATE.is_(None), mark.STATE != "SHIPPED"),
        )
    )


def _never_looked_at(store_id: str, looked_until: datetime | None) -> Select[Any]:
    key = USER_ORDER_KEY.c
    booked = key.BOOKED_GMT.is_not(None) if looked_until is None else key.BOOKED_GMT >= looked_until
    marked = exists(select(USER_ORDER_FULFILMENT.c.STATE).where(_marks()))
    return select(key.WOO_ORDER_ID).where(
        key.STORE_ID == store_id, key.DOC_ID.is_not(None), booked, ~marked
    )


def _marks() -> ColumnElement[bool]:
    key, mark = USER_ORDER_KEY.c, USER_ORDER_FULFILMENT.c
    return and_(mark.STORE_ID == key.STORE_ID, mark.WOO_ORDER_ID == key.WOO_ORDER_ID)
