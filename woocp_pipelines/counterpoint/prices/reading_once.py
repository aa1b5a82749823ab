"""One reading of Counterpoint's price tables: what all its parts share.

Belongs here: rows of a query, some at a time and with rests. Does not: what they mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select

from woocp_pipelines.counterpoint.prices.pacing import Pace, paced
from woocp_pipelines.counterpoint.prices.sharing import Sharing
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks

AnyRow = Row[Any]
# Rows that the driver hands over at once; none of them is long in coming.
_ROWS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items and customers a book is read for; None means all of them."""

    item_nos: frozenset[str] | None = None
    cust_nos: frozenset[str] | None = None


EVERYTHING: Final = Scope()


@dataclass(frozen=True, slots=True)
class Once:
    """What all parts of one reading need; `store_id` is None where no SKUs are read."""

    connection: Connection
    scope: Scope
    store_id: str | None
    sharing: Sharing
    pace: Pace

    def rows(self, query: Select[Any]) -> Iterator[AnyRow]:
        """The rows of a query, some at a time, resting between them."""
        found = self.connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
        yield from paced(found, self.pace)

    def rows_of(
        self, query: Select[Any], column: Column[Any], keys: frozenset[str] | None
    ) -> Iterator[AnyRow]:
        """Rows of a query, all of them or those of some keys only."""
        if keys is None:
            yield from self.rows(query)
            return
        for part in chunks(sorted(keys), MAX_PARAMETERS):
            yield from self.rows(query.where(column.in_(part)))
