"""Data sources of Windows, and what becomes of a saved book when one is pointed elsewhere."""

import logging
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from pricing_service.data_sources import find_data_source, in_registry
from pricing_service.saved_book import SavedBook
from pricing_service.source_name import describe_source
from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.prices.errors import PriceBookError


def registry(**roots):
    """A registry as winreg shows it: values by root and key."""

    def open_key(root, path):
        if path not in root:
            raise FileNotFoundError(path)
        return nullcontext(list(root[path].items()))

    return SimpleNamespace(
        HKEY_CURRENT_USER=roots.get("user", {}),
        HKEY_LOCAL_MACHINE=roots.get("machine", {}),
        OpenKey=open_key,
        QueryInfoKey=lambda key: (0, len(key), 0),
        EnumValue=lambda key, place: (*key[place], 1),
    )


KEY = r"Software\ODBC\ODBC.INI\CP"
LIVE = {KEY: {"Server": "cp", "Database": "Live", "LastUser": "sa"}}
PRACTICE = {KEY: {"Server": "cp", "Database": "Practice"}}


@pytest.mark.parametrize(
    ("roots", "database"),
    [({"user": LIVE, "machine": PRACTICE}, "Live"), ({"machine": PRACTICE}, "Practice")],
)
def test_on_windows_the_users_key_counts_before_the_machines(roots, database):
    assert in_registry("CP", registry(**roots))["database"] == database


def test_a_data_source_that_windows_does_not_know_is_none():
    assert in_registry("OTHER", registry(machine=LIVE)) is None


@pytest.fixture
def point_to(monkeypatch, tmp_path):
    ini = tmp_path / "odbc.ini"
    monkeypatch.setenv("ODBCINI", str(ini))
    monkeypatch.setenv("ODBCSYSINI", str(tmp_path / "none"))
    return lambda database: ini.write_text(f"[CP]\nServer=db\nDatabase={database}\n")


URL = "mssql+pyodbc://sa:hush@CP"


def saved_in(folder):
    url = open_engine(URL).url

    def source():
        return describe_source(url, "UTC", "main")

    return SavedBook(folder, source(), source)


def test_a_book_saved_of_one_database_is_none_of_the_other_behind_the_same_data_source(
    config, point_to, tmp_path
):
    pytest.importorskip("pyodbc")
    facts = config.keeper.source.read().facts
    point_to("Practice")
    saved_in(tmp_path).save(facts)
    assert saved_in(tmp_path).load() == facts
    point_to("Live")
    with pytest.raises(PriceBookError, match=r"is of .*Practice.*expected .*Live"):
        saved_in(tmp_path).load()


def test_nothing_is_saved_once_the_data_source_was_pointed_elsewhere(config, point_to, tmp_path):
    pytest.importorskip("pyodbc")
    facts = config.keeper.source.read().facts
    point_to("Practice")
    saved = saved_in(tmp_path)
    point_to("Live")
    with pytest.raises(PriceBookError, match="was changed; restart"):
        saved.save(facts)
    assert list(tmp_path.glob("price-book*")) == []


def test_a_data_source_without_a_definition_uses_no_saved_book_and_says_what_to_do(
    configure, config, point_to, caplog
):
    pytest.importorskip("pyodbc")
    point_to("Live")
    config.keeper.load()
    assert find_data_source("NOWHERE") is None
    with caplog.at_level(logging.WARNING):
        assert not configure(url="mssql+pyodbc://sa:hush@NOWHERE").keeper.load_saved()
    assert "name server and database in the URL" in caplog.text
    assert "hush" not in caplog.text
