"""Groups and rules, indexed and with every filter parsed once.

Belongs here: finding those that may hold for a sale. Does not: deciding (verdicts.py), items and
customers (book.py). An index never changes after it was made; books with the same groups share it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final, Literal, TypeGuard

from woocp_pipelines.counterpoint.prices.candidates import (
    Candidates,
    Key,
    filter_key,
    number_key,
)
from woocp_pipelines.counterpoint.prices.collation import fold, order_is_known, sorting_key
from woocp_pipelines.counterpoint.prices.errors import UnsupportedFilterError
from woocp_pipelines.counterpoint.prices.facts import FilterColumns, PriceGroup, PriceRule
from woocp_pipelines.counterpoint.prices.filters import (
    CUSTOMER_TABLE,
    ITEM_TABLE,
    Filter,
    UnsupportedFilter,
    parse_filter,
)
from woocp_pipelines.counterpoint.prices.pacing import Pace, paced

CONTRACT: Final = "C"
# CP §5.2.1: contracts before promotions before specials; the item's own price comes after all.
GROUP_KINDS: Final = (CONTRACT, "P", "S")

AnyFilter = Filter | UnsupportedFilter
FilterKey = tuple[str | None, str]
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
    order_in_doubt: bool = False
    """True when groups of the same GRP_SEQ_NO stand in an order that the collation decides."""

    def may_come_after(self, other: "IndexedGroup") -> bool:
        """Whether the other group, which stands behind this one, may in truth be asked first."""
        return not order_is_known(self.group.code, other.group.code)

    def is_level_with(self, other: "IndexedGroup") -> bool:
        """Whether only the code tells which of the two comes first."""
        return _level(self.group) == _level(other.group)

    @property
    def names_customers(self) -> bool:
        """True when the group says which customers it is for."""
        return self.group.customer_no is not None or self.customer_filter is not None

    @property
    def may_name(self) -> bool:
        """True when the group or one of its rules says so."""
        return self.names_customers or any(each.names_customers for each in self.rules.all())


@dataclass(frozen=True, slots=True)
class GroupIndex:
    """All groups of a book.

    `named_contracts` are those that name a customer anywhere, `boundaries` the store times at
    which a group begins or ends, `filters` every filter by default table and text.
    """

    by_kind: Mapping[str, Candidates[IndexedGroup]]
    named_contracts: Candidates[IndexedGroup]
    contracts: Mapping[str, IndexedGroup]
    boundaries: tuple[datetime, ...]
    filters: Mapping[FilterKey, AnyFilter]


def index_groups(
    groups: Iterable[PriceGroup],
    columns: FilterColumns,
    known: Mapping[FilterKey, AnyFilter],
    pace: Pace,
) -> GroupIndex:
    """The index of these groups; `known` are filters parsed before over the same columns."""
    texts = _Filters(columns, known)
    in_order = [_indexed(each, texts, pace) for each in _in_order(groups)]
    contracts = [each for each in in_order if each.group.kind == CONTRACT]
    validities = [each.group.validity for each in in_order]
    ends = {moment for each in validities for moment in (each.begins, each.ends) if moment}
    return GroupIndex(
        by_kind={
            kind: Candidates(_keyed(each for each in in_order if each.group.kind == kind))
            for kind in GROUP_KINDS
        },
        named_contracts=Candidates(_keyed(each for each in contracts if each.may_name)),
        contracts={fold(each.group.code): each for each in contracts},
        boundaries=tuple(sorted(ends)),
        filters=texts.parsed,
    )


class _Filters:
    """Every filter text of one index, parsed once."""

    def __init__(self, columns: FilterColumns, known: Mapping[FilterKey, AnyFilter]) -> None:
        self._columns = columns
        self._known = known
        self.parsed: dict[FilterKey, AnyFilter] = {}

    def of(self, text: str | None, default_table: str | None) -> AnyFilter | None:
        """The filter of that text; None for one that holds for everything."""
        if not has_text(text):
            return None
        key = (default_table, text)
        if key not in self.parsed:
            known = self._known.get(key)
            self.parsed[key] = self._parse(text, default_table) if known is None else known
        return self.parsed[key]

    def _parse(self, text: str, default_table: str | None) -> AnyFilter:
        try:
            return parse_filter(text, default_table, self._columns)
        except UnsupportedFilterError as error:
            return UnsupportedFilter(text, error.reason)


def _indexed(placed: tuple[PriceGroup, bool], texts: _Filters, pace: Pace) -> IndexedGroup:
    group, order_in_doubt = placed
    by_item = Candidates(_with_key(rule, texts) for rule in paced(group.rules, pace))
    customers = texts.of(group.customer_filter, CUSTOMER_TABLE)
    return IndexedGroup(group, customers, by_item, order_in_doubt)


def _with_key(rule: PriceRule, texts: _Filters) -> tuple[IndexedRule, Key | None]:
    of_customer = texts.of(rule.customer_filter, CUSTOMER_TABLE)
    of_item = texts.of(rule.item_filter, ITEM_TABLE)
    of_sale = texts.of(rule.sale_filter, None)
    found: tuple[tuple[Subject, AnyFilter | None], ...]
    found = (("item", of_item), ("customer", of_customer), ("sale", of_sale))
    filters = tuple((about, each) for about, each in found if each is not None)
    names_customers = rule.customer_no is not None or of_customer is not None
    key = _item_key(rule.item_no, of_item) or _customer_key(rule.customer_no, of_customer)
    return IndexedRule(rule, filters, names_customers), key


def has_text(filter_text: str | None) -> TypeGuard[str]:
    """False for NULL and blank filters, which hold for everything."""
    return filter_text is not None and filter_text.strip() != ""


def _in_order(groups: Iterable[PriceGroup]) -> Iterator[tuple[PriceGroup, bool]]:
    """The groups by kind, each with whether its place among its equals is in doubt."""
    for _, found in groupby(sorted(groups, key=_place), key=_level):
        level = list(found)
        # In this order the first doubt there is, is one between neighbours.
        codes = [each.code for each in level]
        in_doubt = not all(order_is_known(*pair) for pair in pairwise(codes))
        yield from ((each, in_doubt) for each in level)


def _level(group: PriceGroup) -> tuple[str, bool, int]:
    """GRP_SEQ_NO ascending, groups without one last (CP §5.2.2)."""
    return group.kind, group.sequence is None, group.sequence or 0


def _place(group: PriceGroup) -> tuple[tuple[str, bool, int], tuple[tuple[int, str], ...]]:
    return _level(group), sorting_key(group.code)


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
