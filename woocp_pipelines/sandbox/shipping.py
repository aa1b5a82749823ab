"""What the tills do with an order: release, post, cancel, tracking numbers (CP §1.5.1, §1.20).

Belongs here: the rows that change, as far as woocp reads them; for people who try out the sandbox,
and for tests. Does not: anything that woocp itself does, nor payments and totals of a release.
All in the caller's transaction; a release ticket is posted with its drawer, at the day's end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from woocp_pipelines.rules.money import ZERO, cents, unit_price
from woocp_pipelines.sandbox.schema import vendor_tables

Row = dict[str, Any]
_COMMITTING: Final = ("O", "S", "L")


def release_order(
    connection: Connection,
    doc_id: int,
    now: datetime,
    quantities: Mapping[int, Decimal] | None = None,
) -> int:
    """Release an order, or so much of some lines; gives the DOC_ID of the release ticket.

    Args:
        connection: of the caller's transaction.
        doc_id: the order.
        now: store-local.
        quantities: by LIN_SEQ_NO, in the line's unit; None: all that is open.
    """
    header, lines = _row("PS_DOC_HDR", doc_id), _rows(connection, "PS_DOC_LIN", doc_id)
    order = connection.execute(header).mappings().one()
    released = {line["LIN_SEQ_NO"]: _open(line) for line in lines}
    released = dict(quantities) if quantities is not None else released
    ticket_id, number = _next_id(connection), _next_number(connection, doc_id, order["TKT_NO"])
    ticket = {
        **order,
        "DOC_ID": ticket_id,
        "DOC_GUID": uuid4(),
        "DOC_TYP": "T",
        "TKT_NO": number,
        "TKT_DT": now,
        "ORD_LINS": 0,
        "SAL_LINS": len(released),
        "IS_REL_TKT": "Y",
    }
    _insert(connection, "PS_DOC_HDR", ticket)
    for line in lines:
        if quantity := released.get(line["LIN_SEQ_NO"]):
            _release_line(connection, line, quantity, {"DOC_ID": ticket_id, "TKT_NO": number})
    _insert(connection, "PS_DOC_HDR_ORIG_DOC", {"DOC_ID": ticket_id, "ORIG_DOC_ID": doc_id})
    _set(connection, "PS_DOC_HDR", doc_id, HAS_RLSD_LINS="Y", LST_MAINT_DT=now)
    return ticket_id


def post_ticket(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Post a ticket: goods leave the stock, and a finished order the open documents."""
    ticket = connection.execute(_row("PS_DOC_HDR", ticket_id)).mappings().one()
    lines = _rows(connection, "PS_DOC_LIN", ticket_id)
    origins = _rows(connection, "PS_DOC_HDR_ORIG_DOC", ticket_id)
    day = datetime(now.year, now.month, now.day)  # noqa: DTZ001 (Counterpoint's local dates)
    _insert(connection, "PS_TKT_HIST", {**ticket, "BUS_DAT": day})
    for line in lines:
        _insert(connection, "PS_TKT_HIST_LIN", {**line, "DESCR": (line["DESCR"] or "")[:30]})
        if line["LIN_TYP"] == "S":
            stocking = _stocking(line, line["QTY_SOLD"])
            _move_stock(connection, line, QTY_ON_HND=-stocking, QTY_COMMIT=-stocking)
    for origin in origins:
        _insert(connection, "PS_TKT_HIST_ORIG_DOC", origin)
    _delete_document(connection, ticket_id)
    for origin in origins:
        order_id = origin["ORIG_DOC_ID"]
        order_lines = _rows(connection, "PS_DOC_LIN", order_id)
        if order_lines and not any(_open(line) for line in order_lines):
            close_order(connection, order_id)


def cancel_order(
    connection: Connection, doc_id: int, now: datetime, *, leaves: bool = True
) -> None:
    """Cancel what is open of an order; with `leaves` it goes to the history at once."""
    for line in _rows(connection, "PS_DOC_LIN", doc_id):
        stocking = _stocking(line, _open(line))
        if line["LIN_TYP"] in _COMMITTING:
            _move_stock(connection, line, QTY_COMMIT=-stocking, QTY_ON_ORD=-stocking)
    log_activity(connection, doc_id, "C", "Cancelled the order", now)
    if leaves:
        close_order(connection, doc_id)


def log_activity(
    connection: Connection, doc_id: int, activity: str, text: str, now: datetime
) -> None:
    """Add a row to the document's log."""
    rows = _rows(connection, "PS_DOC_AUDIT_LOG", doc_id)
    last = max(rows, key=lambda row: int(row["LOG_SEQ_NO"]))
    entry = {"LOG_SEQ_NO": last["LOG_SEQ_NO"] + 1, "ACTIV": activity, "LOG_ENTRY": text}
    _insert(connection, "PS_DOC_AUDIT_LOG", {**last, **entry, "CURR_DT": now})


