"""Which documents of a web order count, and what they add up to (CP §1.7, §1.19, §1.20).

Belongs here: the part of each document: the order itself, its deposit ticket, what was released
from it, returns, and documents that are one too many. Does not: whether the sum is right.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_facts import SELLING, BookedKey, Document, Known


@dataclass(frozen=True, slots=True)
class Holding:
    """What Counterpoint holds of one order.

    Attributes:
        main: the document that carries the goods; None where there is none.
        amount: what it comes to, returns taken off.
        paid: what was paid for it, None where a payment cannot be read; `lost_deposit`: its
            deposit ticket is nowhere.
        closed: the order is finished, and no ticket of it can be found.
        extra: further documents of the same order, with their amount and payment.
    """

    main: Document | None
    amount: Decimal = ZERO
    paid: Decimal | None = ZERO
    closed: bool = False
    lost_deposit: bool = False
    extra: tuple[Document, ...] = ()
    extra_amount: Decimal = ZERO
    extra_paid: Decimal | None = ZERO

    @property
    def all_paid(self) -> Decimal | None:
        """What was paid for all of its documents, None where a part cannot be read."""
        return _added((self.paid, self.extra_paid))


def holding_of(known: Known) -> Holding:
    """Tell the parts of an order's documents; those of an order that woocp did not book, too."""
    documents = {each.doc_id: each for each in known.documents if each.doc_typ in SELLING}
    main = _main(known, documents.values())
    others = _others(documents.values(), main, known.key)
    if main is None:
        return _with_extra(Holding(None), others, documents.values())
    returned = [each for each in others if amount_of(each) < ZERO]
    released = _released(main, documents.values())
    amount = _amount(main, released)
    back = sum((amount_of(each) for each in returned), ZERO)
    deposit = known.key.deposit_doc_id if known.key else None
    lost = known.is_booked and deposit is not None and deposit not in documents
    paid = ZERO if lost else _paid(main, documents.get(deposit or 0))
    found = Holding(
        main,
        amount=amount + back,
        paid=_added((paid, *(each.paid for each in returned))),
        closed=main.place == "order history" and not released,
        lost_deposit=lost,
    )
    extra = [each for each in others if each not in returned]
    return _with_extra(found, extra, documents.values())


def paid_on_order(known: Known, held: Holding) -> Decimal | None:
    """`held.paid` as the order itself has it, where what counts are its deposit ticket's payments.

    None where that cannot be said: one of both is not open, or the order was released in part.
    """
    deposit_id = known.key.deposit_doc_id if known.key else None
    deposit = next((each for each in known.documents if each.doc_id == deposit_id), None)
    main = held.main
    if main is None or deposit is None or held.paid is None:
        return None
    if deposit.place != "open" or deposit.paid is None or main.sums is None:
        return None
    return None if main.sums.is_released else held.paid - deposit.paid + main.sums.received


def is_released_from(ticket: Document, order: Document) -> bool:
    """A release ticket names its order, or is numbered after it: N-01, N-02 (CP §1.6.2).

    What came back names its source as well, and is a return.
    """
    if amount_of(ticket) < ZERO:
        return False
    numbered = ticket.doc_typ == "T" and ticket.tkt_no.startswith(f"{order.tkt_no}-")
    return order.doc_id in ticket.origins or (order.doc_typ == "O" and numbered)


def amount_of(document: Document) -> Decimal:
    """The total of a document, zero where Counterpoint keeps none."""
    return ZERO if document.total is None else document.total


def payments_of(documents: Iterable[Document]) -> Decimal | None:
    """What was paid: a deposit stands on the order and on its ticket, and counts once."""
    found = list(documents)
    tickets = [each.paid for each in found if each.doc_typ == "T"]
    return _added(tickets or (each.paid for each in found))


def _main(known: Known, documents: Iterable[Document]) -> Document | None:
    if known.is_booked:
        wanted = known.key.doc_id if known.key else None
        return next((each for each in documents if each.doc_id == wanted), None)
    # Not booked by woocp: an order before a ticket, which may be its deposit's.
    selling = [each for each in documents if not each.is_release and not _is_deposit(each)]
    positive = [each for each in selling if amount_of(each) >= ZERO]
    return min(positive, key=lambda each: (each.doc_typ == "T", each.doc_id), default=None)


def _others(
    documents: Iterable[Document], main: Document | None, key: BookedKey | None
) -> list[Document]:
    """What is neither the order nor its deposit ticket nor released from it.

    A ticket released from a document that is one too many is no further one.
    """
    own = {main.doc_id} if main else set()
    own |= {key.deposit_doc_id} if key and key.deposit_doc_id else set()
    orders = [each for each in documents if each.doc_typ == "O"]
    rest = [
        each
        for each in documents
        if each.doc_id not in own
        and not each.is_release
        and not any(is_released_from(each, order) for order in orders)
    ]
    if main is None or key is not None:
        return rest
    # Of an order that woocp did not book nobody says which its deposit ticket is: the first one.
    first = next((each for each in sorted(rest, key=_by_id) if _is_deposit(each)), None)
    return [each for each in rest if each is not first]


def _released(order: Document, documents: Iterable[Document]) -> list[Document]:
    return [each for each in documents if is_released_from(each, order)]


def _amount(main: Document, released: Sequence[Document]) -> Decimal:
    """A finished order has no total of its own any more: its tickets have (CP §1.19)."""
    if main.place != "order history":
        return amount_of(main)
    return sum((amount_of(each) for each in released), ZERO)


def _paid(main: Document, deposit: Document | None) -> Decimal | None:
    """The deposit ticket's tenders; once it is posted, the same ones on the order."""
    return deposit.paid if deposit is not None and deposit.place == "open" else main.paid


def _added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; of a part that is not known it is not known."""
    total = ZERO
    for each in amounts:
        if each is None:
            return None
        total += each
    return total


def _with_extra(
    found: Holding, extra: Iterable[Document], documents: Collection[Document]
) -> Holding:
    chosen = [each for each in extra if each.doc_typ != "T" or amount_of(each) or each.paid]
    return replace(
        found,
        extra=tuple(sorted(chosen, key=_by_id)),
        extra_amount=sum((_amount(each, _released(each, documents)) for each in chosen), ZERO),
        extra_paid=payments_of(chosen),
    )


def _is_deposit(document: Document) -> bool:
    return document.doc_typ == "T" and amount_of(document) == ZERO and document.place == "open"


def _by_id(document: Document) -> int:
    return document.doc_id
