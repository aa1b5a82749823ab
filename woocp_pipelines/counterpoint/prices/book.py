"""The price book: facts of one moment, with their indexes.

Belongs here: finding items, customers, groups and rules quickly. Does not: deciding anything.
A book never changes after it was built, so threads share it without locks.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from woocp_pipelines.counterpoint.prices.codes import COUNTERPOINT_CODES, RuleCodes
from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import (
    UnknownCustomerError,
    UnknownItemError,
)
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    Item,
)
from woocp_pipelines.counterpoint.prices.filters import UnsupportedFilter
from woocp_pipelines.counterpoint.prices.group_index import (
    CONTRACT,
    GROUP_KINDS,
    AnyFilter,
    GroupIndex,
    IndexedGroup,
    IndexedRule,
    has_text,
    index_groups,
)
from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest, paced
from woocp_pipelines.counterpoint.prices.sharing import folded

__all__ = [
    "CONTRACT",
    "GROUP_KINDS",
    "AnyFilter",
    "IndexedGroup",
    "IndexedRule",
    "PriceBook",
    "has_text",
]


class PriceBook:
    """Facts of one moment, ready to be asked.

    Args:
        facts: what Counterpoint holds.
        codes: what the settings say about rules.
        before: the book before; its indexes of what has not changed are used again.
        pace: called between rows, so that a big book is made without delaying anybody.
    """

    def __init__(
        self,
        facts: BookFacts,
        codes: RuleCodes = COUNTERPOINT_CODES,
        *,
        before: "PriceBook | None" = None,
        pace: Pace = no_rest,
    ) -> None:
        self.facts = facts
        self.codes = codes
        self.zone = ZoneInfo(facts.time_zone)
        self.items: Mapping[str, Item]
        self.customers: Mapping[str, Customer]
        if before is not None and before.facts.items is facts.items:
            self.items = before.items
        else:
            self.items = {folded(each.number): each for each in paced(facts.items, pace)}
        if before is not None and before.facts.customers is facts.customers:
            self.customers = before.customers
        else:
            self.customers = {folded(each.number): each for each in paced(facts.customers, pace)}
        self.index = _group_index(facts, before, pace)

    @property
    def read_at(self) -> datetime:
        """When Counterpoint was read, UTC."""
        return self.facts.read_at

    def item(self, number: str) -> Item:
        """The item of that number.

        Raises:
            UnknownItemError: there is none.
        """
        item = self.items.get(fold(number))
        if item is None:
            raise UnknownItemError(number)
        return item

    def customer(self, number: str) -> Customer:
        """The customer of that number.

        Raises:
            UnknownCustomerError: there is none.
        """
        customer = self.customers.get(fold(number))
        if customer is None:
            raise UnknownCustomerError(number)
        return customer

    def groups(self, kind: str) -> Sequence[IndexedGroup]:
        """All groups of one kind, in Counterpoint's order."""
        return self.index.by_kind[kind].all()

    def likely_groups(
        self, kind: str, item: Item, customer: Customer | None, *, open_contracts: bool
    ) -> Sequence[IndexedGroup]:
        """The same without those that are certainly not for this customer.

        Without `open_contracts` those that name no customer anywhere are left out as well.
        """
        if kind == CONTRACT and not open_contracts:
            return self.index.named_contracts.likely(item, customer)
        return self.index.by_kind[kind].likely(item, customer)

    def period(self, local: datetime) -> int:
        """Which stretch of time without a beginning or end of any group this store time is in."""
        return bisect_right(self.index.boundaries, local)

    def contract(self, code: str) -> IndexedGroup | None:
        """The contract group of that code; blanks inside a code count, trailing ones do not."""
        return self.index.contracts.get(fold(code))

    @cached_property
    def open_contracts(self) -> tuple[str, ...]:
        """Codes of contract groups with a rule that is for every customer (doctor lists them)."""
        return tuple(
            each.group.code
            for each in self.index.contracts.values()
            if not each.names_customers
            and any(
                rule.customer_no is None and not has_text(rule.customer_filter)
                for rule in each.group.rules
            )
        )

    @cached_property
    def unsupported_filters(self) -> tuple[UnsupportedFilter, ...]:
        """Every filter that makes its rule undecidable."""
        return tuple(
            each for each in self.index.filters.values() if isinstance(each, UnsupportedFilter)
        )


def _group_index(facts: BookFacts, before: PriceBook | None, pace: Pace) -> GroupIndex:
    """The index of the book before where the groups are the same, else a new one."""
    if before is None or before.facts.columns != facts.columns:
        return index_groups(facts.groups, facts.columns, {}, pace)
    if before.facts.groups is facts.groups:
        return before.index
    return index_groups(facts.groups, facts.columns, before.index.filters, pace)
