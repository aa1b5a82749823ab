"""Addresses and errors of databases: what is accepted, what is said, what may be repeated."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from woocp_pipelines.counterpoint.engine import (
    DatabaseAddressError,
    is_duplicate_key,
    may_be_repeated,
    open_engine,
    read_url,
)


@pytest.mark.parametrize(
    "address", ["not a url", "postgresql://u:geheim@h/d", "mssql://u:geheim@h"]
)
def test_a_bad_address_is_refused_and_never_shown(address):
    with pytest.raises(DatabaseAddressError) as refused:
        read_url(address)
    assert "geheim" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "repeat"),
    [
        (OperationalError("", {}, Exception("database is locked")), True),
        (ProgrammingError("", {}, Exception("[40001] deadlock victim (1205)")), True),
        (ProgrammingError("", {}, Exception("lock request time out (1222)")), True),
        (ProgrammingError("", {}, Exception("snapshot update conflict (3960)")), True),
        (DBAPIError("", {}, Exception("40001", "deadlock (1205) (SQLFetch)")), True),
        (DBAPIError("", {}, Exception("HY000", "locked (1222) (SQLExecute); [42000] x")), True),
        (ProgrammingError("", {}, Exception("invalid object name (208)")), False),
        (IntegrityError("", {}, Exception("23000", "value is (1205). (2627) (SQLExec)")), False),
        (ProgrammingError("", {}, Exception("42000", "Item (1222) held (50001) (SQL)")), False),
        (OperationalError("", {}, Exception("(1205)"), connection_invalidated=True), False),
    ],
)
def test_only_conflicts_are_repeated(error, repeat):
    assert may_be_repeated(error) is repeat


@pytest.mark.parametrize(
    ("message", "duplicate"),
    [
        ("UNIQUE constraint failed: USER_ORDER_KEY.STORE_ID", True),
        ("[23000] Violation of PRIMARY KEY constraint (2627)", True),
        ("[23000] Cannot insert duplicate key row (2601)", True),
        ("NOT NULL constraint failed: X.Y", False),
        ("[23000] conflicted with the FOREIGN KEY constraint (547)", False),
    ],
)
def test_a_taken_key_is_told_from_other_constraints(message, duplicate):
    assert is_duplicate_key(IntegrityError("", {}, Exception(message))) is duplicate


def test_an_error_shows_no_parameter(engine):
    statement = text("SELECT no_such_column FROM PS_DOC_HDR WHERE REF = :secret")
    with engine.connect() as connection, pytest.raises(Exception, match="no_such_column") as failed:
        connection.execute(statement, {"secret": "geheim"})
    assert "geheim" not in str(failed.value)


def test_text_that_a_column_cannot_hold_is_refused_on_sqlite_too(engine):
    if engine.dialect.name != "sqlite":
        pytest.skip("SQL Server refuses by itself")
    insert = "INSERT INTO IM_LOC (LOC_ID, DESCR) VALUES ('12345678901', 'x')"
    with engine.begin() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql(insert)


def test_an_engine_opens_nothing_before_it_is_used(tmp_path):
    open_engine(f"sqlite:///{tmp_path / 'none.db'}").dispose()
    assert list(tmp_path.iterdir()) == []
