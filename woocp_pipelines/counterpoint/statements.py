"""Statement helpers that are right on both databases.

Belongs here: chunking below SQL Server's 2,100 parameters, update-then-insert, the server's time.
No tables of ours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, and_, func, insert, inspect, null, select, update

T = TypeVar("T")
MAX_PARAMETERS: Final = 2_000


def database_now(connection: Connection) -> datetime:
    """The database server's time, UTC; for leases, which several machines compare."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.sysutcdatetime())).scalar_one()
    return moment.replace(tzinfo=UTC)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def with_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with NULL written into the statement instead of a parameter that is None.

    The driver asks the server for the type of every None it is given (a round trip, and its
    failure would end the transaction); a written NULL needs no type.
    """
    return {name: null() if value is None else value for name, value in values.items()}


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of equal keys with multi-row VALUES, as few statements as parameters allow."""
    if not rows:
        return
    # SQL Server also limits one VALUES list to 1,000 rows.
    size = min(1_000, max(1, MAX_PARAMETERS // len(rows[0])))
    for part in chunks(rows, size):
        connection.execute(insert(table).values([with_nulls(row) for row in part]))


def put_row(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Update the row of a key, or insert it. The key must be unique in the table.

    Raises:
        IntegrityError: another writer inserted the key meanwhile; repeat the unit of work. It is
            not caught here, since under XACT_ABORT the transaction is lost with it.
    """
    condition = and_(*(table.c[name] == value for name, value in key.items()))
    if not connection.execute(update(table).where(condition).values(with_nulls(values))).rowcount:
        connection.execute(insert(table).values(with_nulls({**key, **values})))


def read_rows(
    connection: Connection, table: Table, column: str, keys: Iterable[Any]
) -> Iterator[dict[str, Any]]:
    """Rows whose column is among many keys, in as many statements as parameters need."""
    for part in chunks(keys, MAX_PARAMETERS):
        statement = select(table).where(table.c[column].in_(part))
        yield from (dict(row) for row in connection.execute(statement).mappings())


def table_exists(connection: Connection, table: str, column: str | None = None) -> bool:
    """Whether a table, and a column of it, is there: plan mode works before `woocp db upgrade`."""
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return False
    if column is None:
        return True
    return column.upper() in {found["name"].upper() for found in inspector.get_columns(table)}
