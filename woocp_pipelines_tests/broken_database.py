"""A database that is not as it should be while a block of a test runs, and whole again after it.

Belongs here: what a site or a failed upgrade does to tables, on either database; on a server the
tests of a session share one, so nothing of it may stay. Does not: wrong rows, which tests put.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import DDL, Engine, MetaData, String, Table, event, literal
from sqlalchemy.exc import ProgrammingError

from woocp_pipelines.counterpoint.engine import writing

_REFUSAL: Final = {
    "sqlite": (
        (
            "CREATE TRIGGER REFUSED_HERE BEFORE INSERT ON %(table)s "
            "WHEN NEW.%(column)s = %(value)s "
            "BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: REFUSED_HERE'); END"
        ),
        "DROP TRIGGER REFUSED_HERE",
    ),
    "mssql": (
        "ALTER TABLE %(table)s ADD CONSTRAINT REFUSED_HERE CHECK (%(column)s <> %(value)s)",
        "ALTER TABLE %(table)s DROP CONSTRAINT REFUSED_HERE",
    ),
}
_DRIVER: Final = "[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
_RENAMING: Final = {
    "sqlite": "ALTER TABLE %(old)s RENAME TO %(new)s",
    "mssql": "EXEC sp_rename '%(old)s', '%(new)s', 'OBJECT'",
}


@contextmanager
def refusing(engine: Engine, table: Table, column: str, value: Any) -> Iterator[None]:
    """New rows of the table with this value are refused; it must have none at the start."""
    typed = literal(value, table.c[column].type)
    text = str(typed.compile(engine, compile_kwargs={"literal_binds": True}))
    names = {"table": table.name, "column": column, "value": text}
    up, down = _REFUSAL[engine.dialect.name]
    with _changed(engine, DDL(up, context=names), DDL(down, context=names)):
        yield


@contextmanager
def denied(engine: Engine, table: Table) -> Iterator[None]:
    """The login may insert no row into the table; said as SQL Server says it, on either database.

    SQLite knows no rights, and a server that merely speaks the protocol has numbers of its own.
    """

    def deny(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if re.match(rf"INSERT INTO \W?{table.name}\b", statement):
            said = f"The INSERT permission was denied on the object '{table.name}'. (229)"
            # A statement that was to be prepared brings a second message.
            more = f"{_DRIVER}Statement(s) could not be prepared. (8180)"
            text = f"{_DRIVER}{said} (SQLExecDirectW); {more}"
            raise ProgrammingError(statement, None, Exception("42000", text))

    event.listen(engine, "before_cursor_execute", deny)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", deny)


@contextmanager
def missing(engine: Engine, table: Table) -> Iterator[None]:
    """The table is not there."""
    names = {"old": table.name, "new": f"{table.name}_GONE"}
    back = {"old": names["new"], "new": names["old"]}
    renaming = _RENAMING[engine.dialect.name]
    with _changed(engine, DDL(renaming, context=names), DDL(renaming, context=back)):
        yield


@contextmanager
def narrowed(engine: Engine, table: Table, column: str, length: int) -> Iterator[None]:
    """A text column is shorter, as in another version; the table must be empty at the start."""
    other = table.to_metadata(MetaData())
    other.c[column].type = String(length)
    _replace(engine, table, other)
    try:
        yield
    finally:
        _replace(engine, other, table)


def _replace(engine: Engine, table: Table, other: Table) -> None:
    with writing(engine) as connection:
        table.drop(connection)
        other.create(connection)


@contextmanager
def _changed(engine: Engine, there: DDL, back: DDL) -> Iterator[None]:
    with writing(engine) as connection:
        connection.execute(there)
    try:
        yield
    finally:
        with writing(engine) as connection:
            connection.execute(back)
