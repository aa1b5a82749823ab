"""All that Counterpoint knows of watched orders.

Belongs here: nine statements for so many orders as one of them can name. Does not: which orders are
watched (fulfilment_watch.py), the statements about release tickets (fulfilment_tickets.py), nor
what the rows mean (fulfilment_records.py).

Release tickets are read open ones first: one that is posted in between is met twice, which its
DOC_ID tells, and never missed. PS_TKT_HIST_ORIG_DOC is scanned (its key begins with the ticket),
which costs some ten thousand narrow rows; everything else is sought by DOC_ID.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    exists,
    select,
)

from woocp_pipelines.counterpoint.fulfilment_tickets import open_releases, posted_releases, tracking
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_AUDIT_LOG,
    PS_DOC_HDR,
    PS_DOC_HDR_DOC_STAT,
    PS_DOC_LIN,
    PS_ORD_HIST,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    USER_ORDER_FULFILMENT,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)

AnyRow = Row[Any]
_SALE: Final = "S"
_COPY: Final = "U"
# Returns, and copies on deposit tickets, are no goods that are to go out (CP §1.10).
_NOT_TO_SHIP: Final = ("R", _COPY)
_CANCELLED_OR_REINSTATED: Final = ("C", "I")
# One statement names them three times, and SQL Server takes 2,100 parameters.
_AT_A_TIME: Final = 500


@dataclass(slots=True)
class Watched:
    """One watched order: its header with what was told, and its rows of each kind."""

    header: AnyRow
    lines: list[AnyRow] = field(default_factory=list)
    posted: list[AnyRow] = field(default_factory=list)
    copies: list[AnyRow] = field(default_factory=list)
    open_releases: list[AnyRow] = field(default_factory=list)
    posted_releases: list[AnyRow] = field(default_factory=list)
    tracking: list[str] = field(default_factory=list)
    last_activity: str = ""


def read_watched(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> Iterator[Watched]:
    """These orders, as many at a time as a statement can name.

    Args:
        connection: of one moment where the database allows it (`reading`).
        store_id: the store.
        order_ids: those that are watched; of them only those with a document come.
    """
    for part in chunks(order_ids, _AT_A_TIME):
        yield from _read(connection, store_id, part)


def _read(connection: Connection, store_id: str, order_ids: Sequence[int]) -> Iterable[Watched]:
    watched = _watched(store_id, order_ids)
    found = {
        row.WOO_ORDER_ID: Watched(row) for row in connection.execute(_headers(store_id, watched))
    }
    for name, statement in (
        ("lines", _lines(watched)),
        ("posted", _posted_lines(watched)),
        ("copies", _open_copies(store_id, watched)),
        ("copies", _posted_copies(store_id, watched)),
        ("open_releases", open_releases(watched)),
        ("posted_releases", posted_releases(watched)),
    ):
        for order_id, rows in _by_order(connection.execute(statement)).items():
            if order_id in found:
                getattr(found[order_id], name).extend(rows)
    for row in connection.execute(tracking(watched)):
        if row.WOO_ORDER_ID in found:
            found[row.WOO_ORDER_ID].tracking.append(row.PKG_TRK_NO)
    for row in connection.execute(_activities(watched)):
        if row.WOO_ORDER_ID in found:
            found[row.WOO_ORDER_ID].last_activity = row.ACTIV
    return found.values()


def _by_order(rows: Iterable[AnyRow]) -> dict[int, list[AnyRow]]:
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.WOO_ORDER_ID].append(row)
    return found


def _watched(store_id: str, order_ids: Sequence[int]) -> Subquery:
    key = USER_ORDER_KEY.c
    return (
        select(key.WOO_ORDER_ID, key.DOC_ID, key.DEP_DOC_ID, key.TKT_NO)
        .where(key.STORE_ID == store_id, key.WOO_ORDER_ID.in_(order_ids), key.DOC_ID.is_not(None))
        .subquery("watched")
    )


def _headers(store_id: str, watched: Subquery) -> Select[Any]:
    header, status, order, ticket = PS_DOC_HDR, PS_DOC_HDR_DOC_STAT, PS_ORD_HIST, PS_TKT_HIST
    mark, staged = USER_ORDER_FULFILMENT, USER_ORDER_STAGING
    its_mark = and_(mark.c.STORE_ID == store_id, mark.c.WOO_ORDER_ID == watched.c.WOO_ORDER_ID)
    its_row = and_(
        staged.c.STORE_ID == store_id,
        staged.c.WOO_ORDER_ID == watched.c.WOO_ORDER_ID,
        staged.c.STATUS != "DUPLICATE",
    )
    return (
        select(
            watched.c.WOO_ORDER_ID,
            watched.c.DOC_ID,
            watched.c.TKT_NO,
            staged.c.WOO_ORDER_NO,
            header.c.DOC_ID.label("OPEN_ID"),
            header.c.DOC_TYP,
            header.c.SHIP_DAT,
            status.c.LST_DOC_INVCD_DT,
            order.c.DOC_ID.label("ORDER_ID"),
            ticket.c.DOC_ID.label("TICKET_ID"),
            ticket.c.DOC_TYP.label("TICKET_TYP"),
            ticket.c.BUS_DAT,
            ticket.c.TKT_DT,
            mark.c.STATE,
            mark.c.TOLD_JSON,
            mark.c.MESSAGES,
            mark.c.CLOSED_GMT,
        )
        .select_from(watched)
        .join(header, header.c.DOC_ID == watched.c.DOC_ID, isouter=True)
        .join(status, status.c.DOC_ID == watched.c.DOC_ID, isouter=True)
        .join(order, order.c.DOC_ID == watched.c.DOC_ID, isouter=True)
        .join(ticket, ticket.c.DOC_ID == watched.c.DOC_ID, isouter=True)
        .join(mark, its_mark, isouter=True)
        .join(staged, its_row, isouter=True)
        .order_by(watched.c.WOO_ORDER_ID)
    )


def _lines(watched: Subquery) -> Select[Any]:
    line = PS_DOC_LIN.c
    return (
        select(watched.c.WOO_ORDER_ID, *_quantities())
        .join_from(watched, PS_DOC_LIN, line.DOC_ID == watched.c.DOC_ID)
        .where(line.LIN_TYP.not_in(_NOT_TO_SHIP))
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _quantities() -> list[Any]:
    line = PS_DOC_LIN.c
    return [
        line.LIN_SEQ_NO,
        line.ITEM_NO,
        line.QTY_UNIT,
        line.QTY_SOLD,
        line.ORIG_QTY,
        line.QTY_SHIPPED,
        line.QTY_INVCD,
        line.QTY_NUMER,
        line.QTY_DENOM,
        line.EXT_PRC,
    ]


def _open_copies(store_id: str, watched: Subquery) -> Select[Any]:
    line = PS_DOC_LIN.c
    return (
        select(watched.c.WOO_ORDER_ID, *_quantities())
        .join_from(watched, PS_DOC_LIN, line.DOC_ID == watched.c.DEP_DOC_ID)
        .where(line.LIN_TYP == _COPY, _was_never_seen(store_id, watched))
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _posted_lines(watched: Subquery) -> Select[Any]:
    """Of orders that were booked as sale tickets."""
    line = PS_TKT_HIST_LIN.c
    return (
        select(watched.c.WOO_ORDER_ID, *_posted_quantities())
        .join_from(watched, PS_TKT_HIST_LIN, line.DOC_ID == watched.c.DOC_ID)
        .where(line.LIN_TYP == _SALE)
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _posted_copies(store_id: str, watched: Subquery) -> Select[Any]:
    line = PS_TKT_HIST_LIN.c
    return (
        select(watched.c.WOO_ORDER_ID, *_posted_quantities())
        .join_from(watched, PS_TKT_HIST_LIN, line.DOC_ID == watched.c.DEP_DOC_ID)
        .where(line.LIN_TYP == _COPY, _was_never_seen(store_id, watched))
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _posted_quantities() -> list[Any]:
    line = PS_TKT_HIST_LIN.c
    return [line.LIN_SEQ_NO, line.ITEM_NO, line.QTY_SOLD, line.QTY_NUMER, line.QTY_DENOM]


def _was_never_seen(store_id: str, watched: Subquery) -> ColumnElement[bool]:
    """Nobody looked at the order yet; of all others it is remembered what was ordered."""
    mark = USER_ORDER_FULFILMENT.c
    its_mark = and_(mark.STORE_ID == store_id, mark.WOO_ORDER_ID == watched.c.WOO_ORDER_ID)
    return ~exists(select(mark.STATE).where(its_mark))


def _activities(watched: Subquery) -> Select[Any]:
    log = PS_DOC_AUDIT_LOG.c
    return (
        select(watched.c.WOO_ORDER_ID, log.ACTIV)
        .join_from(watched, PS_DOC_AUDIT_LOG, log.DOC_ID == watched.c.DOC_ID)
        .where(log.ACTIV.in_(_CANCELLED_OR_REINSTATED))
        .order_by(watched.c.WOO_ORDER_ID, log.LOG_SEQ_NO)
    )
