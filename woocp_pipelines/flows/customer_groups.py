"""Customers that wait to be written together: what one transaction of the customer sync takes.

Belongs here: who may share a transaction. Does not: writing (counterpoint/customer_writing.py).
"""

from dataclasses import dataclass, field
from typing import Final

from woocp_pipelines.rules.customer_reading import WebCustomer

# The tills wait for the counter of customer numbers while a group is written. Each group is one
# look through AR_CUST.
_MOST: Final = 25


@dataclass
class CustomerGroup:
    """No two of one user, e-mail or customer number: what is decided of one stays right.

    Whoever meets one of the group is decided when that one is written.
    """

    customers: list[WebCustomer] = field(default_factory=list)
    _names: set[tuple[str, object]] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """As many as one transaction takes."""
        return len(self.customers) >= _MOST

    def meets(self, customer: WebCustomer, cust_no: str | None = None) -> bool:
        """Whether one of the group has the user, the e-mail or the number."""
        return not self._names.isdisjoint(_names(customer, cust_no))

    def add(self, customer: WebCustomer, cust_no: str | None) -> None:
        """Have a customer wait; `cust_no` is the number that it is to be linked to."""
        self.customers.append(customer)
        self._names |= _names(customer, cust_no)

    def take(self) -> list[WebCustomer]:
        """Everybody who waits; the group is empty then."""
        taken, self.customers = self.customers, []
        self._names.clear()
        return taken


def _names(customer: WebCustomer, cust_no: str | None) -> set[tuple[str, object]]:
    names = {("user", customer.user_id), ("e-mail", customer.email), ("number", cust_no)}
    return {(kind, name) for kind, name in names if name is not None}
