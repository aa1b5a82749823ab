"""Orders as both systems show them, and ways in which they come to differ.

Belongs here: building the facts of one order for tests of the reconciliation's rules, each with
the causes that must be found. Does not: assertions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from woocp_pipelines.rules.reconciliation_facts import (
    BookedKey,
    Document,
    Known,
    Letter,
    ShopOrder,
    Staged,
)
from woocp_pipelines.rules.reconciliation_unbooked import Moment

D = Decimal
ZERO = D(0)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT = Moment(NOW)
# cause: amounts by which documents and payments are above the shop
Causes = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Case:
    """One order on both sides, and the causes that a reconciliation must find."""

    order: ShopOrder
    known: Known
    causes: Causes


@dataclass(frozen=True)
class Amounts:
    """Amounts of a planted difference: the total, a change of it, two refunds, a few cents."""

    total: Decimal
    change: Decimal
    first: Decimal
    second: Decimal
    cents: Decimal


def shop_order(number: int, total: Decimal, **changes: Any) -> ShopOrder:
    """A paid order of a day ago."""
    facts: dict[str, Any] = {
        "order_id": number,
        "number": str(number),
        "status": "processing",
        "currency": "USD",
        "created": NOW - timedelta(days=1),
        "modified": NOW - timedelta(days=1),
        "is_paid": True,
        "total": total,
        "refunds": (),
        "customer_id": 77,
    }
    return ShopOrder(**{**facts, **changes})


def document(doc_id: int, total: Decimal | None, **changes: Any) -> Document:
    """An open order document; of one in the history nobody can read the payments."""
    facts: dict[str, Any] = {
        "tkt_no": f"O109-{doc_id:06}",
        "doc_typ": "O",
        "ref": "",
        "place": "open",
        "paid": ZERO if changes.get("place", "open") == "open" else None,
    }
    return Document(doc_id=doc_id, total=total, **{**facts, **changes})


def ticket(doc_id: int, total: Decimal | None, **changes: Any) -> Document:
    """An open ticket."""
    return document(doc_id, total, **{"doc_typ": "T", "tkt_no": f"109-{doc_id:06}", **changes})


def booked(number: int, total: Decimal, *, is_paid: bool = True) -> Known:
    """What Counterpoint holds of an order as woocp books it: order and deposit ticket."""
    main, deposit = number * 10, number * 10 + 1
    paid = total if is_paid else ZERO
    documents = [document(main, total, paid=paid)]
    if is_paid:
        documents.append(ticket(deposit, ZERO, paid=paid))
    return Known(
        Staged("BOOKED", str(number), total, is_paid, doc_id=main),
        key=BookedKey(main, f"O109-{main:06}", deposit if is_paid else None),
        documents=tuple(documents),
    )


def changed(known: Known, doc_id: int, **changes: Any) -> Known:
    """The same with one document changed."""
    documents = tuple(
        replace(each, **changes) if each.doc_id == doc_id else each for each in known.documents
    )
    return replace(known, documents=documents)


def without(known: Known, *doc_ids: int) -> Known:
    """The same without some documents."""
    kept = tuple(each for each in known.documents if each.doc_id not in doc_ids)
    return replace(known, documents=kept)


def with_more(known: Known, documents: Iterable[Document]) -> Known:
    """The same with further documents."""
    return replace(known, documents=(*known.documents, *documents))


def _equal(number: int, of: Amounts) -> Case:
    return Case(shop_order(number, of.total), booked(number, of.total), {})


def _missing(number: int, of: Amounts) -> Case:
    return Case(shop_order(number, of.total), Known(), {"missing": (-of.total, -of.total)})


def _waiting(number: int, of: Amounts) -> Case:
    known = Known(Staged("PENDING", total=of.total, is_paid=True))
    return Case(shop_order(number, of.total), known, {"waiting": (-of.total, -of.total)})


def _refused(number: int, of: Amounts) -> Case:
    letter = Letter("order", "NO_SKU", is_open=True, next_step="give it a SKU")
    known = Known(Staged("REFUSED", total=of.total, code="NO_SKU"), (letter,))
    return Case(shop_order(number, of.total), known, {"refused": (-of.total, -of.total)})


def _by_hand(number: int, of: Amounts) -> Case:
    known = Known(Staged("SKIPPED", total=of.total), key=BookedKey(None))
    return Case(shop_order(number, of.total), known, {"by_hand": (-of.total, -of.total)})


def _not_taken(number: int, of: Amounts) -> Case:
    order = shop_order(number, of.total, status="ready-to-ship")
    return Case(order, Known(), {"not_taken": (-of.total, -of.total)})


def _edited(number: int, of: Amounts) -> Case:
    order = shop_order(number, of.total + of.change)
    return Case(order, booked(number, of.total), {"edited": (-of.change, -of.change)})


def _refunded(number: int, of: Amounts) -> Case:
    order = shop_order(number, of.total, refunds=(of.first, of.second))
    both = of.first + of.second
    return Case(order, booked(number, of.total), {"refunded": (both, both)})


def _refund_entered(number: int, of: Amounts) -> Case:
    """The first refund came back as a return ticket; the second is still to be entered."""
    order = shop_order(number, of.total, refunds=(of.first, of.second))
    back = ticket(number * 10 + 5, -of.first, paid=-of.first)
    known = with_more(booked(number, of.total), [back])
    return Case(order, known, {"refunded": (of.second, of.second)})


def _edited_and_refunded(number: int, of: Amounts) -> Case:
    order = shop_order(number, of.total + of.change, refunds=(of.first,))
    causes = {"edited": (-of.change, -of.change), "refunded": (of.first, of.first)}
    return Case(order, booked(number, of.total), causes)


def _cancelled(number: int, of: Amounts) -> Case:
    order = shop_order(number, of.total, status="cancelled")
    return Case(order, booked(number, of.total), {"cancelled": (of.total, of.total)})


def _duplicate(number: int, of: Amounts) -> Case:
    extra = [
        document(number * 10 + 6, of.total, paid=of.total, ref=f"WOO {number}"),
        ticket(number * 10 + 7, ZERO, paid=of.total, ref=f"WOO {number}"),
    ]
    known = with_more(booked(number, of.total), extra)
    return Case(shop_order(number, of.total), known, {"duplicate": (of.total, of.total)})


def _missing_document(number: int, of: Amounts) -> Case:
    known = replace(booked(number, of.total), documents=())
    return Case(shop_order(number, of.total), known, {"missing_document": (-of.total, -of.total)})


def _lost_deposit(number: int, of: Amounts) -> Case:
    known = without(booked(number, of.total), number * 10 + 1)
    return Case(shop_order(number, of.total), known, {"missing_document": (ZERO, -of.total)})


def _amount(number: int, of: Amounts) -> Case:
    known = changed(booked(number, of.total), number * 10, total=of.total + of.cents)
    return Case(shop_order(number, of.total), known, {"amount": (of.cents, ZERO)})


def _edited_and_amount(number: int, of: Amounts) -> Case:
    known = changed(booked(number, of.total), number * 10, total=of.total + of.cents)
    order = shop_order(number, of.total + of.change)
    causes = {"edited": (-of.change, -of.change), "amount": (of.cents, ZERO)}
    return Case(order, known, causes)


def _payment(number: int, of: Amounts) -> Case:
    known = changed(booked(number, of.total), number * 10 + 1, paid=of.total + of.cents)
    return Case(shop_order(number, of.total), known, {"payment": (ZERO, of.cents)})


def _paid_later(number: int, of: Amounts) -> Case:
    known = booked(number, of.total, is_paid=False)
    return Case(shop_order(number, of.total), known, {"paid_later": (ZERO, -of.total)})


def _unpaid(number: int, of: Amounts) -> Case:
    known = booked(number, of.total, is_paid=False)
    return Case(shop_order(number, of.total, is_paid=False), known, {})


def _closed(number: int, of: Amounts) -> Case:
    known = booked(number, of.total)
    known = changed(known, number * 10, place="order history", total=None, paid=None)
    known = without(known, number * 10 + 1)
    posted = ticket(number * 10 + 1, ZERO, place="ticket history")
    causes = {"closed_without_ticket": (-of.total, ZERO)}
    return Case(shop_order(number, of.total), with_more(known, [posted]), causes)


def _released(number: int, of: Amounts) -> Case:
    """Everything went out and was posted: the order is in the history, so are its tickets."""
    main = number * 10
    known = changed(booked(number, of.total), main, place="order history", total=None, paid=None)
    part = of.first
    tickets = [
        ticket(main + 1, ZERO, place="ticket history"),
        ticket(main + 2, part, place="ticket history", origins=frozenset([main]), is_release=True),
        ticket(main + 3, of.total - part, tkt_no=f"O109-{main:06}-02", place="ticket history"),
    ]
    return Case(shop_order(number, of.total), with_more(without(known, main + 1), tickets), {})


def _posted_deposit(number: int, of: Amounts) -> Case:
    """The deposit ticket was posted with its drawer; the order still carries the payment."""
    known = changed(booked(number, of.total), number * 10 + 1, place="ticket history", paid=None)
    return Case(shop_order(number, of.total), known, {})


def _given_up_unbooked(number: int, of: Amounts) -> Case:
    return Case(shop_order(number, of.total, status="failed"), Known(), {})


PLANTS: dict[str, Callable[[int, Amounts], Case]] = {
    "equal": _equal,
    "missing": _missing,
    "waiting": _waiting,
    "refused": _refused,
    "by hand": _by_hand,
    "not taken": _not_taken,
    "edited": _edited,
    "refunded": _refunded,
    "one refund entered": _refund_entered,
    "edited and refunded": _edited_and_refunded,
    "cancelled": _cancelled,
    "duplicate": _duplicate,
    "missing document": _missing_document,
    "lost deposit": _lost_deposit,
    "amount": _amount,
    "edited and amount": _edited_and_amount,
    "payment": _payment,
    "paid later": _paid_later,
    "unpaid": _unpaid,
    "closed": _closed,
    "released": _released,
    "posted deposit": _posted_deposit,
    "given up, not booked": _given_up_unbooked,
}
