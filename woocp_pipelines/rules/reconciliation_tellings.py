"""What people are told of a difference of an order that has documents.

Belongs here: the words, and what to do next. Does not: which difference it is (reconciliation.py),
nor why an order has no document (reconciliation_unbooked.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_causes import Difference
from woocp_pipelines.rules.reconciliation_change import Broken, least_change
from woocp_pipelines.rules.reconciliation_documents import Holding
from woocp_pipelines.rules.reconciliation_facts import Document, Known
from woocp_pipelines.rules.reconciliation_rows import OrderRow
from woocp_pipelines.rules.reconciliation_sums import RECEIVED, BrokenSum, broken_sums


def unexplained(goods: Decimal, money: Decimal, remark: str) -> Iterator[Difference]:
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


@dataclass(frozen=True, slots=True)
class OnOrder:
    """What was paid as the order itself has it, and `rest` of it that nothing explains."""

    paid: Decimal
    rest: Decimal


def with_sums(
    differences: Sequence[Difference],
    known: Known,
    on_order: OnOrder | None = None,
    *,
    has_shop: bool = True,
) -> tuple[Difference, ...]:
    """Add what does not add up within the documents that woocp booked, as far as they are open.

    Cents that an unexplained amount has already are told with it and not counted again.

    Args:
        differences: of the order with the shop.
        known: of the order.
        on_order: where the payments that count are those of the deposit ticket.
        has_shop: False where the shop says nothing of the order any more.
    """
    unexplained = [each for each in differences if each.unexplained]
    documents = sum((each.documents for each in unexplained), ZERO)
    payments = sum((each.payments for each in unexplained), ZERO)
    broken = [*_broken(known, documents if has_shop else None, payments, on_order)]
    says = "; ".join(f"{tkt_no}: {each}" for tkt_no, found in broken for each in found.sums)
    if not says:
        return tuple(differences)
    # Goods and payments each by itself: what is wrong of one hides nothing of the other.
    change = least_change([found for _, found in broken], payments)
    # What an amount told of may stand where no sum is looked into: in the history.
    off = max(change.goods - abs(documents), ZERO) + max(change.payments - abs(payments), ZERO)
    if not off:
        return tuple(
            replace(each, remark=f"{each.remark}; {says}" if each.remark else says)
            if each.unexplained
            else each
            for each in differences
        )
    found = Difference(
        "sums",
        off=off,
        remark=says,
        next_step="open the document in Counterpoint, find out who changed it, and correct the "
        "row that is wrong",
    )
    return (*differences, found)


def _broken(
    known: Known, amount: Decimal | None, paid: Decimal, on_order: OnOrder | None
) -> Iterator[tuple[str, Broken]]:
    """Number of each open document that woocp booked, and what is wrong with it."""
    if known.key is None:
        return
    for each in known.documents:
        if each.sums is None:
            continue
        if each.doc_id == known.key.deposit_doc_id:
            sums = [*broken_sums(each.sums, is_deposit=True)]
            yield each.tkt_no, Broken(sums, paid=paid)
        elif each.doc_id == known.key.doc_id:
            sums = [*broken_sums(each.sums)]
            own = paid if on_order is None else on_order.rest
            if on_order is not None and own not in {ZERO, paid, _received(sums)}:
                sums.append(_not_paid(on_order, known))
            yield each.tkt_no, Broken(sums, amount, own)


def _received(sums: Iterable[BrokenSum]) -> Decimal:
    return next((each.off for each in sums if each.name == RECEIVED), ZERO)


def _not_paid(on_order: OnOrder, known: Known) -> BrokenSum:
    """The order's payments are even, and neither the shop's nor the deposit ticket's."""
    deposit_id = known.key.deposit_doc_id if known.key else None
    of_deposit = sum(each.paid or ZERO for each in known.documents if each.doc_id == deposit_id)
    return BrokenSum(
        "PS_DOC_PMT.AMT of the order",
        on_order.paid,
        on_order.paid - on_order.rest,
        f"the shop's; {of_deposit:.2f} on the deposit ticket",
    )


def duplicate(held: Holding) -> Difference:
    """Further documents of the same order."""
    numbers = ", ".join(each.tkt_no for each in held.extra)
    return Difference(
        "duplicate",
        documents=held.extra_amount,
        payments=held.extra_paid or ZERO,
        remark=f"further documents of the same order: {numbers}",
        next_step="see which document is right and void the other in Counterpoint; goods that it "
        "committed are kept back until then",
    )


def lost(row: OrderRow, known: Known, held: Holding) -> Difference:
    """The booked document is nowhere; one that a person entered in its place may be there."""
    name = f"DOC_ID {known.key.doc_id}, TKT_NO {known.key.tkt_no}" if known.key else "the document"
    others = ", ".join(each.tkt_no for each in held.extra)
    return Difference(
        "missing_document",
        documents=row.documents - row.web,
        payments=row.payments_above,
        remark=f"{name} is neither open nor in the history"
        + (f"; with the same REF: {others}" if others else ""),
        next_step="find out who deleted it; woocp never books an order twice, so enter it by hand",
    )


def lost_deposit(row: OrderRow, known: Known) -> Difference:
    """The order is there and its deposit ticket is not."""
    deposit = known.key.deposit_doc_id if known.key else None
    return Difference(
        "missing_document",
        payments=row.payments_above,
        remark=f"the deposit ticket, DOC_ID {deposit}, is neither open nor in the history",
        next_step="find out who deleted it, and enter the payment in Counterpoint by hand",
    )


def closed(row: OrderRow, main: Document) -> Difference:
    """The order left the open documents, and nothing was sold by it."""
    return Difference(
        "closed_without_ticket",
        documents=row.documents - row.web,
        payments=row.payments_above,
        remark=f"order {main.tkt_no} left the open orders, and no ticket was released from it",
        next_step="if it was cancelled in Counterpoint, cancel or refund it in the shop, too",
    )


def told(known: Known, unseen: str) -> Difference:
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


def touched(held: Holding) -> str:
    """Who changed the document last, where Counterpoint says."""
    main = held.main
    return f"document last changed by {main.changed_by}" if main and main.changed_by else ""
