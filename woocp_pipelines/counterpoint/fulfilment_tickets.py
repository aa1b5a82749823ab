"""What is asked about the release tickets of watched orders, and their tracking numbers (CP §1.19).

Belongs here: the statements; `watched` has WOO_ORDER_ID, DOC_ID and DEP_DOC_ID. Does not: making
them, nor what a ticket proves (rules/fulfilment_releases.py).
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, Table, exists, func, or_, select, union_all

from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_DOC_HDR_ORIG_DOC,
    PS_DOC_LIN,
    PS_DOC_PKG_TRK_NO,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    PS_TKT_HIST_ORIG_DOC,
)

_SALE: Final = "S"


def open_releases(watched: Subquery) -> Select[Any]:
    """Sale lines of release tickets that are not posted yet."""
    lines = _sale_lines(watched, PS_DOC_HDR_ORIG_DOC, PS_DOC_HDR, PS_DOC_LIN)
    return lines.where(PS_DOC_HDR.c.DOC_TYP == "T")


def posted_releases(watched: Subquery) -> Select[Any]:
    """Sale lines of posted ones, but for void tickets."""
    ticket = PS_TKT_HIST
    lines = _sale_lines(watched, PS_TKT_HIST_ORIG_DOC, ticket, PS_TKT_HIST_LIN)
    return lines.add_columns(ticket.c.BUS_DAT).where(
        or_(ticket.c.DOC_TYP.is_(None), ticket.c.DOC_TYP != "V")
    )


def _sale_lines(watched: Subquery, origin: Table, ticket: Table, line: Table) -> Select[Any]:
    """Sale lines of the tickets that were made of watched orders."""
    return (
        select(
            watched.c.WOO_ORDER_ID,
            ticket.c.DOC_ID,
            ticket.c.TKT_NO,
            ticket.c.TKT_DT,
            _other_orders(origin, ticket, watched),
            line.c.ITEM_NO,
            line.c.QTY_SOLD,
            line.c.QTY_NUMER,
            line.c.QTY_DENOM,
        )
        .join_from(watched, origin, origin.c.ORIG_DOC_ID == watched.c.DOC_ID)
        .join(ticket, ticket.c.DOC_ID == origin.c.DOC_ID)
        .join(line, line.c.DOC_ID == ticket.c.DOC_ID)
        .where(line.c.LIN_TYP == _SALE)
    )


def tracking(watched: Subquery) -> Select[Any]:
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


def _other_orders(origin: Table, ticket: Table, watched: Subquery) -> ColumnElement[int]:
    """From how many other documents the ticket was made; tickets that it takes back are none."""
    other = origin.alias("other")
    known = PS_TKT_HIST.alias("known")
    is_ticket = exists(select(known.c.DOC_ID).where(known.c.DOC_ID == other.c.ORIG_DOC_ID))
    return (
        select(func.count())
        .select_from(other)
        .where(
            other.c.DOC_ID == ticket.c.DOC_ID,
            other.c.ORIG_DOC_ID != watched.c.DOC_ID,
            other.c.ORIG_DOC_ID != func.coalesce(watched.c.DEP_DOC_ID, watched.c.DOC_ID),
            ~is_ticket,
        )
        .correlate(ticket, watched)
        .scalar_subquery()
        .label("OTHER_ORDERS")
    )
