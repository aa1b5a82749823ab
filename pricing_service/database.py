"""Counterpoint as the source of price books.

Belongs here: connecting for reads, timing them. Does not: the database's name (source_name.py).
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from sqlalchemy import Engine, event, select
from sqlalchemy.pool import ConnectionPoolEntry

from pricing_service.book_source import Reading
from pricing_service.read_failures import cause_of
from pricing_service.source_name import names_data_source
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.pacing import WORK_AND_REST, RestingPace, no_rest
from woocp_pipelines.counterpoint.prices.reading import read_facts
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp, read_stamp
from woocp_pipelines.counterpoint.tables import IM_CTL
from woocp_pipelines.rules.clock import Clock, utc_now

STATEMENT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class CounterpointSource:
    """Reads books through one engine; `time_zone` and `store_id` are the store's."""

    engine: Engine
    time_zone: str
    clock: Clock = utc_now
    store_id: str = "main"

    def __post_init__(self) -> None:
        """Bound the waits of this engine's statements."""
        if self.engine.dialect.name == "mssql":
            event.listen(self.engine, "connect", _bound_waits)

    def read(self, before: Reading | None = None, *, everything: bool = True) -> Reading:
        """Everything prices depend on, and the stamp that it is of, read in one transaction."""
        with reading(self.engine) as connection:
            facts, stamp = read_facts(
                connection,
                time_zone=self.time_zone,
                read_at=self.clock(),
                store_id=self.store_id,
                before=None if before is None else before.facts,
                known=None if before is None or everything else before.stamp,
                # Without a book there is no answer that could wait.
                pace=no_rest if before is None else RestingPace(*WORK_AND_REST),
            )
        return Reading(facts, stamp)

    def look(self) -> SourceStamp:
        """What one small statement per table tells of the state of the tables."""
        with reading(self.engine) as connection:
            return read_stamp(connection, store_id=self.store_id)

    def probe(self) -> float:
        """Milliseconds of one small read from a table that the book needs.

        Raises:
            PriceBookError: the table gave no row.
        """
        started = perf_counter()
        with reading(self.engine) as connection:
            found = connection.execute(select(IM_CTL.c.PRC_ROUND_METH)).first()
        if found is None:
            raise PriceBookError("IM_CTL gave no row")
        return (perf_counter() - started) * 1000

    def cause_of(self, error: Exception) -> str:
        """Why this database could not be read, without anything that the driver quotes."""
        return cause_of(error, by_data_source=names_data_source(self.engine.url))


def _bound_waits(raw: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver waits for ever by default; a server that hangs must become a failure.
    raw.timeout = STATEMENT_SECONDS
