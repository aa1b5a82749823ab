"""Why a web order that should have a document has none.

Belongs here: waiting, refused, missing and their like, with what to do. Does not: amounts of
orders that are booked (reconciliation.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.order_content import status_group
from woocp_pipelines.rules.reconciliation_causes import Difference
from woocp_pipelines.rules.reconciliation_facts import Known, Letter, ShopOrder
from woocp_pipelines.settings import Orders

# Within it the order sync, every five minutes, has read a change, also after a run that failed.
READ_WITHIN: Final = timedelta(minutes=15)
_WAITING: Final = {
    "PENDING": "order creation books it by itself",
    "CLAIMED": "it is being booked",
    "HELD": "the shop holds it; it is booked once the shop releases it",
    "REREAD": "a row of the scripts before woocp; the order sync reads the order again",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which settings is compared.

    `first`: first moment of orders.start_date; `zone` of the store; `reads_after`: what the shop
    changed until then the order sync does not read again; None where that is not known.
    """

    now: datetime
    orders: Orders = field(default_factory=Orders)
    first: datetime | None = None
    takes_payments: bool = True
    zone: tzinfo = UTC
    reads_after: datetime | None = None

    def is_bookable(self, status: str) -> bool:
        """Whether orders of this status become documents."""
        return status_group(status, self.orders) == "bookable"


def why_unbooked(
    order: ShopOrder, known: Known, at: Moment, documents: Decimal, payments: Decimal
) -> Iterator[Difference]:
    """The one cause why woocp has not booked an order; none where it need not.

    Args:
        order: of the shop.
        known: what woocp knows of it.
        at: the present.
        documents: what Counterpoint lacks of it, as a negative amount.
        payments: the same of the payments.
    """
    if order.status == "refunded" and not documents and not payments:
        # Given back in full before it could be booked: there is nothing to book.
        return
    yield replace(_cause(order, known, at), documents=documents, payments=payments)


def _cause(order: ShopOrder, known: Known, at: Moment) -> Difference:
    if known.is_by_hand:
        return Difference("by_hand", remark=_settled(known))
    if at.first is not None and order.created < at.first and known.staged is None:
        return Difference("before_start", remark="woocp never takes over such an order")
    staged = known.staged
    if staged is None or staged.status == "CANCELLED":
        return _not_staged(order, known, at)
    if staged.status == "REFUSED":
        return _refused(known)
    if staged.status in _WAITING:
        retry = f"last try: {staged.code}: {staged.says}" if staged.code else ""
        return Difference(
            "waiting", code=staged.code, remark=retry, next_step=_WAITING[staged.status]
        )
    return Difference(
        "missing_document",
        remark=f"staged as {staged.status}, but no key says which document it became",
        next_step=f"look at `woocp order {order.number}`; if there is no document, enter it by "
        f"hand, then `woocp settle {order.number} --note …`",
    )


def _not_staged(order: ShopOrder, known: Known, at: Moment) -> Difference:
    if _open_letter(known):
        return _refused(known)
    if not _is_taken(order, at):
        return Difference(
            "not_taken",
            remark=f"the order is paid, its status is {order.status}",
            next_step=f"if {order.status} orders are to be booked, add it to orders.statuses",
        )
    passed = at.reads_after is not None and order.modified <= at.reads_after
    if at.now - order.modified < READ_WITHIN and not passed:
        return Difference("waiting", next_step="the order sync reads it within minutes")
    staged = "staged as given up" if known.staged else "not staged at all"
    day = order.created.astimezone(at.zone).date()
    return Difference(
        "missing",
        remark=f"the shop shows it as {order.status}; it is {staged}",
        next_step=f"read the day again: `woocp sync orders --since {day}`, or materialize "
        f"{day} of order_days",
    )


def _is_taken(order: ShopOrder, at: Moment) -> bool:
    return status_group(order.status, at.orders) != "other"


def _refused(known: Known) -> Difference:
    letter, staged = _open_letter(known), known.staged
    code = letter.code if letter else ""
    return Difference(
        "refused",
        code=code or (staged.code if staged else ""),
        remark=staged.says if staged else "",
        next_step=letter.next_step if letter else "see `woocp dead-letters`",
    )


def _open_letter(known: Known) -> Letter | None:
    return next((each for each in known.letters if each.kind == "order" and each.is_open), None)


def _settled(known: Known) -> str:
    signed = [each for each in known.letters if each.settled_by]
    return f"settled by {signed[-1].settled_by}: {signed[-1].note}" if signed else ""
