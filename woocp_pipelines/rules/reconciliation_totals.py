"""What a day comes to on both sides: three totals for each currency, and what is unexplained.

Belongs here: sums of rows. Does not: the rows (reconciliation.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.money import ZERO, round_to
from woocp_pipelines.rules.reconciliation_rows import OrderRow


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Sums of the orders of one day in one currency.

    `due` is what of `web` has been paid. `unread_due` is the part of it whose payments cannot be
    read, of `unread_orders` orders. Documents agree when `documents` is `web`, payments when
    `payments` is the rest of `due`.
    """

    currency: str
    orders: int = 0
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    due: Decimal = ZERO
    documents: Decimal = ZERO
    payments: Decimal = ZERO
    unread_due: Decimal = ZERO
    unread_orders: int = 0

    @property
    def web(self) -> Decimal:
        """Orders less refunds, as the shop shows them now."""
        return self.charged - self.refunded

    @property
    def unpaid(self) -> Decimal:
        """What the shop has not been paid yet."""
        return self.web - self.due

    @property
    def says_unread(self) -> str:
        """One line on what `payments` leaves out; empty where it leaves out nothing."""
        if not self.unread_orders:
            return ""
        return (
            f"payments of {self.unread_orders} orders ({self.unread_due:.2f} {self.currency}) are "
            "not compared: their tickets are posted, and posted tenders cannot be read"
        )

    @property
    def payments_above(self) -> Decimal:
        """By how much payments are above what is due, of the orders whose payments can be read."""
        return self.payments - (self.due - self.unread_due)


def day_totals(rows: Iterable[OrderRow]) -> tuple[DayTotals, ...]:
    """Totals of the day's own rows by currency; refunds of other days' orders are not summed."""
    found: dict[str, list[OrderRow]] = {}
    for row in rows:
        if row.is_of_day:
            found.setdefault(row.currency, []).append(row)
    return tuple(_sum(currency, found[currency]) for currency in sorted(found))


def unexplained_cents(rows: Iterable[OrderRow]) -> int:
    """Cents that no cause explains, of all rows; a part of one is one."""
    amount = sum((each.unexplained for row in rows for each in row.differences), ZERO)
    return int(round_to(amount, 2, "U").scaleb(2))


def _sum(currency: str, rows: list[OrderRow]) -> DayTotals:
    unread = [row for row in rows if row.payments is None and row.order_id is not None]
    return DayTotals(
        currency=currency,
        orders=sum(1 for row in rows if row.order_id is not None),
        charged=sum((row.charged for row in rows), ZERO),
        refunded=sum((row.refunded for row in rows), ZERO),
        due=sum((row.due for row in rows), ZERO),
        documents=sum((row.documents for row in rows), ZERO),
        payments=sum((row.payments or ZERO for row in rows), ZERO),
        unread_due=sum((row.due for row in unread), ZERO),
        unread_orders=len(unread),
    )
