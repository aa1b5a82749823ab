"""Ordered lists of groups and rules, of which one sale meets few.

Belongs here: finding the entries that may hold for an item and a customer without asking the
others. Only what is certainly false is left out: an entry that names another customer or item, or
whose filter asks that a column equal something else. Does not: deciding the rest (verdicts.py).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Generic, NamedTuple, TypeVar

from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.conditions import (
    AllOf,
    Column,
    Comparison,
    Condition,
    OneOf,
    Value,
    never_in_doubt,
)
from woocp_pipelines.counterpoint.prices.facts import Customer, FilterValues, Item

_ITEM_TABLE: Final = "IM_ITEM"
_NUMBER: Final = "its number"
T = TypeVar("T")


class Key(NamedTuple):
    """`table.column` must equal one of `values` (folded); column "its number" is the named key."""

    table: str
    column: str
    values: tuple[Value, ...]


def number_key(table: str, number: str) -> Key:
    """The key of an entry that names one customer (AR_CUST) or one item (IM_ITEM)."""
    return Key(table, _NUMBER, (fold(number),))


def filter_key(condition: Condition, table: str) -> Key | None:
    """An equality of that table without which the condition cannot hold; None when there is none.

    A condition that may be in doubt has none: its doubt must come up.
    """
    if not never_in_doubt(condition):
        return None
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return next(filter(None, (_equality(part, table) for part in parts)), None)


def _equality(part: Condition, table: str) -> Key | None:
    if isinstance(part, AllOf):
        return filter_key(part, table)
    if isinstance(part, Comparison) and part.operator == "=":
        return _key(part.column, (part.literal,), table)
    return _key(part.column, part.literals, table) if isinstance(part, OneOf) else None


def _key(column: Column, literals: Iterable[Value], table: str) -> Key | None:
    if column.table != table:
        return None
    return Key(table, column.name, tuple(dict.fromkeys(map(_folded, literals))))


def _folded(value: Value) -> Value:
    return value if isinstance(value, Decimal) else fold(value)


_Placed = tuple[int, T]
_ByValue = dict[Value, list[_Placed[T]]]


class Candidates(Generic[T]):
    """Entries in their order, each with a key that says for whom or what it may hold, or None."""

    __slots__ = ("_customer_columns", "_everyone", "_item_columns", "_of_customers", "_size")

    def __init__(self, entries: Iterable[tuple[T, Key | None]]) -> None:
        self._everyone: list[_Placed[T]] = []
        self._item_columns: dict[str, _ByValue[T]] = {}
        self._customer_columns: dict[str, _ByValue[T]] = {}
        self._of_customers: list[_Placed[T]] = []
        for place, (entry, key) in enumerate(entries):
            self._add((place, entry), key)

    def _add(self, placed: _Placed[T], key: Key | None) -> None:
        if key is None:
            self._everyone.append(placed)
            return
        columns = self._item_columns
        if key.table != _ITEM_TABLE:
            columns = self._customer_columns
            self._of_customers.append(placed)
        by_value = columns.setdefault(key.column, {})
        for value in key.values:
            by_value.setdefault(value, []).append(placed)

    def all(self) -> Sequence[T]:
        """Every entry, in order."""
        found = dict(self._everyone)
        for columns in (self._item_columns, self._customer_columns):
            for by_value in columns.values():
                for placed in by_value.values():
                    found.update(placed)
        return [found[place] for place in sorted(found)]

    def likely(
        self, item: Item, customer: Customer | None, *, whoever: bool = False
    ) -> Sequence[T]:
        """The entries that may hold, in order.

        Args:
            item: the item that is sold.
            customer: None is nobody, for whom entries about customers do not hold.
            whoever: the customer is somebody who was not named: no such entry is left out.
        """
        lists = [self._everyone] if self._everyone else []
        _gather(lists, self._item_columns, item.number, item.values)
        if customer is not None:
            _gather(lists, self._customer_columns, customer.number, customer.values)
        elif whoever and self._of_customers:
            lists.append(self._of_customers)
        if len(lists) == 1:
            return [entry for _, entry in lists[0]]
        places = dict(placed for each in lists for placed in each)
        return [places[place] for place in sorted(places)]


def _gather(
    lists: list[list[_Placed[T]]],
    columns: dict[str, _ByValue[T]],
    number: str,
    values: FilterValues,
) -> None:
    for column, by_value in columns.items():
        value = _value(column, number, values)
        found = by_value.get(value) if value is not None else None
        if found is not None:
            lists.append(found)


def _value(column: str, number: str, values: FilterValues) -> Value | None:
    if column == _NUMBER:
        return fold(number)
    text = values.texts.get(column)
    return fold(text) if text is not None else values.numbers.get(column)
