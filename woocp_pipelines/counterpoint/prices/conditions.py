"""The parts of a parsed filter and SQL's three-valued logic over them.

Belongs here: truth of one condition over an item and a customer: True, False, or None for SQL's
"unknown". Does not: grammar (filters.py), comparison of texts (collation.py).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from woocp_pipelines.counterpoint.prices.collation import (
    check_literal,
    compare,
    fold,
    like_pattern,
)
from woocp_pipelines.counterpoint.prices.errors import FilterDoubtError
from woocp_pipelines.counterpoint.prices.facts import ColumnKind, FilterValues

_EQUALITIES: Final = ("=", "<>", "!=")
Truth = bool | None
Value = str | Decimal


class Rows(NamedTuple):
    """What a filter is asked about."""

    item: FilterValues
    customer: FilterValues


class Condition(Protocol):
    """Anything that is true, false or unknown for an item and a customer."""

    def truth(self, rows: Rows) -> Truth:
        """True, False, or None for unknown."""
        ...


class Column(NamedTuple):
    """A column of IM_ITEM or AR_CUST whose values the book holds."""

    table: str
    name: str
    kind: ColumnKind

    def value(self, rows: Rows) -> Value | None:
        """The value in this item's or customer's row; None is NULL."""
        values = rows.item if self.table == "IM_ITEM" else rows.customer
        return values.texts[self.name] if self.kind == "text" else values.numbers[self.name]

    def fit(self, literal: Value) -> Value:
        """The literal as this column's type.

        Raises:
            FilterDoubtError: SQL Server would convert the column's text to numbers, or the
                literal's equality depends on the collation.
        """
        if self.kind == "number":
            if isinstance(literal, str) and not re.fullmatch(r"-?[0-9]+", literal):
                raise FilterDoubtError(f"{self.name} is a number, compared with {literal!r}")
            return Decimal(literal)
        if isinstance(literal, Decimal):
            raise FilterDoubtError(f"{self.name} is a text, compared with the number {literal}")
        check_literal(literal)
        return literal


def _order(left: Value, right: Value) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return compare(left, right)
    return (left > right) - (left < right)  # type: ignore[operator] # Column.fit made them alike


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    return left == right


@dataclass(frozen=True, slots=True)
class Comparison:
    """`column operator literal`; unknown when the column is NULL."""

    column: Column
    operator: str
    literal: Value

    def truth(self, rows: Rows) -> Truth:
        """Compare as SQL Server does."""
        value = self.column.value(rows)
        if value is None:
            return None
        if self.operator in _EQUALITIES:
            return _equal(value, self.literal) == (self.operator == "=")
        order = _order(value, self.literal)
        return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[self.operator]


@dataclass(frozen=True, slots=True)
class OneOf:
    """`column IN (…)`; unknown when the column is NULL."""

    column: Column
    literals: tuple[Value, ...]

    def truth(self, rows: Rows) -> Truth:
        """True when one literal is equal."""
        value = self.column.value(rows)
        return None if value is None else any(_equal(value, each) for each in self.literals)


@dataclass(frozen=True, slots=True)
class Between:
    """`column BETWEEN low AND high`, both ends included; unknown when the column is NULL."""

    column: Column
    low: Value
    high: Value

    def truth(self, rows: Rows) -> Truth:
        """True when the value lies within."""
        value = self.column.value(rows)
        return None if value is None else _order(value, self.low) >= 0 >= _order(value, self.high)


@dataclass(frozen=True, slots=True)
class Like:
    """`column LIKE pattern`; unknown when the column is NULL."""

    column: Column
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, column: Column, pattern: str) -> "Like":
        """Compile the pattern.

        Raises:
            FilterDoubtError: for number columns and for patterns we do not understand.
        """
        if column.kind == "number":
            raise FilterDoubtError(f"{column.name} is a number, compared by LIKE")
        return cls(column, like_pattern(pattern))

    def truth(self, rows: Rows) -> Truth:
        """True when the whole value matches."""
        value = self.column.value(rows)
        if value is None:
            return None
        return self.pattern.fullmatch(fold(str(value))) is not None


@dataclass(frozen=True, slots=True)
class IsNull:
    """`column IS NULL`: never unknown."""

    column: Column

    def truth(self, rows: Rows) -> Truth:
        """True for NULL; an empty text is not NULL."""
        return self.column.value(rows) is None


@dataclass(frozen=True, slots=True)
class Not:
    """Negation: unknown stays unknown."""

    part: Condition

    def truth(self, rows: Rows) -> Truth:
        """The opposite."""
        truth = self.part.truth(rows)
        return None if truth is None else not truth


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conjunction: one false part decides, else one unknown part does."""

    parts: tuple[Condition, ...]

    def truth(self, rows: Rows) -> Truth:
        """False, else unknown, else True."""
        unknown = False
        for part in self.parts:
            truth = part.truth(rows)
            if truth is False:
                return False
            unknown |= truth is None
        return None if unknown else True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Disjunction: one true part decides, else one unknown part does."""

    parts: tuple[Condition, ...]

    def truth(self, rows: Rows) -> Truth:
        """True, else unknown, else False."""
        unknown = False
        for part in self.parts:
            truth = part.truth(rows)
            if truth is True:
                return True
            unknown |= truth is None
        return None if unknown else False


def never_in_doubt(condition: Condition) -> bool:
    """False when some value could make the condition depend on the collation: an order of texts."""
    if isinstance(condition, AllOf | AnyOf):
        return all(never_in_doubt(part) for part in condition.parts)
    if isinstance(condition, Not):
        return never_in_doubt(condition.part)
    if isinstance(condition, Between):
        return condition.column.kind == "number"
    if isinstance(condition, Comparison):
        return condition.operator in _EQUALITIES or condition.column.kind == "number"
    return True
