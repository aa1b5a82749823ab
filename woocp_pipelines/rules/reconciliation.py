"""One web order against its documents and payments: what differs, and why (CP §4.9, §1.20).

Belongs here: the judgement on one order, and on documents that no order explains. The amounts:
reconciliation_amounts.py; which documents count: reconciliation_documents.py; why an order has no
document: reconciliation_unbooked.py; the words: reconciliation_tellings.py; sums of a day:
reconciliation_totals.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_amounts import Moments, Parts
from woocp_pipelines.rules.reconciliation_causes import Cause, Difference
from woocp_pipelines.rules.reconciliation_documents import (
    Holding,
    amount_of,
    holding_of,
    paid_on_order,
    payments_of,
)
from woocp_pipelines.rules.reconciliation_facts import GIVEN_UP, Document, Known, ShopOrder
from woocp_pipelines.rules.reconciliation_labels import relabelled
from woocp_pipelines.rules.reconciliation_rows import OrderRow
from woocp_pipelines.rules.reconciliation_tellings import (
    OnOrder,
    closed,
    duplicate,
    lost,
    lost_deposit,
    told,
    touched,
    unexplained,
    with_sums,
)
from woocp_pipelines.rules.reconciliation_unbooked import Moment, why_unbooked

_SYNC: Final = "run `woocp sync orders`: the shop changed the order, and the sync has not seen it"


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
        payments=held.all_paid,
        tickets=_tickets(held),
    )
    differences = [
        *_differences(row, order, known, held, at),
        *relabelled(known, order.number),
    ]
    on_order = _on_order(row, order, known, held)
    return replace(row, differences=with_sums(differences, known, on_order))


def reconcile_gone(order_id: int, known: Known, currency: str) -> OrderRow:
    """A booked order that the shop has no more: all that Counterpoint holds of it."""
    held = holding_of(known)
    amount, paid = held.amount + held.extra_amount, held.all_paid
    number = (known.staged.number if known.staged else "") or str(order_id)
    known_as = told(known, f"find out why order {number} was deleted in the shop")
    gone = replace(known_as, cause="gone", documents=amount, payments=paid or ZERO)
    differences, own = [gone, *relabelled(known, number)], paid_on_order(known, held)
    # No shop says what was paid: the deposit ticket does.
    on_order = None if own is None else OnOrder(own, own - (held.paid or ZERO))
    return OrderRow(
        order_id=order_id,
        number=number,
        status="not in the shop",
        currency=currency,
        documents=amount,
        payments=paid,
        tickets=_tickets(held),
        differences=with_sums(differences, known, on_order, has_shop=False),
    )


def reconcile_stray(documents: Sequence[Document], currency: str) -> OrderRow:
    """Documents of our station or user that belong to no web order; of one REF."""
    tickets = [each for each in documents if each.doc_typ == "T"]
    amount, paid = sum(map(amount_of, documents), ZERO), payments_of(tickets)
    # A sale and what came back of it are two documents that nobody ordered.
    gross = max(
        sum((abs(amount_of(each)) for each in documents), ZERO),
        sum((abs(each.paid or ZERO) for each in tickets), ZERO),
    )
    first = documents[0]
    difference = Difference(
        "no_web_order",
        documents=amount,
        payments=paid or ZERO,
        off=gross if gross > max(abs(amount), abs(paid or ZERO)) else ZERO,
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
            yield lost(row, known, held)
        return
    if held.extra:
        yield duplicate(held)
    if held.main is None:
        if order.status not in GIVEN_UP:
            yield from why_unbooked(order, known, at, -row.web, -row.due)
        return
    own = replace(row, documents=held.amount, payments=held.paid)
    if not known.is_booked:
        yield from _entered_otherwise(own, order, known, at)
    elif held.closed and row.web:
        yield closed(own, held.main)
    else:
        yield from _of_booked(own, order, known, held)


def _of_booked(
    row: OrderRow, order: ShopOrder, known: Known, held: Holding
) -> Iterator[Difference]:
    moments = _moments(order, known, counts=order.status not in GIVEN_UP)
    if held.lost_deposit:
        yield lost_deposit(row, known)
        goods, money, later = moments.explain(row.documents), Parts(), ZERO
    else:
        goods, money, later = _parts(row, moments, known)
    known_as = told(known, _SYNC)
    pairs: tuple[tuple[Cause, Decimal, Decimal], ...] = (
        ("cancelled", goods.cancelled, money.cancelled),
        ("edited", goods.edited, money.edited),
        ("refunded", goods.refunded, money.refunded),
        ("paid_later", ZERO, later),
    )
    for cause, documents, payments in pairs:
        if documents or payments:
            yield replace(known_as, cause=cause, documents=documents, payments=payments)
    yield from unexplained(goods.rest, money.rest, touched(held))


def _on_order(row: OrderRow, order: ShopOrder, known: Known, held: Holding) -> OnOrder | None:
    """The payments of the order itself, judged as those of its deposit ticket are."""
    paid = paid_on_order(known, held)
    if paid is None:
        return None
    moments = _moments(order, known, counts=order.status not in GIVEN_UP)
    own = replace(row, documents=held.amount, payments=paid)
    return OnOrder(paid, _parts(own, moments, known)[1].rest)


def _parts(row: OrderRow, moments: Moments, known: Known) -> tuple[Parts, Parts, Decimal]:
    """Why documents and payments differ, and what was paid in the shop after an unpaid booking."""
    if row.payments is None:
        return moments.explain(row.documents), Parts(), ZERO
    if row.due != row.web:
        # Not paid in the shop, or woocp enters no payments: then there should be none.
        return moments.explain(row.documents), Parts(rest=row.payments_above), ZERO
    unpaid = known.staged is not None and not known.staged.is_paid
    if row.due and unpaid and not row.payments:
        return moments.explain(row.documents), Parts(), -row.due
    return *moments.explain_both(row.documents, row.payments), ZERO


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
    payments = row.payments_above
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


def _tickets(held: Holding) -> tuple[str, ...]:
    main = (held.main.tkt_no,) if held.main else ()
    return (*main, *(each.tkt_no for each in held.extra))
