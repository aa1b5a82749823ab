"""Connections to Counterpoint's database: SQL Server in production, SQLite in sandbox and tests.

Belongs here: everything that differs between the two except locks (locks.py). No statements.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

SUPPORTED: Final = ("sqlite", "mssql+pyodbc")
LOCK_TIMEOUT_SECONDS: Final = 15
_BUSY_SECONDS: Final = 30
# Deadlock victim, lock request time-out, snapshot conflict: the unit of work may be repeated.
_REPEATABLE_ERRORS: Final = ("1205", "1222", "3960")


class DatabaseAddressError(ValueError):
    """A database URL that cannot be used. Never shows the URL: it may hold a password."""


def read_url(text: str) -> URL:
    """Parse a SQLAlchemy URL without ever showing it.

    Raises:
        DatabaseAddressError: not a URL, or of a database that is not supported.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise DatabaseAddressError(
            "the database URL cannot be read; expected "
            "mssql+pyodbc://user:password@host/database?driver=ODBC+Driver+18+for+SQL+Server"
        ) from None
    if url.drivername not in SUPPORTED:
        raise DatabaseAddressError(
            f"database {url.drivername!r} is not supported; expected {' or '.join(SUPPORTED)}"
        )
    return url


def open_engine(text: str) -> Engine:
    """An engine with woocp's session settings; opens no connection yet.

    Raises:
        DatabaseAddressError: see `read_url`.
    """
    url = read_url(text)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_recycle=1800)
    event.listen(engine, "connect", _prepare_sql_server)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reads only: it never waits for, nor blocks, a writer for long."""
    with engine.connect().execution_options(woocp_read_only=True) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back by any exception."""
    with engine.begin() as connection:
        yield connection


def may_be_repeated(error: DBAPIError) -> bool:
    """True when the whole unit of work may be tried again: deadlock, lock time-out, busy file."""
    if error.connection_invalidated:
        return False
    text = str(error.orig)
    if isinstance(error, OperationalError) and "database is locked" in text:
        return True
    return any(f"({number})" in text for number in _REPEATABLE_ERRORS)


def _prepare_sqlite(raw: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and too late for BEGIN IMMEDIATE.
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("woocp_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _prepare_sql_server(raw: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = raw.cursor()
    # The tills must win a deadlock, and an error must leave no open transaction (CP §6.3 bug 25).
    cursor.execute(
        "SET XACT_ABORT ON; SET DEADLOCK_PRIORITY LOW; SET NOCOUNT OFF; "
        f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_SECONDS * 1000}"
    )
    cursor.close()
    raw.commit()
