"""Who may run: one lock per flow, and one around the allocation of keys.

Belongs here: `flow_lock` (held for a whole run, freed by the system when the process dies) and
`transaction_lock` (held until the transaction ends). SQL Server: application locks. SQLite: a
lock file beside the database, and BEGIN IMMEDIATE, which already admits one writer at a time.
"""

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_log = logging.getLogger(__name__)
_GRANTED: Final = (0, 1)
# Waited in vain, cancelled, deadlock victim; every other code says that the call itself is wrong.
_BUSY: Final = (-1, -2, -3)
# Not even a moment's wait is answered as a wrong call by some servers.
_SHORTEST_WAIT_MS: Final = 1
_TRANSACTION_WAIT_MS: Final = 15_000

# A transaction begins with the first statement that reads a table; EXEC begins none, and without
# one the server refuses a lock that a transaction is to own.
_BEGIN: Final = "DECLARE @begun int; SELECT TOP (1) @begun = 1 FROM sys.objects; "
_GET: Final = (
    "DECLARE @granted int; "
    "EXEC @granted = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', "
    "@LockOwner = ?, @LockTimeout = ?; "
    "SELECT @granted"
)
_RELEASE = text("EXEC sp_releaseapplock @Resource = :name, @LockOwner = 'Session'")


class LockFailedError(Exception):
    """The server would not even try: the call, the login's rights or the transaction are wrong."""

    def __init__(self, name: str, code: int | None) -> None:
        super().__init__(
            f"lock {name}: sp_getapplock answered {code}; check that the login may run it"
        )
        self.name = name


class LockBusyError(Exception):
    """Somebody else holds the lock; the caller ends as skipped or tries later."""

    def __init__(self, name: str) -> None:
        super().__init__(f"lock {name} is held by another run")
        self.name = name


@contextmanager
def flow_lock(engine: Engine, name: str, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold `woocp:<name>` for the block.

    Raises:
        LockBusyError: another process or run holds it and did not let go within the wait.
        DBAPIError: the server was lost while it was waited for, or the login may not ask.
    """
    full = f"woocp:{name}"
    if engine.dialect.name == "sqlite":
        with _file_lock(engine, full, wait_seconds):
            yield
        return
    # A connection of its own in autocommit: the lock belongs to this session, not a transaction.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _acquire(connection, full, "Session", int(wait_seconds * 1000))
        try:
            yield
        finally:
            _release(connection, full)


def _release(connection: Connection, name: str) -> None:
    try:
        connection.execute(_RELEASE, {"name": name})
    except DBAPIError as error:
        # The session is gone, and its lock with it: what was done under the lock stays done.
        _log.warning("lock %s could not be released: %s", name, error.orig)
        connection.invalidate()


def transaction_lock(connection: Connection, name: str) -> None:
    """Hold `woocp:<name>` until the connection's transaction ends.

    Raises:
        LockBusyError: it was not free within 15 seconds.
    """
    if connection.dialect.name == "mssql":
        _acquire(connection, f"woocp:{name}", "Transaction", _TRANSACTION_WAIT_MS, first=_BEGIN)


def _acquire(
    connection: Connection, name: str, owner: str, wait_ms: int, *, first: str = ""
) -> None:
    # On the driver's cursor: a lock that is not granted may come with results before the row.
    with _errors_as_usual(connection), closing(connection.connection.cursor()) as cursor:
        cursor.execute(first + _GET, (name, owner, max(wait_ms, _SHORTEST_WAIT_MS)))
        while cursor.description is None and cursor.nextset():
            pass
        granted = cursor.fetchone()
    code = None if granted is None else granted[0]
    if code in _BUSY:
        raise LockBusyError(name)
    if code not in _GRANTED:
        raise LockFailedError(name, code)


@contextmanager
def _errors_as_usual(connection: Connection) -> Iterator[None]:
    """The driver's own errors as SQLAlchemy's: whoever meets them tells a lost connection."""
    dialect = connection.dialect
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        lost = dialect.is_disconnect(error, None, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            _GET,
            None,
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from error


@contextmanager
def _file_lock(engine: Engine, name: str, wait_seconds: float) -> Iterator[None]:
    database = engine.url.database
    folder = Path(database).parent if database else Path(tempfile.gettempdir())
    stem = Path(database).name if database else "memory"
    lock = FileLock(folder / f"{stem}.{re.sub('[^a-z0-9]+', '-', name)}.lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LockBusyError(name) from None
    try:
        yield
    finally:
        lock.release()
