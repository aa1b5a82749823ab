"""One web order against its documents and payments: what differs, and why (CP §4.9, §1.20).

Belongs here: the judgement on one order, and on documents that no order explains. The amounts:
reconciliation_amounts.py; which documents count: reconciliation_documents.py; why an order has no
document: reconciliation_unbooked.py; sums of a day: reconciliation_totals.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_amounts import Moments, Parts
from woocp_pipelines.rules.reconciliation_causes import Cause, Difference
from woocp_pipelines.rules.reconciliation_documents import (
    Holding,
    amount_of,
    holding_of,
    payments_of,
)
from woocp_pipelines.rules.reconciliation_facts import GIVEN_UP, Document, Known, ShopOrder
from woocp_pipelines.rules.reconciliation_unbooked import Moment, why_unbooked

_SYNC: Final = "run `woocp sync orders`: the shop changed the order, and the sync has not seen it"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the shop and in Counterpoint; a document without any order is a row, too.

    Attributes:
        order_id: None for a document without order.
        is_of_day: False for an order of another day that was refunded on this one.
        charged, refunded: of the shop; their difference is what documents should come to.
        due: what should have been paid: nothing where the shop has not been paid.
        documents, payments: what Counterpoint holds.
    """

    order_id: int | None
    number: str
    status: str
    currency: str
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    due: Decimal = ZERO
    documents: Decimal = ZERO
    payments: Decimal = ZERO
    is_of_day: bool = True
    tickets: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def web(self) -> Decimal:
        """What the shop has left of it: charged less refunded."""
        return self.charged - self.refunded


def reconcile_order(order: ShopOrder, known: Known, at: Moment) -> OrderRow | None:
    """Compare an order with what Counterpoint holds of it.

    Returns:
        None for an order that the shop never charged or gave up, and of which nothing is booked.
    """
    held = holding_of(known)
    counts = _counts(order, known, at)
    if not counts and held.main is None and not held.extra and not known.is_booked:
        return None
    takes = counts and order.is_paid and at.takes_payments
    row = OrderRow(
        order_id=order.order_id,
        number=order.number,
        status=order.status,
        currency=order.currency,
        charged=order.total if counts else ZERO,
        refunded=order.refunded if counts else ZERO,
        due=order.total - order.refunded if takes else ZERO,
        documents=held.amount + held.extra_amount,
        payments=held.paid + held.extra_paid,
        tickets=_tickets(held),
    )
    return replace(row, differences=tuple(_differences(row, order, known, held, at)))


def reconcile_gone(order_id: int, known: Known, currency: str) -> OrderRow:
    """A booked order that the shop has no more: all that Counterpoint holds of it."""
    held = holding_of(known)
    amount, paid = held.amount + held.extra_amount, held.paid + held.extra_paid
    number = (known.staged.number if known.staged else "") or str(order_id)
    told = _told(known, f"find out why order {number} was deleted in the shop")
    gone = replace(told, cause="gone", documents=amount, payments=paid)
    return OrderRow(
        order_id=order_id,
        number=number,
        status="not in the shop",
        currency=currency,
        documents=amount,
        payments=paid,
        tickets=_tickets(held),
        differences=(gone,),
    )


def reconcile_stray(documents: Sequence[Document], currency: str) -> OrderRow:
    """Documents of our station or user that belong to no web order; of one REF."""
    amount = sum(map(amount_of, documents), ZERO)
    paid = payments_of([each for each in documents if each.doc_typ == "T"])
    first = documents[0]
    difference = Difference(
        "no_web_order",
        documents=amount,
        payments=paid,
        remark=f"last changed by {first.changed_by}" if first.changed_by else f"in {first.place}",
        next_step="find out who entered it; web station and user are for woocp only",
    )
    return OrderRow(
        order_id=None,
        number=first.ref or first.tkt_no,
        status="no web order",
        currency=currency,
        documents=amount,
        payments=paid,
        tickets=tuple(each.tkt_no for each in documents),
        differences=(difference,),
    )


def _counts(order: ShopOrder, known: Known, at: Moment) -> bool:
    """Whether the shop charged for it: paid, or in a status in which orders are booked."""
    if order.status in GIVEN_UP:
        return False
    return at.is_bookable(order.status) or order.is_paid or known.is_booked


def _differences(
    row: OrderRow, order: ShopOrder, known: Known, held: Holding, at: Moment
) -> Iterator[Difference]:
    if held.main is None and known.is_booked:
        if order.status not in GIVEN_UP or row.documents or row.payments:
            yield _lost(row, known, held)
        return
    if held.extra:
        yield _duplicate(held)
    if held.main is None:
        if order.status not in GIVEN_UP:
            yield from why_unbooked(order, known, at, -row.web, -row.due)
        return
    own = replace(row, documents=held.amount, payments=held.paid)
    if not known.is_booked:
        yield from _entered_otherwise(own, order, known, at)
    elif held.closed and row.web:
        yield _closed(own, held.main)
    else:
        yield from _of_booked(own, order, known, held)


def _of_booked(
    row: OrderRow, order: ShopOrder, known: Known, held: Holding
) -> Iterator[Difference]:
    moments = _moments(order, known, counts=order.status not in GIVEN_UP)
    goods = moments.explain(row.documents)
    if held.lost_deposit:
        yield _lost_deposit(row, known)
        money, later = Parts(), ZERO
    else:
        money, later = _payment_parts(row, moments, known)
    told = _told(known, _SYNC)
    pairs: tuple[tuple[Cause, Decimal, Decimal], ...] = (
        ("cancelled", goods.cancelled, money.cancelled),
        ("edited", goods.edited, money.edited),
        ("refunded", goods.refunded, money.refunded),
        ("paid_later", ZERO, later),
    )
    for cause, documents, payments in pairs:
        if documents or payments:
            yield replace(told, cause=cause, documents=documents, payments=payments)
    yield from _unexplained(goods.rest, money.rest, _touched(held))


