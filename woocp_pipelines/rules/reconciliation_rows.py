"""One order of a reconciled day, as people and sums see it.

Belongs here: the record. Does not: how it comes about (reconciliation.py).
"""

from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_causes import Difference


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the shop and in Counterpoint; a document without any order is a row, too.

    Attributes:
        order_id: None for a document without order.
        is_of_day: False for an order of another day that was refunded on this one.
        charged, refunded: of the shop; their difference is what documents should come to.
        due: what should have been paid: nothing where the shop has not been paid.
        documents, payments: what Counterpoint holds; payments are None where they cannot be read.
    """

    order_id: int | None
    number: str
    status: str
    currency: str
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    due: Decimal = ZERO
    documents: Decimal = ZERO
    payments: Decimal | None = ZERO
    is_of_day: bool = True
    tickets: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def web(self) -> Decimal:
        """What the shop has left of it: charged less refunded."""
        return self.charged - self.refunded

    @property
    def payments_above(self) -> Decimal:
        """By how much more was paid than is due; zero where that cannot be read."""
        return ZERO if self.payments is None else self.payments - self.due
