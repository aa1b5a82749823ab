"""Statement helpers that are right on both databases.

Belongs here: chunking below SQL Server's 2,100 parameters, update-then-insert, the server's time.
No tables of ours.

A statement that is built anew costs ten times what the same one costs that was built before:
SQLAlchemy finds its compiled text by a key that it remembers with the statement. Whatever runs for
every order is therefore made once, with bind parameters, or once for each shape by the functions
here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    Update,
    bindparam,
    func,
    inspect,
    null,
    select,
    update,
)
from sqlalchemy.exc import StatementError

T = TypeVar("T")
Row = Mapping[str, Any]
MAX_PARAMETERS: Final = 2_000
# SQL Server also limits one VALUES list to 1,000 rows.
_MAX_ROWS: Final = 1_000
_SHAPES: Final = 1_000
_ESCAPE: Final = "/"
_QUARTER: Final = timedelta(minutes=15)


def database_now(connection: Connection) -> datetime:
    """The database server's time, UTC; for leases, which several machines compare."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.sysutcdatetime())).scalar_one()
    return moment.replace(tzinfo=UTC)


def server_offset(connection: Connection) -> timedelta | None:
    """How far east of UTC the server's local time is now; None on SQLite, which has no server."""
    if connection.dialect.name == "sqlite":
        return None
    local, utc = connection.execute(server_clocks()).one()
    return between_clocks(local, utc)


def server_clocks() -> Select[tuple[datetime, datetime]]:
    """The server's two clocks, local time first."""
    return select(func.sysdatetime().label("local_time"), func.sysutcdatetime().label("utc"))


def between_clocks(local: datetime, utc: datetime) -> timedelta:
    """The difference in quarters of an hour, as zones have it: the clocks are not read at once."""
    return round((local - utc) / _QUARTER) * _QUARTER


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


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of equal keys with multi-row VALUES, as few statements as parameters allow.

    NULLs are written into the statement, see `with_nulls`. The text is made once for each shape
    (columns, number of rows, where NULLs are): SQLAlchemy compiles a multi-row VALUES list anew
    every time, which cost more than everything else of a booking. Values go through the types of
    their columns as in any other statement. Python-side column defaults do not apply.

    Raises:
        ValueError: the rows do not have the same keys.
        StatementError: a value does not fit the type of its column.
    """
    if not rows:
        return
    names = tuple(rows[0])
    for part in _portions(names, rows):
        nulls = tuple([value is None for values in part for value in values])
        statement = _insert_text(connection.dialect, table, names, nulls)
        parameters = _bound(connection.dialect, table, names, part, statement)
        connection.exec_driver_sql(statement, parameters)


def _portions(names: Sequence[str], rows: Sequence[Row]) -> Iterator[list[list[Any]]]:
    """The rows' values in lists that one statement can take; a NULL is no parameter."""
    part: list[list[Any]] = []
    parameters, expected = 0, frozenset(names)
    for row in rows:
        if row.keys() != expected:
            raise ValueError(f"expected rows with {sorted(names)}, found one with {sorted(row)}")
        values = [row[name] for name in names]
        count = len([value for value in values if value is not None])
        if part and (parameters + count > MAX_PARAMETERS or len(part) == _MAX_ROWS):
            yield part
            part, parameters = [], 0
        part.append(values)
        parameters += count
    yield part


@lru_cache(maxsize=_SHAPES)
def _insert_text(
    dialect: Dialect, table: Table, names: tuple[str, ...], nulls: tuple[bool, ...]
) -> str:
    """INSERT … VALUES with a question mark for each value, which both drivers take."""
    write = dialect.identifier_preparer
    columns = ", ".join(write.format_column(table.c[name]) for name in names)
    rows = (nulls[start : start + len(names)] for start in range(0, len(nulls), len(names)))
    lists = (", ".join("NULL" if is_null else "?" for is_null in row) for row in rows)
    values = ", ".join(f"({each})" for each in lists)
    return " ".join(("INSERT INTO", write.format_table(table), f"({columns})", "VALUES", values))


def _bound(
    dialect: Dialect,
    table: Table,
    names: tuple[str, ...],
    rows: Iterable[Iterable[Any]],
    statement: str,
) -> tuple[Any, ...]:
    """What the driver is given for the values that are not NULL."""
    processors = _processors(dialect, table, names)
    try:
        return tuple(
            [
                process(value) if process else value
                for values in rows
                for process, value in zip(processors, values, strict=True)
                if value is not None
            ]
        )
    except (TypeError, ValueError, ArithmeticError) as error:
        # As SQLAlchemy has it: whoever books one record can tell that it is this record's fault.
        raise StatementError(str(error), statement, None, error) from error


@lru_cache(maxsize=_SHAPES)
def _processors(
    dialect: Dialect, table: Table, names: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    types = (table.c[name].type.dialect_impl(dialect) for name in names)
    return tuple(each.bind_processor(dialect) for each in types)


def update_rows(connection: Connection, table: Table, key: Row, values: Row) -> int:
    """UPDATE the rows whose columns equal the key's; returns how many they were.

    The statement is made once for each shape; NULLs are written into it, see `with_nulls`.
    """
    nulls = frozenset(name for name, value in values.items() if value is None)
    statement = _update_statement(table, tuple(key), tuple(values), nulls)
    parameters = {f"new_{name}": value for name, value in values.items() if value is not None}
    parameters.update({f"old_{name}": value for name, value in key.items()})
    return connection.execute(statement, parameters).rowcount


@lru_cache(maxsize=_SHAPES)
def _update_statement(
    table: Table, key: tuple[str, ...], names: tuple[str, ...], nulls: frozenset[str]
) -> Update:
    return (
        update(table)
        .where(*(table.c[name] == bindparam(f"old_{name}") for name in key))
        .values({name: null() if name in nulls else bindparam(f"new_{name}") for name in names})
    )


def put_row(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Update the row of a key, or insert it. The key must be unique in the table.

    Raises:
        IntegrityError: another writer inserted the key meanwhile; repeat the unit of work. It is
            not caught here, since under XACT_ABORT the transaction is lost with it.
    """
    if not update_rows(connection, table, key, values):
        insert_rows(connection, table, [{**key, **values}])


def read_rows(
    connection: Connection, table: Table, column: str, keys: Iterable[Any]
) -> Iterator[dict[str, Any]]:
    """Rows whose column is among many keys, in as many statements as parameters need."""
    for part in chunks(keys, MAX_PARAMETERS):
        statement = select(table).where(table.c[column].in_(part))
        yield from (dict(row) for row in connection.execute(statement).mappings())


def contains_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a column holds a text as it is; whether its case counts, the database decides."""
    return column.like(f"%{_literal(text)}%", escape=_ESCAPE)


def starts_with_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text as it is."""
    return column.like(f"{_literal(text)}%", escape=_ESCAPE)


def _literal(text: str) -> str:
    """SQLAlchemy's own `autoescape` leaves out the bracket, a wildcard on SQL Server alone."""
    for sign in (_ESCAPE, "%", "_", "["):
        text = text.replace(sign, _ESCAPE + sign)
    return text


def table_exists(connection: Connection, table: str, column: str | None = None) -> bool:
    """Whether a table, and a column of it, is there: plan mode works before `woocp db upgrade`."""
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return False
    if column is None:
        return True
    return column.upper() in {found["name"].upper() for found in inspector.get_columns(table)}
