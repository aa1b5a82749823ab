"""Which columns of items and customers the price filters name, and how to read them.

Belongs here: finding the names in the filters, and their types in our tables or, for columns that
our tables leave out, in the live catalog. Does not: parsing filters (filters.py).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, String, Table, Text, column, inspect
from sqlalchemy.types import TypeEngine

from woocp_pipelines.counterpoint.prices.facts import ColumnKind, FilterValues
from woocp_pipelines.counterpoint.tables import AR_CUST, IM_ITEM
from woocp_pipelines.counterpoint.types import Code, ScaledDecimal

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_COLUMNS: Final = frozenset(
    ("IM_ITEM", "AR_CUST", "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL")
)


@dataclass(slots=True)
class TableColumns:
    """The columns of one table that some filter names."""

    kinds: dict[str, ColumnKind] = field(default_factory=dict)
    selected: list[ColumnElement[Any]] = field(default_factory=list)

    def add(self, name: str, kind: ColumnKind, element: ColumnElement[Any]) -> None:
        """Read this column as well, under a label that no other column has."""
        self.kinds[name] = kind
        self.selected.append(element.label(_label(name)))

    @property
    def labels(self) -> list[str]:
        """The labels of `selected`, in its order."""
        return [_label(name) for name in self.kinds]

    def values(self, found: Sequence[Any]) -> FilterValues:
        """What a row holds in these columns, given in the order of `selected`."""
        texts: dict[str, str | None] = {}
        numbers: dict[str, Decimal | None] = {}
        for (name, kind), value in zip(self.kinds.items(), found, strict=True):
            if kind == "text":
                texts[name] = value
            else:
                numbers[name] = None if value is None else Decimal(value)
        return FilterValues(texts, numbers)


def _label(name: str) -> str:
    return f"filter_{name}"


def named_columns(connection: Connection, filters: Iterable[str]) -> dict[str, TableColumns]:
    """The columns of IM_ITEM and AR_CUST that the filters may name, by table.

    More may be found than a filter means (a name of both tables counts for both); dates are left
    out, since their text forms depend on the server's language.
    """
    names = {name.upper() for text in filters for name in _NAME.findall(_QUOTED.sub(" ", text))}
    return {table.name: _columns_of(connection, table, names) for table in (IM_ITEM, AR_CUST)}


def _columns_of(connection: Connection, table: Table, names: set[str]) -> TableColumns:
    columns = TableColumns()
    unknown = set()
    for name in sorted(names):
        if name not in table.c:
            unknown.add(name)
        elif (kind := _kind(table.c[name].type)) is not None:
            columns.add(name, kind, table.c[name])
    if unknown:
        _add_live_texts(connection, table, unknown, columns)
    return columns


def _kind(column_type: TypeEngine[Any]) -> ColumnKind | None:
    if isinstance(column_type, Text):
        return None
    if isinstance(column_type, Code | String):
        return "text"
    return "number" if isinstance(column_type, ScaledDecimal | Integer) else None


def _add_live_texts(
    connection: Connection, table: Table, names: set[str], columns: TableColumns
) -> None:
    """Text columns that the live table has although ours leaves them out, the site's own too."""
    for live in inspect(connection).get_columns(table.name):
        name = live["name"]
        if name.upper() in names and _kind(live["type"]) == "text":
            columns.add(name.upper(), "text", column(name, String()))
