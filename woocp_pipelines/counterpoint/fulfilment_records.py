"""Rows of documents and of what was told, as the rules of fulfilment know them.

Belongs here: turning rows into `Found` and `Standing`, and a standing into what is kept. Does
not: statements (fulfilment_reading.py, fulfilment_marks.py), nor judging (rules/fulfilment.py).
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from woocp_pipelines.counterpoint.fulfilment_reading import AnyRow, Watched
from woocp_pipelines.rules.fulfilment import Found, Place, Standing
from woocp_pipelines.rules.fulfilment_lines import Line, stocking
from woocp_pipelines.rules.fulfilment_releases import Release
from woocp_pipelines.rules.money import ZERO


def found_of(watched: Watched) -> Found:
    """What Counterpoint shows of a watched order now.

    Raises:
        ValueError: a line's unit has no size.
        TypeError: a quantity is missing.
    """
    header = watched.header
    place = _place(header)
    return Found(
        place=place,
        doc_typ=_type(place, header),
        lines=tuple(_lines(watched, place)),
        copies=tuple(_copy(row) for row in watched.copies),
        releases=tuple(_releases(watched)),
        cancelled=watched.last_activity == "C",
        invoiced=_date(header.LST_DOC_INVCD_DT),
        ship_dat=_date(header.SHIP_DAT),
        day=_date(header.BUS_DAT or header.TKT_DT),
        tracking=tuple(watched.tracking),
    )


def told_of(watched: Watched) -> Standing | None:
    """What the store was told last; None before the first look.

    Raises:
        ValueError, LookupError, TypeError: what is kept cannot be read.
    """
    header = watched.header
    if header.STATE is None:
        return None
    kept = json.loads(header.TOLD_JSON)
    free = kept.get("free", ())
    lines = tuple(
        Line(seq, item_no, unit, *(Decimal(quantity) for quantity in quantities), free=at in free)
        for at, (seq, item_no, unit, *quantities) in enumerate(kept["lines"])
    )
    return Standing(
        header.STATE,
        lines,
        tuple(kept["tracking"]),
        is_open=header.CLOSED_GMT is None,
        beyond=tuple((item_no, Fraction(more)) for item_no, more in kept.get("beyond", ())),
    )


def encode(standing: Standing) -> str:
    """A standing as it is kept; its day is in the note only."""
    lines = [
        [
            line.seq,
            line.item_no,
            line.unit,
            *(str(each) for each in (line.ordered, line.shipped, line.numer, line.denom)),
        ]
        for line in standing.lines
    ]
    kept: dict[str, object] = {"lines": lines, "tracking": standing.tracking}
    free = [at for at, line in enumerate(standing.lines) if line.free]
    if free:
        kept["free"] = free
    if standing.beyond:
        kept["beyond"] = [[item_no, str(more)] for item_no, more in standing.beyond]
    return json.dumps(kept, ensure_ascii=False)


def _place(header: AnyRow) -> Place:
    if header.OPEN_ID is not None:
        return "open"
    if header.ORDER_ID is not None:
        return "order history"
    return "ticket history" if header.TICKET_ID is not None else "nowhere"


def _type(place: Place, header: AnyRow) -> str:
    if place == "open":
        return str(header.DOC_TYP)
    return str(header.TICKET_TYP or "T") if place == "ticket history" else "O"


def _lines(watched: Watched, place: Place) -> Iterator[Line]:
    """Lines of the open document, or of a sale ticket that was posted, and not as a void one."""
    if place == "ticket history" and watched.header.TICKET_TYP != "V":
        yield from (_copy(row, row.QTY_SOLD) for row in watched.posted)
    else:
        yield from (_line(row) for row in watched.lines)


def _line(row: AnyRow) -> Line:
    return Line(
        seq=row.LIN_SEQ_NO,
        item_no=row.ITEM_NO,
        unit=row.QTY_UNIT or "",
        # What the web order ordered (CP Q12): neither a release that lowers QTY_SOLD, nor a till
        # that raises it, changes what is to go out for the order to be complete.
        ordered=row.ORIG_QTY or row.QTY_SOLD,
        shipped=max(row.QTY_SHIPPED or ZERO, row.QTY_INVCD or ZERO, ZERO),
        numer=row.QTY_NUMER,
        denom=row.QTY_DENOM,
        free=row.EXT_PRC == ZERO,
    )


def _copy(row: AnyRow, shipped: Decimal = ZERO) -> Line:
    """A line as a deposit ticket or a posted one has it, without its order's quantities."""
    return Line(
        seq=row.LIN_SEQ_NO,
        item_no=row.ITEM_NO,
        unit=getattr(row, "QTY_UNIT", None) or "",
        ordered=row.QTY_SOLD,
        shipped=shipped,
        numer=row.QTY_NUMER,
        denom=row.QTY_DENOM,
        # Of a posted ticket no prices are read: its lines count as paid.
        free=getattr(row, "EXT_PRC", None) == ZERO,
    )


def _releases(watched: Watched) -> Iterator[Release]:
    """Lines of release tickets; one that was posted while we read counts as posted."""
    posted = {row.DOC_ID for row in watched.posted_releases}
    for row in watched.posted_releases:
        yield _release(row, row.BUS_DAT or row.TKT_DT)
    for row in watched.open_releases:
        if row.DOC_ID not in posted:
            yield _release(row, row.TKT_DT)


def _release(row: AnyRow, day: datetime | None) -> Release:
    size = stocking(row.QTY_SOLD, row.QTY_NUMER, row.QTY_DENOM)
    ticket = row.TKT_NO or str(row.DOC_ID)
    return Release(row.ITEM_NO, size, _date(day), ticket, shared=row.OTHER_ORDERS > 0)


def _date(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
