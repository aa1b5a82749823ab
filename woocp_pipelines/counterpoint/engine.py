"""Connections to Counterpoint's database: SQL Server in production, SQLite in sandbox and tests.

Belongs here: everything that differs between the two except locks (locks.py). No statements.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

SUPPORTED: Final = ("sqlite", "mssql+pyodbc")
LOCK_TIMEOUT_SECONDS: Final = 15
_BUSY_SECONDS: Final = 30
# Deadlock victim, lock request time-out, snapshot conflict: the unit of work may be repeated.
# A number is the server's at the end of a message; elsewhere it may be a record's value.
_REPEATABLE: Final = re.compile(r"\((1205|1222|3960)\)(?= \(SQL|; \[|$)")
_DUPLICATE_KEY: Final = ("UNIQUE constraint failed", "(2627)", "(2601)")
_SNAPSHOTS: WeakKeyDictionary[Engine, bool] = WeakKeyDictionary()


class DatabaseAddressError(ValueError):
    """A database URL that cannot be used. Never shows the URL: it may hold a password."""


def read_url(address: str) -> URL:
    """Parse a SQLAlchemy URL without ever showing it.

    Raises:
        DatabaseAddressError: not a URL, or of a database that is not supported.
    """
    try:
        url = make_url(address)
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


def open_engine(address: str) -> Engine:
    """An engine with woocp's session settings; opens no connection yet.

    Raises:
        DatabaseAddressError: see `read_url`.
    """
    url = read_url(address)
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
    """A connection for reads only, of one moment where the database allows it.

    SQL Server: snapshot isolation when it is switched on, so that tills are neither waited for
    nor kept waiting; never NOLOCK, and the database's options are never changed (design §3).
    """
    snapshots = _allows_snapshots(engine)
    with engine.connect() as connection:
        connection.execution_options(woocp_read_only=True)
        if snapshots:
            # The pool's ping may have begun a transaction; a snapshot must be its own.
            connection.connection.rollback()
            connection.execution_options(isolation_level="SNAPSHOT")
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
    message = str(next(reversed(getattr(error.orig, "args", ())), ""))
    if isinstance(error, OperationalError) and "database is locked" in message:
        return True
    return _REPEATABLE.search(message) is not None


def is_duplicate_key(error: DBAPIError) -> bool:
    """True when another writer was faster with the same key; a second look finds its row."""
    message = str(error.orig)
    return isinstance(error, IntegrityError) and any(sign in message for sign in _DUPLICATE_KEY)


def _allows_snapshots(engine: Engine) -> bool:
    if engine.dialect.name != "mssql":
        return False
    if engine not in _SNAPSHOTS:
        state = text("SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()")
        with engine.connect() as connection:
            _SNAPSHOTS[engine] = connection.execute(state).scalar_one_or_none() == 1
    return _SNAPSHOTS[engine]


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
