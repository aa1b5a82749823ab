"""Document building: a web order, catalogue rows and settings in, rows per table out.

Pure data, no I/O: the heart of order creation. The reference is CP §4; its worked example (§4.7)
is the golden test. This module joins the parts; each table's rows are in a module of their own.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from woocp_pipelines.rules.document_building.amounts import Amounts, compute_amounts
from woocp_pipelines.rules.document_building.fitting import fit_rows
from woocp_pipelines.rules.document_building.header import (
    Row,
    contact_rows,
    document_ref,
    header_row,
    status_rows,
)
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.document_building.kinds import (
    Kind,
    deposit_kind,
    order_kind,
    sale_kind,
)
from woocp_pipelines.rules.document_building.lines import line_rows
from woocp_pipelines.rules.document_building.notes import audit_row, audit_total_rows, note_rows
from woocp_pipelines.rules.document_building.payments import apply_rows, payment_rows, prompt_rows
from woocp_pipelines.rules.document_building.price_rows import price_rows
from woocp_pipelines.rules.document_building.tax_rows import tax_rows
from woocp_pipelines.rules.document_building.totals import misc_rows, total_rows
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.web_order import WebOrder

__all__ = ["Documents", "StockChange", "build_documents", "document_ref"]


@dataclass(frozen=True, slots=True)
class StockChange:
    """What the goods add to one IM_INV row, in stocking units (CP §1.5.1).

    `on_order` is QTY_ON_ORD: raised by orders, not by sale tickets.
    """

    item_no: str
    loc_id: str
    commit: Decimal
    on_order: Decimal


@dataclass(frozen=True, slots=True)
class Documents:
    """All rows of a booking, tables in the order in which foreign keys admit them (CP §4.8).

    `doc_id` and `tkt_no` are those of the document that carries the goods. `open_orders` is what
    the booking adds to AR_CUST.NO_OF_ORDS, `amt_due` what is left to pay.
    """

    rows: dict[str, list[Row]]
    stock: tuple[StockChange, ...]
    doc_id: int
    tkt_no: str
    deposit_doc_id: int | None
    tot: Decimal
    amt_due: Decimal
    open_orders: int


def build_documents(
    order: WebOrder, booking: Booking, place: Place, new_guid: Callable[[], UUID]
) -> Documents:
    """Build every row of an order's documents.

    Raises:
        RefusedError: the order's tax cannot be placed (NO_TAX_AUTHORITY, TAX_RATES), or a code
            does not fit its column (TOO_LONG).
    """
    amounts = compute_amounts(order, booking, place)
    rows: dict[str, list[Row]] = defaultdict(list)
    for kind in _kinds(booking, place):
        _add(rows, order, booking, place, amounts, kind, new_guid)
    return Documents(
        rows=fit_rows(rows, place.lengths),
        stock=_stock_changes(booking, place),
        doc_id=booking.keys.doc_id,
        tkt_no=booking.keys.tkt_no,
        deposit_doc_id=booking.keys.deposit_doc_id,
        tot=amounts.tot,
        amt_due=amounts.tot - amounts.deposit,
        open_orders=1 if place.documents.type == "O" else 0,
    )


def _kinds(booking: Booking, place: Place) -> list[Kind]:
    keys = booking.keys
    if place.documents.type == "T":
        return [sale_kind(keys.doc_id, keys.tkt_no)]
    kinds = [order_kind(keys.doc_id, keys.tkt_no)]
    if booking.pay and keys.deposit_doc_id is not None and keys.deposit_tkt_no is not None:
        kinds.append(deposit_kind(keys.deposit_doc_id, keys.deposit_tkt_no))
    return kinds


def _add(
    rows: dict[str, list[Row]],
    order: WebOrder,
    booking: Booking,
    place: Place,
    amounts: Amounts,
    kind: Kind,
    new_guid: Callable[[], UUID],
) -> None:
    header = header_row(order, booking, place, amounts, kind, new_guid)
    parts: list[tuple[str, list[Row]]] = [
        ("PS_DOC_HDR", [header]),
        ("PS_DOC_HDR_TOT", total_rows(booking, amounts, kind)),
        ("PS_DOC_HDR_MISC_CHRG", misc_rows(amounts, kind)),
        ("PS_DOC_HDR_DOC_STAT", status_rows(amounts, kind)),
        ("PS_DOC_CONTACT", contact_rows(booking, kind)),
        ("PS_DOC_LIN", line_rows(booking, place, amounts, kind, new_guid)),
        ("PS_DOC_LIN_PRICE", price_rows(booking, amounts, kind)),
        ("PS_DOC_PMT", payment_rows(order, booking, place, amounts, kind)),
        ("PS_DOC_PMT_APPLY", apply_rows(booking, amounts, kind)),
        ("PS_DOC_PMT_PROMPT", prompt_rows(order, booking, kind)),
        ("PS_DOC_TAX", tax_rows(booking, amounts, kind)),
        ("PS_DOC_NOTE", note_rows(order, booking, place, amounts, kind)),
        ("PS_DOC_AUDIT_LOG", [audit_row(booking, place, kind, header["DOC_GUID"])]),
        ("PS_DOC_AUDIT_LOG_TOT", audit_total_rows(amounts, kind)),
    ]
    for table, part in parts:
        rows[table] += part


def _stock_changes(booking: Booking, place: Place) -> tuple[StockChange, ...]:
    """Sums per item, ordered by item: every writer takes the rows in one order (CP §4.8.6)."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in booking.lines:
        if line.item.keeps_stock:
            sums[line.item.sellable.item_no] += line.stocking_qty
    is_order = place.documents.type == "O"
    location = place.counterpoint.stock_location
    return tuple(
        StockChange(item_no, location, quantity, quantity if is_order else ZERO)
        for item_no, quantity in sorted(sums.items())
    )