def close_order(connection: Connection, doc_id: int) -> None:
    """Move an order from the open documents to the history, whatever is open of it."""
    order = connection.execute(_row("PS_DOC_HDR", doc_id)).mappings().one()
    _insert(connection, "PS_ORD_HIST", dict(order))
    _delete_document(connection, doc_id)
    customers = vendor_tables()["AR_CUST"]
    connection.execute(
        update(customers)
        .where(customers.c.CUST_NO == order["CUST_NO"])
        .values(NO_OF_ORDS=customers.c.NO_OF_ORDS - 1)
    )


def add_tracking(connection: Connection, doc_id: int, numbers: Sequence[str]) -> None:
    """Enter tracking numbers at a document."""
    known = len(_rows(connection, "PS_DOC_PKG_TRK_NO", doc_id))
    for sequence, number in enumerate(numbers, start=known + 1):
        row = {"DOC_ID": doc_id, "PKG_SEQ_NO": sequence, "PKG_TRK_NO": number}
        _insert(connection, "PS_DOC_PKG_TRK_NO", row)


def _release_line(connection: Connection, line: Row, quantity: Decimal, ticket: Row) -> None:
    if quantity > _open(line):
        raise ValueError(f"line {line['LIN_SEQ_NO']}: {_open(line)} is open, not {quantity}")
    amount = cents((line["PRC"] or ZERO) * quantity)
    same = ("EXT_PRC", "GROSS_EXT_PRC", "DISP_EXT_PRC", "GROSS_DISP_EXT_PRC", "CALC_EXT_PRC")
    sold = {"LIN_TYP": "S", "LIN_GUID": uuid4(), "QTY_SOLD": quantity, "ORIG_QTY": quantity}
    _insert(connection, "PS_DOC_LIN", {**line, **dict.fromkeys(same, amount), **sold, **ticket})
    table = vendor_tables()["PS_DOC_LIN"]
    mine = (table.c.DOC_ID == line["DOC_ID"], table.c.LIN_SEQ_NO == line["LIN_SEQ_NO"])
    shipped = (line["QTY_SHIPPED"] or ZERO) + quantity
    connection.execute(update(table).where(*mine).values(QTY_SHIPPED=shipped))
    # The order's commitment becomes the ticket's; only what is on order goes down.
    _move_stock(connection, line, QTY_ON_ORD=-_stocking(line, quantity))


def _open(line: Row) -> Decimal:
    return Decimal(line["ORIG_QTY"] or line["QTY_SOLD"]) - (line["QTY_SHIPPED"] or ZERO)


def _stocking(line: Row, quantity: Decimal) -> Decimal:
    return unit_price(quantity * line["QTY_NUMER"] / line["QTY_DENOM"])


def _move_stock(connection: Connection, line: Row, **changes: Decimal) -> None:
    table = vendor_tables()["IM_INV"]
    at = (table.c.ITEM_NO == line["ITEM_NO"], table.c.LOC_ID == line["STK_LOC_ID"])
    moved = {name: table.c[name] + change for name, change in changes.items()}
    connection.execute(update(table).where(*at).values(moved))


def _next_id(connection: Connection) -> int:
    """A free DOC_ID; Counterpoint's own rule matters to nobody here."""
    tables = (vendor_tables()[name] for name in ("PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"))
    taken = [connection.execute(select(func.max(table.c.DOC_ID))).scalar() for table in tables]
    return max(int(each) for each in taken if each is not None) + 1


def _next_number(connection: Connection, doc_id: int, number: str) -> str:
    """`N-01`, `N-02`, … (CP §1.6.2)."""
    links = (vendor_tables()[name] for name in ("PS_DOC_HDR_ORIG_DOC", "PS_TKT_HIST_ORIG_DOC"))
    made = sum(
        len(connection.execute(select(link).where(link.c.ORIG_DOC_ID == doc_id)).all())
        for link in links
    )
    return f"{number}-{made + 1:02d}"


def _delete_document(connection: Connection, doc_id: int) -> None:
    for table in reversed(list(vendor_tables().values())):
        if table.name.startswith("PS_DOC") and "DOC_ID" in table.c:
            connection.execute(delete(table).where(table.c.DOC_ID == doc_id))


def _row(name: str, doc_id: int) -> Any:
    table = vendor_tables()[name]
    return select(table).where(table.c.DOC_ID == doc_id)


def _rows(connection: Connection, name: str, doc_id: int) -> list[Row]:
    return [dict(row) for row in connection.execute(_row(name, doc_id)).mappings()]


def _insert(connection: Connection, name: str, values: Mapping[str, Any]) -> None:
    """The values that the table has columns for; computed ones are left out."""
    table: Table = vendor_tables()[name]
    own = {
        column.name: values[column.name]
        for column in table.c
        if column.name in values and column.computed is None
    }
    connection.execute(insert(table).values(own))


def _set(connection: Connection, name: str, doc_id: int, **values: Any) -> None:
    table = vendor_tables()[name]
    connection.execute(update(table).where(table.c.DOC_ID == doc_id).values(values))
