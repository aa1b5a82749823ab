"""Databases for tests: a fresh SQLite file each, or a database of our own on a server.

WOOCP_TEST_DATABASE_URL names a server. A database woocp_test_* is made there for the session, is
emptied between tests and dropped at the end; the database in the URL itself is never touched.
"""

import os
import shutil
import sqlite3
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import (
    DDL,
    CompoundSelect,
    Engine,
    Table,
    delete,
    event,
    exists,
    literal,
    select,
    union_all,
)
from sqlalchemy.engine import make_url
from sqlalchemy.pool import Pool

import woocp_pipelines
from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables

SERVER = os.environ.get("WOOCP_TEST_DATABASE_URL")
# No test measures time, so a slow machine fails none; CI draws the same examples every time.
settings.register_profile(
    "woocp",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("woocp")


@event.listens_for(Pool, "checkout")
def _skip_disk_flushes(raw: Any, _record: Any, _proxy: Any) -> None:
    """What a test writes need not outlive a power cut; flushing took a fifth of all the time."""
    if isinstance(raw, sqlite3.Connection):
        raw.execute("PRAGMA synchronous=OFF")


@event.listens_for(Engine, "before_cursor_execute")
def _refuse_null_parameters(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
) -> None:
    """NULLs are written into statements (counterpoint/statements.py: with_nulls).

    The driver asks the server for the type of every None, and where that fails the transaction
    is gone without a word.
    """
    # Rows that SQLAlchemy joins into one INSERT come as one flat row, although there are many.
    rows = parameters if many and isinstance(parameters[0], dict | tuple) else [parameters]
    if any(value is None for row in rows for value in _values(row)) and _is_ours():
        raise AssertionError(f"a None among the parameters of {statement[:200]}")


def _values(row: Any) -> Any:
    return row.values() if isinstance(row, dict) else row


def _is_ours() -> bool:
    """Whether the data layer or a flow sent the statement, and not a test or another library."""
    package = Path(woocp_pipelines.__file__).parent
    for frame in reversed(traceback.extract_stack(limit=60)[:-2]):
        path = Path(frame.filename)
        if "site-packages" in path.parts or path.name == "contextlib.py":
            continue
        return path.is_relative_to(package) and path.relative_to(package).parts[0] in (
            "counterpoint",
            "flows",
        )
    return False


@contextmanager
def _server_database(server: str) -> Iterator[str]:
    """A new empty database on the server; gives its URL, drops it afterwards."""
    name = f"woocp_test_{uuid.uuid4().hex[:12]}"
    admin = open_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(DDL("CREATE DATABASE %(name)s", context={"name": name}))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(DDL("DROP DATABASE %(name)s", context={"name": name}))
        admin.dispose()


def _build(url: str) -> None:
    engine = open_engine(url)
    create_vendor_tables(engine)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _built_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Vendor tables and migrations, built once: a file to copy, or the session's database."""
    if SERVER is None:
        path = tmp_path_factory.mktemp("database") / "template.db"
        _build(f"sqlite:///{path}")
        yield str(path)
        return
    with _server_database(SERVER) as url:
        _build(url)
        yield url


@pytest.fixture
def database_url(_built_database: str, tmp_path: Path) -> Iterator[str]:
    """URL of a database with empty vendor and USER_* tables."""
    if SERVER is None:
        path = tmp_path / "counterpoint.db"
        shutil.copyfile(_built_database, path)
        yield f"sqlite:///{path}"
        return
    yield _built_database
    _empty(_built_database)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes engines on databases without any table, for tests of migrations and DDL."""
    databases, engines = [], []

    def make() -> Engine:
        if SERVER is None:
            url = f"sqlite:///{tmp_path / f'{uuid.uuid4().hex}.db'}"
        else:
            databases.append(_server_database(SERVER))
            url = databases[-1].__enter__()
        engines.append(open_engine(url))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()
    for database in databases:
        database.__exit__(None, None, None)


def _empty(url: str) -> None:
    """Delete what the test left; most tables have nothing, which one statement tells."""
    engine = open_engine(url)
    tables, filled = _all_tables()
    with writing(engine) as connection:
        for name in connection.execute(filled).scalars().all():
            connection.execute(delete(tables[name]))
    engine.dispose()


@cache
def _all_tables() -> tuple[dict[str, Table], CompoundSelect[Any]]:
    """Every table by name, and the statement that names those with rows."""
    ours = {table.name: table for table in METADATA.sorted_tables if table.name[:5] == "USER_"}
    tables = {**vendor_tables(), **ours}
    named = (
        select(literal(name)).where(exists().select_from(table)) for name, table in tables.items()
    )
    return tables, union_all(*named)
