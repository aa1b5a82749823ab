"""Real connections: what is missing or wrong is said in sentences, never with a secret."""

import shutil
import tomllib

import pytest
from sqlalchemy import DDL, inspect

from woocp_pipelines.commands.sandbox_session import own_sandbox
from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.settings_loading import SANDBOX_CONFIG, SANDBOX_KEY, SANDBOX_SECRET
from woocp_pipelines_tests.cli.contract import CONTRACT

FLOWS = ("customers", "orders", "documents", "inventory", "outbox")


@pytest.fixture
def connected(home, tmp_path, monkeypatch):
    """Variables of real connections: a served store and a Counterpoint without our tables."""
    database = tmp_path / "live.db"
    shutil.copyfile(home / "sandbox" / "counterpoint.db", database)
    engine = open_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        names = inspect(connection).get_table_names()
        for name in (each for each in names if each.startswith("USER_")):
            connection.execute(DDL("DROP TABLE %(name)s", context={"name": name}))
    config = tmp_path / "woocp.toml"
    config.write_text(SANDBOX_CONFIG.read_text("utf-8").replace('mode = "apply"', 'mode = "plan"'))
    assert tomllib.loads(config.read_text("utf-8"))["mode"] == "plan"
    monkeypatch.setenv("WOOCP_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("WOOCP_STORE_KEY", SANDBOX_KEY)
    monkeypatch.setenv("WOOCP_STORE_SECRET", SANDBOX_SECRET)
    with own_sandbox(home) as sandbox, sandbox.start_store() as url:
        monkeypatch.setenv("WOOCP_STORE_URL", url)
        yield engine
    engine.dispose()


def test_without_connections_a_command_names_them_and_the_sandbox(woocp):
    ran = woocp("sync", "orders", "--json")
    assert ran.code == 2
    assert "WOOCP_DATABASE_URL" in ran.err
    assert "--sandbox" in ran.err
    answer = ran.json()
    assert answer.keys() >= CONTRACT
    assert (answer["flow"], answer["mode"], answer["outcome"]) == ("orders", None, "failed")
    assert "WOOCP_DATABASE_URL" in answer["error"]


def test_half_a_set_of_store_variables_is_an_error(woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_DATABASE_URL", "sqlite:///x.db")
    monkeypatch.setenv("WOOCP_STORE_URL", "https://shop.example")
    ran = woocp("sync", "orders")
    assert ran.code == 2
    assert "WOOCP_STORE_KEY, WOOCP_STORE_SECRET not set" in ran.err


def test_every_unknown_setting_has_its_own_line(connected, woocp, tmp_path):
    config = tmp_path / "woocp.toml"
    text = config.read_text("utf-8").replace("[store]", "[store]\ncolour = 1\nshape = 2")
    config.write_text(text, "utf-8")
    lines = [line for line in woocp("sync", "orders").err.splitlines() if "unknown setting" in line]
    assert [line.split(":")[2].strip() for line in lines] == ["store.colour", "store.shape"]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_plan_works_before_db_upgrade(connected, woocp, flow):
    ran = woocp("sync", flow, "--json")
    assert ran.code in (0, 1), ran.err
    assert ran.json()["mode"] == "plan"


def test_apply_before_db_upgrade_names_the_command(connected, woocp):
    ran = woocp("sync", "orders", "--apply")
    assert (ran.code, ran.out) == (2, "")
    assert "`woocp db upgrade`" in ran.err


def test_a_failed_run_answers_in_json_which_run_it_was_and_why(connected, woocp, monkeypatch):
    upgrade(connected)
    monkeypatch.setenv("WOOCP_STORE_SECRET", "cs_wrong_one")
    ran = woocp("sync", "orders", "--json")
    answer = ran.json()
    assert ran.code == 2
    assert answer.keys() >= CONTRACT
    assert (answer["written"], answer["refused"], answer["problems"]) == (0, 0, [])
    assert answer["seconds"] > 0
    assert (answer["flow"], answer["mode"], answer["outcome"]) == ("orders", "plan", "failed")
    assert answer["error"].startswith("the store: GET orders")
    assert f"woocp: {answer['error']}\n" in ran.err
    assert "cs_wrong_one" not in ran.out + ran.err


def test_apply_without_a_start_date_is_refused(connected, woocp, tmp_path):
    upgrade(connected)
    config = tmp_path / "woocp.toml"
    lines = config.read_text("utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if "start_date" not in line), "utf-8")
    ran = woocp("sync", "orders", "--apply")
    assert ran.code == 2
    assert "orders.start_date" in ran.err


def test_apply_on_another_companys_database_lists_the_differences(connected, woocp):
    upgrade(connected)
    with connected.begin() as connection:
        connection.exec_driver_sql("DROP TABLE PS_DOC_PMT_PROMPT")
    ran = woocp("sync", "documents", "--apply")
    assert ran.code == 2
    assert "PS_DOC_PMT_PROMPT" in ran.err


def test_a_wrong_key_is_explained_without_the_secret(connected, woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_STORE_SECRET", "cs_very_secret_indeed")
    ran = woocp("--debug", "sync", "orders")
    assert ran.code == 2
    assert "check WOOCP_STORE_KEY" in ran.err
    assert "cs_very_secret_indeed" not in ran.err + ran.out


def test_a_database_url_is_never_shown(connected, woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_DATABASE_URL", "oracle://scott:tigerpassword@host/base")
    ran = woocp("--debug", "sync", "orders")
    assert ran.code == 2
    assert "'oracle' is not supported" in ran.err
    assert "tigerpassword" not in ran.err + ran.out


def test_a_plan_before_db_upgrade_works_whatever_the_setting_is(connected, woocp, tmp_path):
    config = tmp_path / "woocp.toml"
    config.write_text(config.read_text("utf-8").replace('mode = "plan"', 'mode = "apply"'), "utf-8")
    codes = {flow: woocp("sync", flow, "--plan").code for flow in FLOWS}
    assert set(codes.values()) <= {0, 1}, codes
