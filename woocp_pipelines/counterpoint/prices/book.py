"""The price book: facts, indexed and with every filter parsed once.

Belongs here: finding items, customers, groups and rules quickly. Does not: deciding anything.
A book never changes after it was built, so threads share it without locks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from heapq import merge
from typing import Final, Generic, TypeGuard, TypeVar
from zoneinfo import ZoneInfo

from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import (
    UnknownCustomerError,
    UnknownItemError,
    UnsupportedFilterError,
)
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    Item,
    PriceGroup,
    PriceRule,
)
from woocp_pipelines.counterpoint.prices.filters import (
    CUSTOMER_TABLE,
    ITEM_TABLE,
    Filter,
    UnsupportedFilter,
    parse_filter,
)

CONTRACT: Final = "C"
# CP §5.2.1: contracts before promotions before specials; the item's own price comes after all.
GROUP_KINDS: Final = (CONTRACT, "P", "S")

AnyFilter = Filter | UnsupportedFilter
T = TypeVar("T")


class Candidates(Generic[T]):
    """An ordered list where some entries name the one key they are for.

    `named(key)` gives those for everyone and those for this key, in the order of the list,
    without touching the others.
    """

    def __init__(self, entries: Iterable[T], key_of: Callable[[T], str | None]) -> None:
        self._everyone: list[tuple[int, T]] = []
        self._by_key: dict[str, list[tuple[int, T]]] = {}
        for position, entry in enumerate(entries):
            key = key_of(entry)
            target = self._everyone if key is None else self._by_key.setdefault(fold(key), [])
            target.append((position, entry))

    def named(self, key: str | None) -> list[T]:
        """Entries for everyone and for `key`, which is already folded; None is nobody."""
        mine = self._by_key.get(key, []) if key is not None else []
        in_order = merge(self._everyone, mine, key=lambda pair: pair[0])
        return [entry for _, entry in in_order]


@dataclass(frozen=True, slots=True)
class IndexedRule:
    """A rule with its filters parsed; None is an empty filter, which everything satisfies."""

    rule: PriceRule
    customer_filter: AnyFilter | None
    item_filter: AnyFilter | None
    sale_filter: AnyFilter | None

    @property
    def names_customers(self) -> bool:
        """True when the rule itself says which customers it is for."""
        return self.rule.customer_no is not None or self.customer_filter is not None


@dataclass(frozen=True, slots=True)
class IndexedGroup:
    """A group with its customer filter parsed and its rules indexed by the item they name."""

    group: PriceGroup
    customer_filter: AnyFilter | None
    rules: Candidates[IndexedRule]

    @property
    def names_customers(self) -> bool:
        """True when the group says which customers it is for."""
        return self.group.customer_no is not None or self.customer_filter is not None


class PriceBook:
    """Facts of one moment, ready to be asked."""

    def __init__(self, facts: BookFacts) -> None:
        self.facts = facts
        self.zone = ZoneInfo(facts.time_zone)
        self._filters: dict[tuple[str | None, str], AnyFilter] = {}
        self._items = {fold(item.number): item for item in facts.items}
        self._customers = {fold(customer.number): customer for customer in facts.customers}
        groups = [self._indexed(group) for group in sorted(facts.groups, key=_place)]
        self._by_kind = {
            kind: Candidates(
                (each for each in groups if each.group.kind == kind),
                lambda each: each.group.customer_no,
            )
            for kind in GROUP_KINDS
        }
        self._contracts = {
            fold(each.group.code): each for each in groups if each.group.kind == CONTRACT
        }

    @property
    def read_at(self) -> datetime:
        """When Counterpoint was read, UTC."""
        return self.facts.read_at

    def item(self, number: str) -> Item:
        """The item of that number.

        Raises:
            UnknownItemError: there is none.
        """
        item = self._items.get(fold(number))
        if item is None:
            raise UnknownItemError(number)
        return item

    def customer(self, number: str) -> Customer:
        """The customer of that number.

        Raises:
            UnknownCustomerError: there is none.
        """
        customer = self._customers.get(fold(number))
        if customer is None:
            raise UnknownCustomerError(number)
        return customer

    def groups(self, kind: str, customer: Customer | None) -> Sequence[IndexedGroup]:
        """Groups of one kind, in Counterpoint's order, without those that name another customer."""
        return self._by_kind[kind].named(None if customer is None else fold(customer.number))

    def contract(self, code: str) -> IndexedGroup | None:
        """The contract group of that code; blanks inside a code count, trailing ones do not."""
        return self._contracts.get(fold(code))

    @cached_property
    def open_contracts(self) -> tuple[str, ...]:
        """Codes of contract groups with a rule that is for every customer (doctor lists them)."""
        return tuple(
            each.group.code
            for each in self._contracts.values()
            if not each.names_customers
            and any(
                rule.customer_no is None and not has_text(rule.customer_filter)
                for rule in each.group.rules
            )
        )

    @cached_property
    def unsupported_filters(self) -> tuple[UnsupportedFilter, ...]:
        """Every filter that makes its rule undecidable."""
        return tuple(each for each in self._filters.values() if isinstance(each, UnsupportedFilter))

    def _indexed(self, group: PriceGroup) -> IndexedGroup:
        rules = [
            IndexedRule(
                rule,
                self._parsed(rule.customer_filter, CUSTOMER_TABLE),
                self._parsed(rule.item_filter, ITEM_TABLE),
                self._parsed(rule.sale_filter, None),
            )
            for rule in group.rules
        ]
        by_item = Candidates(rules, lambda each: each.rule.item_no)
        return IndexedGroup(group, self._parsed(group.customer_filter, CUSTOMER_TABLE), by_item)

    def _parsed(self, text: str | None, default_table: str | None) -> AnyFilter | None:
        if not has_text(text):
            return None
        known = self._filters.get((default_table, text))
        if known is None:
            known = self._filters[default_table, text] = self._parse(text, default_table)
        return known

    def _parse(self, text: str, default_table: str | None) -> AnyFilter:
        try:
            return parse_filter(text, default_table, self.facts.columns)
        except UnsupportedFilterError as error:
            return UnsupportedFilter(text, error.reason)


def has_text(filter_text: str | None) -> TypeGuard[str]:
    """False for NULL and blank filters, which hold for everything."""
    return filter_text is not None and filter_text.strip() != ""


def _place(group: PriceGroup) -> tuple[bool, int, str]:
    """GRP_SEQ_NO ascending, groups without one last, then by code (CP §5.2.2)."""
    return group.sequence is None, group.sequence or 0, fold(group.code)
