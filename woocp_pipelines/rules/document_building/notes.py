"""PS_DOC_NOTE and the audit log: what people read about a web order in Counterpoint (CP §1.15)."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.money import ZERO, cents
from woocp_pipelines.rules.text import clean, clean_multiline
from woocp_pipelines.rules.web_order import WebOrder

Row = dict[str, Any]
_ACTIVE: Final = "A"


def note_rows(
    order: WebOrder, booking: Booking, place: Place, amounts: Amounts, kind: Kind
) -> list[Row]:
    """One note with everything of the web order that has no column of its own."""
    if not kind.sells:
        return []
    text = "\n".join(_note_lines(order, booking, amounts))
    return [
        {
            "DOC_ID": kind.doc_id,
            "NOTE_SEQ_NO": 1,
            "NOTE_ID": place.documents.note_id,
            "NOTE_DAT": store_local(booking.created, place.zone),
            "USR_ID": place.counterpoint.user,
            "NOTE": text,
            "NOTE_TXT": text,
        }
    ]


def audit_row(booking: Booking, place: Place, kind: Kind, guid: UUID) -> Row:
    """Row 1 of the audit log, as every native document has it (CP §1.16)."""
    where = place.counterpoint
    return {
        "DOC_ID": kind.doc_id,
        "LOG_SEQ_NO": 1,
        "DOC_TYP": kind.doc_typ,
        "DOC_GUID": guid,
        "CURR_DT": store_local(booking.created, place.zone),
        "CURR_STR_ID": where.store,
        "CURR_STA_ID": where.station,
        "CURR_DRW_ID": where.drawer,
        "CURR_USR_ID": where.user,
        "ACTIV": "N",
        "LOG_ENTRY": kind.log_entry,
    }


def audit_total_rows(amounts: Amounts, kind: Kind) -> list[Row]:
    """The totals beside the audit row of the document that carries the goods."""
    if not kind.sells:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "LOG_SEQ_NO": 1,
            "TOT_TYP": kind.part,
            "LINS": len(amounts.lines),
            "SUB_TOT": amounts.sub_tot,
            "TOT_MISC": amounts.tot_misc,
            "TAX_AMT": amounts.tax_amt,
            "NORM_TAX_AMT": amounts.tax_amt,
            "TOT": amounts.tot,
            "TOT_TND": amounts.deposit,
            "AMT_DUE": amounts.tot - amounts.deposit,
            "TOT_EXT_COST": amounts.ext_cost,
            "TOT_CHNG": ZERO,
            "TOT_GFC_AMT": ZERO,
            "TOT_SVC_AMT": ZERO,
            "DEP_NET_CHANGE": amounts.deposit,
        }
    ]


def _note_lines(order: WebOrder, booking: Booking, amounts: Amounts) -> Iterator[str]:
    yield f"WooCommerce order {clean(order.number)} (id {order.order_id})"
    paid = "paid" if order.paid else "not paid"
    reference = f", transaction {clean(order.transaction_id)}" if order.transaction_id else ""
    title = clean(order.payment_title) or "no payment method"
    yield f"Payment: {title} ({clean(order.payment_method)}), {paid}{reference}"
    yield from _money_lines(order, amounts)
    yield from _address_lines(order, booking)
    yield from _item_lines(booking)
    yield from (clean_multiline(remark) for remark in booking.remarks)
    if order.customer_note.strip():
        yield "Customer note:"
        yield clean_multiline(order.customer_note)


def _money_lines(order: WebOrder, amounts: Amounts) -> Iterator[str]:
    """What the totals consist of, and every amount that is not exactly the web's."""
    for coupon in order.coupons:
        yield f"Coupon {clean(coupon.code)} -{cents(coupon.discount)}"
    for discount in order.discounts:
        yield f"Discount {clean(discount.title)} {cents(discount.total)}"
    for line in order.shipping_lines:
        yield f"Shipping: {clean(line.title)} {cents(line.total)}"
    for fee in order.fees:
        yield f"Fee: {clean(fee.title)} {cents(fee.total)}"
    if amounts.cent_moved:
        yield "One cent of rounding stands on the largest line, so that the total is what was paid"
    for number, (web, money) in enumerate(zip(order.lines, amounts.lines, strict=True), start=1):
        if money.rounded:
            yield (
                f"Line {number}: unit price rounded, {money.prc} x {web.quantity} is not "
                f"{money.ext_prc}, which was charged"
            )


def _item_lines(booking: Booking) -> Iterator[str]:
    """Items that are discontinued: a warning, since the order is paid (CP §3.3)."""
    items = {(line.item.sellable.item_no, line.item.stat) for line in booking.lines}
    for item_no, stat in sorted(items):
        if stat != _ACTIVE:
            yield f"Item {item_no} is not active in Counterpoint: its status is {stat}"


def _address_lines(order: WebOrder, booking: Booking) -> Iterator[str]:
    """What the columns of the two addresses could not hold (CP §3.8): nothing of it gets lost."""
    for name, address in (("Bill-to", booking.bill_to), ("Ship-to", booking.ship_to)):
        for cut in address.cuts:
            yield f"{name} {cut.column} in full: {cut.original}"
    if order.email and booking.bill_to.EMAIL_ADRS_1 is None:
        yield f"E-mail, which Counterpoint cannot hold: {clean(order.email)}"