def _unexplained(goods: Decimal, money: Decimal, remark: str) -> Iterator[Difference]:
    """What is left over; of a document and its payment that are wrong alike, it is one thing."""
    if goods:
        yield Difference(
            "amount",
            documents=goods,
            payments=money if money == goods else ZERO,
            remark=remark,
            next_step="compare the document with the order line by line, and correct one of them",
        )
    if money and money != goods:
        yield Difference(
            "payment",
            payments=money,
            remark=remark,
            next_step="compare the payments of order and deposit ticket with the shop's",
        )


def _payment_parts(row: OrderRow, moments: Moments, known: Known) -> tuple[Parts, Decimal]:
    """Why the payments differ, and what was paid in the shop after an unpaid booking."""
    if not row.due and not row.web:
        return moments.explain(row.payments), ZERO
    if row.due != row.web:
        # Not paid in the shop, or woocp enters no payments: then there should be none.
        return Parts(rest=row.payments - row.due), ZERO
    unpaid = known.staged is not None and not known.staged.is_paid
    if unpaid and not row.payments:
        return Parts(), -row.due
    return moments.explain(row.payments), ZERO


def _moments(order: ShopOrder, known: Known, *, counts: bool) -> Moments:
    totals = [known.staged.total] if known.staged else []
    totals += [letter.total for letter in known.letters]
    earlier = frozenset(total for total in totals if total is not None)
    return Moments(order.total, earlier, order.refunds, counts)


def _entered_otherwise(
    row: OrderRow, order: ShopOrder, known: Known, at: Moment
) -> Iterator[Difference]:
    """A document with the order's REF that woocp did not write: how it was paid is its own."""
    moments = _moments(order, known, counts=order.status not in GIVEN_UP)
    goods = moments.explain(row.documents)
    payments = row.payments - row.due
    explained = goods.total - goods.rest
    if order.status not in GIVEN_UP:
        found = why_unbooked(order, known, at, explained, payments)
        yield from (each for each in found if each.is_open or explained or payments)
    elif explained or payments:
        yield Difference(
            "cancelled",
            documents=explained,
            payments=payments,
            remark="woocp did not write this document",
            next_step="void the document in Counterpoint, or reopen the order in the shop",
        )
    if goods.rest:
        yield Difference(
            "amount",
            documents=goods.rest,
            remark="woocp did not write this document",
            next_step="compare the document with the order line by line, and correct one of them",
        )


def _duplicate(held: Holding) -> Difference:
    numbers = ", ".join(each.tkt_no for each in held.extra)
    return Difference(
        "duplicate",
        documents=held.extra_amount,
        payments=held.extra_paid,
        remark=f"further documents of the same order: {numbers}",
        next_step="see which document is right and void the other in Counterpoint; goods that it "
        "committed are kept back until then",
    )


def _lost(row: OrderRow, known: Known, held: Holding) -> Difference:
    """The booked document is nowhere; one that a person entered in its place may be there."""
    name = f"DOC_ID {known.key.doc_id}, TKT_NO {known.key.tkt_no}" if known.key else "the document"
    others = ", ".join(each.tkt_no for each in held.extra)
    return Difference(
        "missing_document",
        documents=row.documents - row.web,
        payments=row.payments - row.due,
        remark=f"{name} is neither open nor in the history"
        + (f"; with the same REF: {others}" if others else ""),
        next_step="find out who deleted it; woocp never books an order twice, so enter it by hand",
    )


def _lost_deposit(row: OrderRow, known: Known) -> Difference:
    deposit = known.key.deposit_doc_id if known.key else None
    return Difference(
        "missing_document",
        payments=row.payments - row.due,
        remark=f"the deposit ticket, DOC_ID {deposit}, is neither open nor in the history",
        next_step="find out who deleted it, and enter the payment in Counterpoint by hand",
    )


def _closed(row: OrderRow, main: Document) -> Difference:
    return Difference(
        "closed_without_ticket",
        documents=row.documents - row.web,
        payments=row.payments - row.due,
        remark=f"order {main.tkt_no} left the open orders, and no ticket was released from it",
        next_step="if it was cancelled in Counterpoint, cancel or refund it in the shop, too",
    )


def _told(known: Known, unseen: str) -> Difference:
    """What people were told of a change of a booked order; `unseen`: what to do where nothing."""
    revisions = [each for each in known.letters if each.kind == "revision"]
    for letter in revisions:
        if letter.is_open:
            return Difference("edited", code=letter.code, next_step=letter.next_step)
    settled = [each for each in revisions if each.settled_by]
    if settled:
        last = settled[-1]
        note = f"settled by {last.settled_by}: {last.note}"
        return Difference("edited", code=last.code, remark=note, is_settled=True)
    return Difference("edited", next_step=unseen)


def _touched(held: Holding) -> str:
    main = held.main
    return f"document last changed by {main.changed_by}" if main and main.changed_by else ""


def _tickets(held: Holding) -> tuple[str, ...]:
    main = (held.main.tkt_no,) if held.main else ()
    return (*main, *(each.tkt_no for each in held.extra))
