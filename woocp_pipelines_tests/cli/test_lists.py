"""Commands that show: dead letters, the revision of our tables, help."""

import subprocess
from datetime import datetime, timedelta

import pytest
from sqlalchemy import inspect, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.settings_loading import SANDBOX_CONFIG

LETTER = [
    "id",
    "flow",
    "kind",
    "woo_order_id",
    "woo_order_number",
    "woo_customer_id",
    "cust_no",
    "sku",
    "code",
    "field",
    "found",
    "expected",
    "arithmetic",
    "next_step",
    "retryable",
    "attempts",
    "first_seen",
    "last_seen",
    "next_attempt",
]


@pytest.fixture
def refused(home, woocp):
    """A sandbox whose customer sync has refused some."""
    woocp("sync", "customers", "--sandbox")
    return home


def test_dead_letters_have_exactly_the_keys_of_the_contract(refused, woocp):
    ran = woocp("dead-letters", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert list(answer) == ["count", "dead_letters"]
    assert answer["count"] == len(answer["dead_letters"]) > 0
    assert all(list(letter) == LETTER for letter in answer["dead_letters"])


def test_dead_letters_say_when_in_utc_and_whether_in_true_or_false(refused, woocp):
    letters = woocp("dead-letters", "--sandbox", "--json").json()["dead_letters"]
    seen = datetime.fromisoformat(letters[0]["first_seen"])
    assert seen.utcoffset() == timedelta(0)
    assert letters[0]["retryable"] is False
    assert letters[0]["attempts"] == 1


def test_solved_dead_letters_are_listed_with_all_only(refused, woocp):
    every = woocp("dead-letters", "--sandbox", "--json").json()["count"]
    engine = open_engine(f"sqlite:///{refused / 'sandbox' / 'counterpoint.db'}")
    with writing(engine) as connection:
        connection.execute(
            update(USER_DEAD_LETTER).values(CLOSED_GMT=USER_DEAD_LETTER.c.LAST_SEEN_GMT)
        )
    engine.dispose()
    assert woocp("dead-letters", "--sandbox", "--json").json()["count"] == 0
    listed = woocp("dead-letters", "--all", "--sandbox", "--json").json()
    assert listed["count"] == every
    assert all(letter["closed"] for letter in listed["dead_letters"])


def test_people_read_the_next_step_of_each_dead_letter(refused, woocp):
    ran = woocp("dead-letters", "--sandbox")
    count = woocp("dead-letters", "--sandbox", "--json").json()["count"]
    assert ran.out.count("next step: ") == count
    assert ran.out.endswith(f"{count} dead letters\n")


def test_dead_letters_of_a_database_without_our_tables_name_the_command(woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_DATABASE_URL", "sqlite:///empty.db")
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    ran = woocp("dead-letters", "--json")
    assert ran.code == 2
    sentence = "there is no table USER_DEAD_LETTER yet; run `woocp db upgrade`"
    assert ran.err == f"woocp: {sentence}\n"
    assert ran.json() == {"error": sentence}


@pytest.mark.parametrize("as_json", [False, True])
def test_db_upgrade_refuses_a_database_that_is_no_counterpoint_company(
    woocp, monkeypatch, new_database, as_json
):
    engine = new_database()
    monkeypatch.setenv("WOOCP_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    ran = woocp("db", "upgrade", *(["--json"] if as_json else []))
    assert ran.code == 2
    assert f"{engine.url.database} is no Counterpoint company" in ran.err
    assert "nothing was changed; check that WOOCP_DATABASE_URL" in ran.err
    assert "applied" not in ran.out
    assert inspect(engine).get_table_names() == []


@pytest.mark.parametrize(
    "arguments",
    [("db", "current"), ("sync", "customers", "--apply"), ("settle", "7010", "--note", "x")],
    ids=" ".join,
)
def test_another_database_is_told_as_db_upgrade_tells_it_and_no_upgrade_is_the_next_step(
    woocp, monkeypatch, new_database, arguments
):
    engine = new_database()
    monkeypatch.setenv("WOOCP_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    for name, value in (("URL", "http://127.0.0.1:9"), ("KEY", "ck_1"), ("SECRET", "cs_1")):
        monkeypatch.setenv(f"WOOCP_STORE_{name}", value)
    refused, told = woocp("db", "upgrade"), woocp(*arguments, "--json")
    assert (told.code, told.err) == (2, refused.err)
    assert f"woocp: {told.json()['error']}\n" == refused.err
    assert "run `woocp db upgrade`" not in told.err


def test_db_upgrade_brings_a_database_to_the_newest_revision_once(woocp, monkeypatch, new_database):
    engine = new_database()
    create_vendor_tables(engine)
    monkeypatch.setenv("WOOCP_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    before = woocp("db", "current", "--json").json()
    first = woocp("db", "upgrade", "--json").json()
    second = woocp("db", "upgrade", "--json").json()
    after = woocp("db", "current", "--json").json()
    assert (before["revision"], before["up_to_date"]) == (None, False)
    assert first["applied"][-1] == first["revision"] == before["newest"]
    assert second == {"applied": [], "revision": before["newest"]}
    assert after == {"revision": before["newest"], "newest": before["newest"], "up_to_date": True}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sync",),
        ("demo",),
        ("dev",),
        ("dead-letters",),
        ("replay",),
        ("stock",),
        ("settle",),
        ("order",),
        ("health",),
        ("alerts",),
    ],
)
def test_help_needs_nothing_heavy(arguments, interpreter):
    code = (
        "import sys\n"
        "from woocp_pipelines.cli import main\n"
        "try:\n    main([*sys.argv[1:], '--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'dagster', 'sqlalchemy', 'flask', 'requests', 'alembic', 'pandas'}\n"
        "sys.exit(f'imported {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)\n"
    )
    ran = subprocess.run(
        [*interpreter, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "Usage: woocp" in ran.stdout


def test_no_sync_imports_dagster(home, interpreter):
    code = (
        "import sys\n"
        "from woocp_pipelines.cli import main\n"
        "try:\n    main(['sync', 'orders', '--plan', '--sandbox', '--json'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "sys.exit('dagster' in sys.modules)\n"
    )
    ran = subprocess.run([*interpreter, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
