"""Booked orders whose shipment is still to be told, and all that Counterpoint knows of each.

Belongs here: eight statements, however many orders: each joins the watched orders themselves, so
that no list of ids travels. Does not: what the rows mean (fulfilment_records.py).

Watched is every order with a document that was not told to its end, and for some days those that
were (fulfilment.tracking_days). An order of the scripts before woocp is watched from its first
look on, which must find it open: what they left behind shipped or deleted is nobody's news.

Release tickets are read open ones first: one that is posted in between is met twice, which its
DOC_ID tells, and never missed. PS_TKT_HIST_ORIG_DOC is scanned (its key begins with the ticket),
which costs some ten thousand narrow rows; everything else is sought by DOC_ID.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    exists,
    or_,
    select,
    union_all,
)

from woocp_pipelines.counterpoint.tables import (
    PS_DOC_AUDIT_LOG,
    PS_DOC_HDR,
    PS_DOC_HDR_DOC_STAT,
    PS_DOC_HDR_ORIG_DOC,
    PS_DOC_LIN,
    PS_DOC_PKG_TRK_NO,
    PS_ORD_HIST,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    PS_TKT_HIST_ORIG_DOC,
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


@dataclass(slots=True)
class Watched:
    """One watched order: its header with what was told, and its rows of each kind."""

    header: AnyRow
    lines: list[AnyRow] = field(default_factory=list)
    copies: list[AnyRow] = field(default_factory=list)
    open_releases: list[AnyRow] = field(default_factory=list)
    posted_releases: list[AnyRow] = field(default_factory=list)
    tracking: list[str] = field(default_factory=list)
    last_activity: str = ""


def read_watched(connection: Connection, store_id: str, closed_since: datetime) -> list[Watched]:
    """Every watched order, oldest document first.

    Args:
        connection: of one moment where the database allows it (`reading`).
        store_id: the store.
        closed_since: orders that were told to their end before are not watched any more.
    """
    watched = _watched(store_id, closed_since)
    found = {
        row.WOO_ORDER_ID: Watched(row) for row in connection.execute(_headers(store_id, watched))
    }
    for name, statement in (
        ("lines", _lines(watched)),
        ("copies", _open_copies(watched)),
        ("copies", _posted_copies(watched)),
        ("open_releases", _open_releases(watched)),
        ("posted_releases", _posted_releases(watched)),
    ):
        for order_id, rows in _by_order(connection.execute(statement)).items():
            if order_id in found:
                getattr(found[order_id], name).extend(rows)
    for row in connection.execute(_tracking(watched)):
        if row.WOO_ORDER_ID in found:
            found[row.WOO_ORDER_ID].tracking.append(row.PKG_TRK_NO)
    for row in connection.execute(_activities(watched)):
        if row.WOO_ORDER_ID in found:
            found[row.WOO_ORDER_ID].last_activity = row.ACTIV
    return list(found.values())


def _by_order(rows: Iterable[AnyRow]) -> dict[int, list[AnyRow]]:
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.WOO_ORDER_ID].append(row)
    return found


def _watched(store_id: str, closed_since: datetime) -> Subquery:
    key, mark = USER_ORDER_KEY.c, USER_ORDER_FULFILMENT.c
    is_open = exists(select(PS_DOC_HDR.c.DOC_ID).where(PS_DOC_HDR.c.DOC_ID == key.DOC_ID))
    return (
        select(key.WOO_ORDER_ID, key.DOC_ID, key.DEP_DOC_ID, key.TKT_NO)
        .join_from(USER_ORDER_KEY, USER_ORDER_FULFILMENT, _marked(), isouter=True)
        .where(
            key.STORE_ID == store_id,
            key.DOC_ID.is_not(None),
            or_(mark.CLOSED_GMT.is_(None), mark.CLOSED_GMT >= closed_since),
            or_(key.BOOKED_GMT.is_not(None), mark.WOO_ORDER_ID.is_not(None), is_open),
        )
        .subquery("watched")
    )


def _marked() -> ColumnElement[bool]:
    key, mark = USER_ORDER_KEY.c, USER_ORDER_FULFILMENT.c
    return and_(mark.STORE_ID == key.STORE_ID, mark.WOO_ORDER_ID == key.WOO_ORDER_ID)


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
    ]


def _open_copies(watched: Subquery) -> Select[Any]:
    line = PS_DOC_LIN.c
    return (
        select(watched.c.WOO_ORDER_ID, *_quantities())
        .join_from(watched, PS_DOC_LIN, line.DOC_ID == watched.c.DEP_DOC_ID)
        .where(line.LIN_TYP == _COPY, _has_left(watched))
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _posted_copies(watched: Subquery) -> Select[Any]:
    line = PS_TKT_HIST_LIN.c
    return (
        select(
            watched.c.WOO_ORDER_ID,
            line.LIN_SEQ_NO,
            line.ITEM_NO,
            line.QTY_SOLD,
            line.QTY_NUMER,
            line.QTY_DENOM,
        )
        .join_from(watched, PS_TKT_HIST_LIN, line.DOC_ID == watched.c.DEP_DOC_ID)
        .where(line.LIN_TYP == _COPY, _has_left(watched))
        .order_by(watched.c.WOO_ORDER_ID, line.LIN_SEQ_NO)
    )


def _has_left(watched: Subquery) -> ColumnElement[bool]:
    """The order itself is not open any more; while it is, its own lines tell."""
    return ~exists(select(PS_DOC_HDR.c.DOC_ID).where(PS_DOC_HDR.c.DOC_ID == watched.c.DOC_ID))


def _open_releases(watched: Subquery) -> Select[Any]:
    origin, ticket, line = PS_DOC_HDR_ORIG_DOC, PS_DOC_HDR, PS_DOC_LIN
    return (
        select(
            watched.c.WOO_ORDER_ID,
            ticket.c.DOC_ID,
            ticket.c.TKT_DT,
            line.c.ITEM_NO,
            line.c.QTY_SOLD,
            line.c.QTY_NUMER,
            line.c.QTY_DENOM,
        )
        .join_from(watched, origin, origin.c.ORIG_DOC_ID == watched.c.DOC_ID)
        .join(ticket, ticket.c.DOC_ID == origin.c.DOC_ID)
        .join(line, line.c.DOC_ID == ticket.c.DOC_ID)
        .where(ticket.c.DOC_TYP == "T", line.c.LIN_TYP == _SALE)
    )


def _posted_releases(watched: Subquery) -> Select[Any]:
    origin, ticket, line = PS_TKT_HIST_ORIG_DOC, PS_TKT_HIST, PS_TKT_HIST_LIN
    return (
        select(
            watched.c.WOO_ORDER_ID,
            ticket.c.DOC_ID,
            ticket.c.TKT_DT,
            ticket.c.BUS_DAT,
            line.c.ITEM_NO,
            line.c.QTY_SOLD,
            line.c.QTY_NUMER,
            line.c.QTY_DENOM,
        )
        .join_from(watched, origin, origin.c.ORIG_DOC_ID == watched.c.DOC_ID)
        .join(ticket, ticket.c.DOC_ID == origin.c.DOC_ID)
        .join(line, line.c.DOC_ID == ticket.c.DOC_ID)
        .where(
            or_(ticket.c.DOC_TYP.is_(None), ticket.c.DOC_TYP != "V"),
            line.c.LIN_TYP == _SALE,
        )
    )


def _tracking(watched: Subquery) -> Select[Any]:
    """Numbers of the order and of its release tickets, as long as these rows are there."""
    package = PS_DOC_PKG_TRK_NO.c
    columns = (watched.c.WOO_ORDER_ID, package.DOC_ID, package.PKG_TRK_NO)
    of_order = select(*columns).join_from(
        watched, PS_DOC_PKG_TRK_NO, package.DOC_ID == watched.c.DOC_ID
    )
    of_tickets = [
        select(*columns)
        .join_from(watched, origin, origin.c.ORIG_DOC_ID == watched.c.DOC_ID)
        .join(PS_DOC_PKG_TRK_NO, package.DOC_ID == origin.c.DOC_ID)
        for origin in (PS_DOC_HDR_ORIG_DOC, PS_TKT_HIST_ORIG_DOC)
    ]
    every = union_all(of_order, *of_tickets).subquery("packages")
    return select(every).order_by(every.c.WOO_ORDER_ID, every.c.DOC_ID, every.c.PKG_TRK_NO)


def _activities(watched: Subquery) -> Select[Any]:
    log = PS_DOC_AUDIT_LOG.c
    return (
        select(watched.c.WOO_ORDER_ID, log.ACTIV)
        .join_from(watched, PS_DOC_AUDIT_LOG, log.DOC_ID == watched.c.DOC_ID)
        .where(log.ACTIV.in_(_CANCELLED_OR_REINSTATED))
        .order_by(watched.c.WOO_ORDER_ID, log.LOG_SEQ_NO)
    )
