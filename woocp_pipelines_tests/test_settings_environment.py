"""The environment and .env: what wins, what belongs together, and where the sandbox is used."""

from pathlib import Path

import pytest

from woocp_pipelines.settings_loading import SANDBOX_STORE_URL, SettingsError, load_settings
from woocp_pipelines_tests.settings_files import (
    ALL,
    CODES,
    DATABASE,
    NAMES,
    SECRETS,
    STORE,
    clean,
    given,
    with_file,
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return clean(monkeypatch, tmp_path)


def test_a_file_of_another_name_is_read_where_the_environment_says(monkeypatch, folder):
    (folder / "other.toml").write_text(CODES + '[store]\ncurrency = "EUR"\n')
    given(monkeypatch, WOOCP_CONFIG="other.toml")
    assert load_settings().store.currency == "EUR"


def test_a_byte_order_mark_of_a_windows_editor_is_no_part_of_a_name(folder):
    (folder / ".env").write_text("WOOCP_HOME=elsewhere\n", "utf-8-sig")
    assert with_file(CODES, "utf-8-sig").connections.home == Path("elsewhere")


def test_an_environment_file_in_another_encoding_is_named(folder):
    (folder / ".env").write_text("WOOCP_HOME=é\n", "utf-16")
    with pytest.raises(SettingsError, match=r"^\.env: not UTF-8"):
        with_file(CODES)


def test_real_variables_win_over_the_file_also_when_empty(monkeypatch, folder):
    (folder / ".env").write_text("WOOCP_HOME=from-file\nWOOCP_DATABASE_URL=sqlite:///x.db\n")
    assert with_file(CODES).connections.home == Path("from-file")
    given(monkeypatch, WOOCP_HOME="real", WOOCP_DATABASE_URL="")
    connections = load_settings().connections
    assert (connections.home, connections.database_url) == (Path("real"), None)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch, name):
    before = with_file(CODES)
    given(monkeypatch, **{name: ""})
    assert load_settings() == before


@pytest.mark.parametrize("missing", list(STORE))
def test_a_store_with_a_part_missing_is_an_error_that_names_it(monkeypatch, missing):
    given(monkeypatch, **{name: value for name, value in ALL.items() if name != missing})
    for allow in (True, False):
        with pytest.raises(SettingsError) as error:
            load_settings(allow_sandbox=allow)
        assert missing in str(error.value)
        assert not [secret for secret in SECRETS if secret in str(error.value)]


def test_one_missing_variable_is_spoken_of_as_one(monkeypatch):
    given(monkeypatch, **STORE)
    with pytest.raises(SettingsError, match="WOOCP_DATABASE_URL not set; set it "):
        load_settings(need=("database", "store"))
    for name in STORE:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match="WOOCP_STORE_SECRET not set; set them "):
        load_settings(need=("database", "store"))


@pytest.mark.parametrize("given_one", list(ALL))
def test_one_connection_variable_is_never_completed_from_the_sandbox(monkeypatch, given_one):
    given(monkeypatch, **{given_one: ALL[given_one]})
    with pytest.raises(SettingsError, match="not set"):
        load_settings(allow_sandbox=True, need=("database", "store"))


def test_without_connections_the_sandbox_is_used_only_where_it_is_allowed():
    allowed = load_settings(allow_sandbox=True, need=("database", "store"))
    assert allowed.connections.sandbox
    assert allowed.connections.store_url == SANDBOX_STORE_URL
    assert allowed.mode == "apply"
    Path("woocp.toml").write_text(CODES)
    with pytest.raises(SettingsError, match=r"WOOCP_DATABASE_URL.* --sandbox"):
        load_settings(need=("database",))
    with pytest.raises(SettingsError, match="WOOCP_STORE_URL, WOOCP_STORE_KEY"):
        load_settings(need=("store",))


def test_a_forced_sandbox_never_sees_the_real_connections(monkeypatch):
    given(monkeypatch, **ALL)
    connections = load_settings(force_sandbox=True).connections
    assert connections.sandbox
    assert connections.database_url.get_secret_value().startswith("sqlite:///")
    assert connections.store_url == SANDBOX_STORE_URL


def test_allowed_is_not_forced(monkeypatch):
    given(monkeypatch, **ALL)
    Path("woocp.toml").write_text(CODES)
    connections = load_settings(allow_sandbox=True).connections
    assert not connections.sandbox
    assert connections.database_url.get_secret_value() == DATABASE


@pytest.mark.parametrize(
    "url",
    [
        "shop.example",
        "ftp://shop.example",
        "https:///",
        SECRETS[3],
        "https://x/?consumer_key=ck_1",
        "https://[x",
    ],
)
def test_a_store_address_that_is_none_or_holds_a_key_is_refused_unseen(monkeypatch, url):
    given(monkeypatch, **{**ALL, "WOOCP_STORE_URL": url})
    with pytest.raises(SettingsError, match="WOOCP_STORE_URL: expected http") as error:
        with_file(CODES)
    assert url not in str(error.value)


@pytest.mark.parametrize("port", ["abc", "70000", "-1"])
def test_a_port_that_is_none_is_refused_with_what_was_found(monkeypatch, port):
    given(monkeypatch, WOOCP_PRICING_PORT=port)
    with pytest.raises(SettingsError, match=f"WOOCP_PRICING_PORT: .*found '?{port}"):
        with_file(CODES)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (DATABASE, "CPDATA"),
        ("mssql+pyodbc://woocp:Pa55-word@sql/CP Practice", "CP-Practice"),
        (
            "mssql+pyodbc:///?odbc_connect=Server%3Dsql%3BDatabase%3D%7BCPTRAIN%7D%3BPWD%3DPa55",
            "CPTRAIN",
        ),
        ("mssql+pyodbc://woocp:Pa55-word@counterpoint_dsn", "counterpoint_dsn"),
        ("sqlite:////var/lib/woocp/practice.db", "practice"),
    ],
)
def test_an_installation_is_called_by_its_database_unless_it_has_a_name(monkeypatch, url, name):
    given(monkeypatch, **{**ALL, "WOOCP_DATABASE_URL": url})
    assert with_file(CODES).connections.installation == name
    given(monkeypatch, WOOCP_NAME="practice-2")
    assert with_file(CODES).connections.installation == "practice-2"


@pytest.mark.parametrize("name", ["a b", "x" * 41, "Sandbox"])
def test_a_name_that_dagster_cannot_show_or_that_would_deceive_is_refused(monkeypatch, name):
    given(monkeypatch, **ALL, WOOCP_NAME=name)
    with pytest.raises(SettingsError, match=r"WOOCP_NAME: expected at most 40 letters"):
        with_file(CODES)
