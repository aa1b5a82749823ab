"""What the log tells of a database that cannot be read: the kind and the next step, no secret."""

import logging

import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

from pricing_service.read_failures import cause_of
from woocp_pipelines.counterpoint.prices.errors import PriceBookError

HEAD = "[Microsoft][ODBC Driver 18 for SQL Server]"
SECRETS = "UID=shopreader;PWD=topsecretpw;Server=db01"


@pytest.mark.parametrize(
    ("kind", "arguments", "told"),
    [
        (InterfaceError, ("IM002", f"[IM002] Data source name not found {SECRETS}"),
         "InterfaceError IM002: the ODBC driver is missing"),
        (DBAPIError, ("01000", "[01000] [unixODBC][Driver Manager]Can't open lib 'nope'"),
         "DBAPIError 01000: the ODBC driver is missing"),
        (InterfaceError, ("28000", f"[28000] {HEAD}Login failed for user 'shopreader'. (18456)"),
         "InterfaceError 28000: login failed; check user and password"),
        (InterfaceError, ("28000", f"[28000] {HEAD}Login failed. (18456) No topsecretpw. (4060)"),
         "InterfaceError 28000: the database is unknown"),
        (OperationalError, ("08001", f"[08001] {HEAD}TCP Provider: db01 (11001)"),
         "OperationalError 08001: the server did not answer; check host and port"),
        (OperationalError, ("HYT00", "[HYT00] Login timeout expired"),
         "OperationalError HYT00: the server did not answer"),
        (OperationalError, ("08001", f"[08001] {HEAD}SSL Provider: certificate verify failed"),
         "OperationalError 08001: the server's certificate is not trusted"),
        (ProgrammingError, ("42S02", f"[42S02] {HEAD}Invalid object name 'IM_PRC_GRP'. (208)"),
         "ProgrammingError 42S02: this database has no Counterpoint tables"),
        (ProgrammingError, ("42000", f"[42000] {HEAD}Invalid object name 'IM_CTL'. (208)"),
         "ProgrammingError 42000: this database has no Counterpoint tables"),
        (ProgrammingError, ("42000", f"[42000] {HEAD}permission was denied (229) {SECRETS}"),
         "ProgrammingError 42000: SELECT is denied; grant it"),
        (OperationalError, (f"something new {SECRETS}",),
         "OperationalError: the database's own log tells more"),
        (OperationalError, (), "OperationalError: the database's own log tells more"),
    ],
)  # fmt: skip
def test_the_kind_of_a_cause_is_told_and_nothing_of_the_drivers_text(kind, arguments, told):
    found = cause_of(kind("SELECT 1", None, Exception(*arguments)))
    assert found.startswith(told)
    for secret in ("topsecretpw", "shopreader", "db01"):
        assert secret not in found


def test_a_table_without_rows_is_named():
    assert cause_of(PriceBookError("IM_CTL gave no row")) == "PriceBookError: IM_CTL gave no row"


def test_an_error_of_another_kind_shows_its_kind_only():
    assert cause_of(ValueError("topsecretpw")) == "ValueError: the database's own log tells more"


def test_the_log_tells_a_misspelt_driver_from_all_else(configure, caplog):
    pytest.importorskip("pyodbc")
    url = "mssql+pyodbc://shopreader:topsecretpw@nohost.invalid/x?driver=nope"
    with caplog.at_level(logging.ERROR):
        assert not configure(url=url).keeper.refresh()
    assert "the price book could not be read: " in caplog.text
    assert "the ODBC driver is missing; install it, or correct driver=" in caplog.text
    assert "topsecretpw" not in caplog.text


def test_the_log_tells_a_database_file_that_is_away(config, counterpoint, caplog):
    counterpoint.go_away()
    with caplog.at_level(logging.ERROR):
        assert not config.keeper.refresh()
    assert "OperationalError: the database file cannot be opened" in caplog.text


def test_the_log_tells_a_data_source_name_that_does_not_exist(configure, caplog, monkeypatch):
    pytest.importorskip("pyodbc")
    monkeypatch.setenv("ODBCINI", "/nowhere/odbc.ini")
    with caplog.at_level(logging.ERROR):
        assert not configure(url="mssql+pyodbc://shopreader:topsecretpw@NODSN").keeper.refresh()
    assert "IM002: the data source name (DSN) of WOOCP_DATABASE_URL does not exist" in caplog.text
    assert "driver=" not in caplog.text
    assert "topsecretpw" not in caplog.text
