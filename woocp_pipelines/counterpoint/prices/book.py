"""The price book: facts, indexed and with every filter parsed once.

Belongs here: finding items, customers, groups and rules quickly. Does not: deciding anything.
A book never changes after it was built, so threads share it without locks.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, TypeGuard
from zoneinfo import ZoneInfo

from woocp_pipelines.counterpoint.prices.candidates import (
    Candidates,
    Key,
    filter_key,
    number_key,
)
from woocp_pipelines.counterpoint.prices.codes import COUNTERPOINT_CODES, RuleCodes
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
Subject = Literal["item", "customer", "sale"]


@dataclass(frozen=True, slots=True)
class IndexedRule:
    """A rule with those of its filters that say anything, parsed, by what they ask about."""

    rule: PriceRule
    filters: tuple[tuple[Subject, AnyFilter], ...]
    names_customers: bool
    """True when the rule itself says which customers it is for."""


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

    @property
    def may_name(self) -> bool:
        """True when the group or one of its rules says so."""
        return self.names_customers or any(each.names_customers for each in self.rules.all())


class PriceBook:
    """Facts of one moment, ready to be asked; `codes` are what the settings say about rules."""

    def __init__(self, facts: BookFacts, codes: RuleCodes = COUNTERPOINT_CODES) -> None:
        self.facts = facts
        self.codes = codes
        self.zone = ZoneInfo(facts.time_zone)
        self._filters: dict[tuple[str | None, str], AnyFilter] = {}
        self._items = {fold(item.number): item for item in facts.items}
        self._customers = {fold(customer.number): customer for customer in facts.customers}
        groups = [self._indexed(group) for group in sorted(facts.groups, key=_place)]
        self._by_kind = {
            kind: Candidates(_keyed(each for each in groups if each.group.kind == kind))
            for kind in GROUP_KINDS
        }
        self._named_contracts = Candidates(
            _keyed(each for each in groups if each.group.kind == CONTRACT and each.may_name)
        )
        validities = [each.group.validity for each in groups]
        ends = {moment for each in validities for moment in (each.begins, each.ends) if moment}
        self._boundaries = sorted(ends)
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

    def groups(self, kind: str) -> Sequence[IndexedGroup]:
        """All groups of one kind, in Counterpoint's order."""
        return self._by_kind[kind].all()

    def likely_groups(
        self, kind: str, item: Item, customer: Customer | None, *, open_contracts: bool
    ) -> Sequence[IndexedGroup]:
        """The same without those that are certainly not for this customer.

        Without `open_contracts` those that name no customer anywhere are left out as well.
        """
        if kind == CONTRACT and not open_contracts:
            return self._named_contracts.likely(item, customer)
        return self._by_kind[kind].likely(item, customer)

    def period(self, local: datetime) -> int:
        """Which stretch of time without a beginning or end of any group this store time is in."""
        return bisect_right(self._boundaries, local)

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
        by_item = Candidates(self._with_key(rule) for rule in group.rules)
        return IndexedGroup(group, self._parsed(group.customer_filter, CUSTOMER_TABLE), by_item)

    def _with_key(self, rule: PriceRule) -> tuple[IndexedRule, Key | None]:
        of_customer = self._parsed(rule.customer_filter, CUSTOMER_TABLE)
        of_item = self._parsed(rule.item_filter, ITEM_TABLE)
        of_sale = self._parsed(rule.sale_filter, None)
        found: tuple[tuple[Subject, AnyFilter | None], ...]
        found = (("item", of_item), ("customer", of_customer), ("sale", of_sale))
        filters = tuple((about, each) for about, each in found if each is not None)
        names_customers = rule.customer_no is not None or of_customer is not None
        key = _item_key(rule.item_no, of_item) or _customer_key(rule.customer_no, of_customer)
        return IndexedRule(rule, filters, names_customers), key

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


def _keyed(groups: Iterable[IndexedGroup]) -> Iterable[tuple[IndexedGroup, Key | None]]:
    for each in groups:
        yield each, _customer_key(each.group.customer_no, each.customer_filter)


def _customer_key(customer_no: str | None, customer_filter: AnyFilter | None) -> Key | None:
    if customer_no is not None:
        return number_key(CUSTOMER_TABLE, customer_no)
    if isinstance(customer_filter, Filter):
        return filter_key(customer_filter.condition, CUSTOMER_TABLE)
    return None


def _item_key(item_no: str | None, item_filter: AnyFilter | None) -> Key | None:
    if item_no is not None:
        return number_key(ITEM_TABLE, item_no)
    if isinstance(item_filter, Filter):
        return filter_key(item_filter.condition, ITEM_TABLE)
    return None
