"""Why the two systems differ about an order: the causes, and one difference with its cause.

Belongs here: what each cause is called, which of them explain nothing, which mean lost or doubled
money. Does not: finding them (reconciliation.py).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.rules.money import ZERO

Cause = Literal[
    "missing",
    "missing_document",
    "duplicate",
    "amount",
    "payment",
    "sums",
    "relabelled",
    "no_web_order",
    "refused",
    "waiting",
    "not_taken",
    "before_start",
    "by_hand",
    "edited",
    "refunded",
    "cancelled",
    "gone",
    "paid_later",
    "closed_without_ticket",
]
# In this order people want to read them.
MEANINGS: Final[dict[Cause, str]] = {
    "amount": "the document comes to another amount than the shop's, and nothing explains it",
    "payment": "the payments are not what the shop was paid, and nothing explains it",
    "sums": "a document does not add up within itself: total, lines, taxes or payments",
    "no_web_order": "a document of the web station or user that belongs to no web order",
    "missing": "a paid order that was never staged",
    "missing_document": "the order is booked, and its document is nowhere",
    "duplicate": "one order has more than one document",
    "refused": "the order waits in the dead letters",
    "waiting": "the order is staged and not booked yet",
    "relabelled": "somebody gave the document another customer, or another web order's REF",
    "not_taken": "its status is none of orders.statuses",
    "closed_without_ticket": "Counterpoint's order was closed and no ticket was released from it",
    "cancelled": "the shop gave the order up after it was booked",
    "gone": "the shop has the booked order no more",
    "edited": "the order was edited in the shop after it was booked",
    "refunded": "money was given back that the document does not show",
    "paid_later": "the order was paid in the shop after it was booked",
    "by_hand": "a person settled that woocp never books the order",
    "before_start": "the order is older than orders.start_date",
}
UNEXPLAINED: Final[frozenset[Cause]] = frozenset(("amount", "payment", "sums", "no_web_order"))
"""Cents of these are explained by nothing."""
GRAVE: Final[frozenset[Cause]] = UNEXPLAINED | {"missing", "missing_document", "duplicate"}
"""Money that is lost or counted twice."""
_SETTLED: Final[frozenset[Cause]] = frozenset(("by_hand", "before_start"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One cause why an order differs.

    Attributes:
        cause: see MEANINGS.
        documents: by how much Counterpoint's documents are above the shop because of it.
        payments: the same of the payments.
        off: cents that are wrong within a document, and in neither of those.
        code: of the dead letter, where there is one.
        remark: what was found, for people.
        next_step: what to do; empty where nothing is left to do.
        is_settled: a person has accepted it.
    """

    cause: Cause
    documents: Decimal = ZERO
    payments: Decimal = ZERO
    code: str = ""
    remark: str = ""
    next_step: str = ""
    is_settled: bool = False
    off: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        """Whether somebody or some run has still to do something."""
        return not (self.is_settled or self.cause in _SETTLED)

    @property
    def unexplained(self) -> Decimal:
        """Money that no cause explains; goods and their payment are not counted twice."""
        if self.cause not in UNEXPLAINED:
            return ZERO
        return max(abs(self.documents), abs(self.payments), abs(self.off))
