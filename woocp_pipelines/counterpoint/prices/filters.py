"""The conditions of price rules: their grammar and their three-valued truth (CP §5.6).

Belongs here: parsing the SQL form of ITEM_FILT, CUST_FILT and SAL_FILT, and evaluating it over
values in memory. Does not: what follows from an unsupported filter (engine.py). Nothing of a
filter is ever sent to the database as SQL.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from woocp_pipelines.counterpoint.prices.conditions import (
    AllOf,
    AnyOf,
    Between,
    Column,
    Comparison,
    Condition,
    IsNull,
    Like,
    Not,
    OneOf,
    Rows,
)
from woocp_pipelines.counterpoint.prices.errors import FilterDoubtError, UnsupportedFilterError
from woocp_pipelines.counterpoint.prices.facts import FilterColumns

_GRAMMAR: Final = r"""
    ?start: any_of
    ?any_of: all_of ("OR"i all_of)*
    ?all_of: factor ("AND"i factor)*
    ?factor: "NOT"i primary -> negation
           | primary
    ?primary: "(" any_of ")"
            | column OPERATOR literal                              -> comparison
            | column "IN"i "(" literal ("," literal)* ")"          -> one_of
            | column "NOT"i "IN"i "(" literal ("," literal)* ")"   -> none_of
            | column "LIKE"i TEXT                                  -> like
            | column "NOT"i "LIKE"i TEXT                           -> not_like
            | column "BETWEEN"i literal "AND"i literal             -> between
            | column "NOT"i "BETWEEN"i literal "AND"i literal      -> not_between
            | column "IS"i "NULL"i                                 -> is_null
            | column "IS"i "NOT"i "NULL"i                          -> is_not_null
    column: NAME ["." NAME]
    literal: TEXT -> text
           | NUMBER -> number

    OPERATOR: "<=" | ">=" | "<>" | "!=" | "=" | "<" | ">"
    NAME: /[a-z_][a-z0-9_]*/i
    TEXT: /'(?:[^']|'')*'/
    NUMBER: /[+-]?[0-9]+(?:\.[0-9]+)?/
    %import common.WS
    %ignore WS
"""
_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)

ITEM_TABLE: Final = "IM_ITEM"
CUSTOMER_TABLE: Final = "AR_CUST"


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; `needs_customer` when it names a column of AR_CUST."""

    text: str
    condition: Condition
    needs_customer: bool

    def holds(self, rows: Rows) -> bool:
        """True when the condition is true; false and unknown (NULL) both leave the row out.

        Raises:
            UnsupportedFilterError: the answer depends on the collation of the live database.
        """
        try:
            return self.condition.truth(rows) is True
        except FilterDoubtError as doubt:
            raise UnsupportedFilterError(self.text, str(doubt)) from doubt


@dataclass(frozen=True, slots=True)
class UnsupportedFilter:
    """A filter that was not understood: asking it raises, every time."""

    text: str
    reason: str
    needs_customer: bool = False

    def holds(self, rows: Rows) -> bool:  # noqa: ARG002 - same shape as Filter
        """Never answers.

        Raises:
            UnsupportedFilterError: always.
        """
        raise UnsupportedFilterError(self.text, self.reason)


def parse_filter(text: str, default_table: str | None, columns: FilterColumns) -> Filter:
    """Parse one filter; `default_table` is the table of unqualified columns, None for no table.

    Raises:
        UnsupportedFilterError: a form outside the grammar, a column that the book does not hold,
            a comparison of unlike types, or one that depends on the collation.
    """
    builder = _Builder(default_table, columns)
    try:
        condition = builder.transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        where = f"not understood at character {error.column}"
        raise UnsupportedFilterError(text, where) from None
    except RecursionError:
        raise UnsupportedFilterError(text, "nested too deeply") from None
    except VisitError as error:
        raise UnsupportedFilterError(text, str(error.orig_exc)) from None
    return Filter(text, condition, builder.needs_customer)


@v_args(inline=True)
class _Builder(Transformer[Token, Condition]):
    """Turns the parse tree into conditions, checking columns and types on the way."""

    def __init__(self, default_table: str | None, columns: FilterColumns) -> None:
        super().__init__()
        self._default_table = default_table
        self._columns = columns
        self.needs_customer = False

    def column(self, first: Token, second: Token | None) -> Column:
        table = self._default_table if second is None else first.upper()
        name = (second or first).upper()
        kind = self._columns.get(table, {}).get(name) if table else None
        if table is None or kind is None:
            raise FilterDoubtError(
                f"the price book holds no column {table or 'of the sale'}.{name}"
            )
        self.needs_customer |= table == CUSTOMER_TABLE
        return Column(table, name, kind)

    def text(self, token: Token) -> str:
        return token[1:-1].replace("''", "'")

    def number(self, token: Token) -> Decimal:
        return Decimal(token)

    def any_of(self, *parts: Condition) -> Condition:
        return AnyOf(parts)

    def all_of(self, *parts: Condition) -> Condition:
        return AllOf(parts)

    def negation(self, part: Condition) -> Condition:
        return Not(part)

    def comparison(self, column: Column, operator: Token, literal: Any) -> Condition:
        return Comparison(column, str(operator), column.fit(literal))

    def one_of(self, column: Column, *literals: Any) -> Condition:
        return OneOf(column, tuple(column.fit(literal) for literal in literals))

    def none_of(self, column: Column, *literals: Any) -> Condition:
        return Not(self.one_of(column, *literals))

    def like(self, column: Column, token: Token) -> Condition:
        return Like.of(column, self.text(token))

    def not_like(self, column: Column, token: Token) -> Condition:
        return Not(self.like(column, token))

    def between(self, column: Column, low: Any, high: Any) -> Condition:
        return Between(column, column.fit(low), column.fit(high))

    def not_between(self, column: Column, low: Any, high: Any) -> Condition:
        return Not(self.between(column, low, high))

    def is_null(self, column: Column) -> Condition:
        return IsNull(column)

    def is_not_null(self, column: Column) -> Condition:
        return Not(IsNull(column))
