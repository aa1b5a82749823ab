"""`woocp doctor` and `woocp grants`: what is printed, the exit codes, and systems that are away."""

import pytest
from rich.console import Console
from sqlalchemy import delete, update

from woocp_pipelines.commands.doctor import _show_finding
from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.rules.doctor.findings import Finding
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.settings_loading import SANDBOX_CONFIG

KEYS = ["id", "level", "table", "column", "found", "expected", "why", "fix", "stops"]
# What the invented retailer has on purpose: a number beyond a counter, rules nobody can decide.
SEEDED = {"numbers.beyond_counter", "prices.undecidable", "prices.open_contract"}


@pytest.fixture
def broken(home):
    """The sandbox with three faults."""
    engine = open_engine(f"sqlite:///{home / 'sandbox' / 'counterpoint.db'}")
    tables = vendor_tables()
    with writing(engine) as connection:
        connection.execute(update(tables["PS_STR_CFG_PS"]).values(USE_MISC_1="N"))
        pay = tables["SY_PAY_COD"]
        connection.execute(delete(pay).where(pay.c.PAY_COD == "WIRE"))
        station = tables["PS_STA_CFG_PS"]
        wanted = station.c.STA_ID == "109"
        connection.execute(update(station).where(wanted).values(NXT_ORD_NO="O109-00000001"))
    engine.dispose()
    return home


def test_the_sandbox_is_yellow_for_what_was_put_into_it(home, woocp):
    ran = woocp("doctor", "--sandbox", "--json")
    told = ran.json()
    assert (ran.code, told["status"]) == (1, "yellow")
    assert {each["id"] for each in told["findings"]} == SEEDED
    assert all(list(each) == KEYS for each in told["findings"])
    assert {each["level"] for each in told["findings"]} == {"yellow"}
    assert told["counts"]["red"] == 0
    assert {"what", "why", "how"} == set(told["by_hand"][0])


def test_three_planted_faults_are_three_red_findings(broken, woocp):
    ran = woocp("doctor", "--sandbox", "--json")
    told = ran.json()
    assert (ran.code, told["status"], told["counts"]["red"]) == (2, "red", 3)
    assert [(each["table"], each["column"]) for each in told["findings"][:3]] == [
        ("PS_STR_CFG_PS", "USE_MISC_1"),
        ("PS_STA_CFG_PS", "NXT_ORD_NO"),
        ("SY_PAY_COD", "PAY_COD"),
    ]


def test_people_read_what_why_and_how(broken, woocp):
    ran = woocp("doctor", "--sandbox")
    assert ran.code == 2
    assert "[red] codes.charge_slot PS_STR_CFG_PS.USE_MISC_1" in ran.out
    for word in ("found:", "expected:", "why:", "fix:", "stops:    documents", "check by hand"):
        assert word in ran.out
    assert ran.out.startswith("doctor: red (3 red")
    # A sandbox may have any Dagster.
    assert "Dagster's own settings" not in ran.out


def test_on_a_screen_long_texts_stand_below_each_other(capsys):
    said = Finding(id="a.b", level="red", found="x", expected="y", why="word " * 40, fix="z")
    _show_finding(said, Console(width=60, force_terminal=True))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert [each for each in lines if each.startswith(" " * 12 + "word")]
    _show_finding(said, Console(width=60, force_terminal=False))
    assert ("  why:      " + "word " * 40) in capsys.readouterr().out.splitlines()


def test_writing_refuses_to_start_while_doctor_is_red_for_it(broken, woocp):
    ran = woocp("sync", "documents", "--apply", "--sandbox", "--json")
    assert ran.code == 2
    assert "USE_MISC_1" in ran.json()["error"]
    assert woocp("sync", "documents", "--plan", "--sandbox").code in (0, 1)
    assert woocp("sync", "outbox", "--apply", "--sandbox").code == 0


def test_both_systems_away_are_told_and_nothing_fails(empty_home, monkeypatch, woocp):
    folder = empty_home / "nowhere"
    for name, value in {
        "DATABASE_URL": f"sqlite:///{folder / 'x.db'}",
        "STORE_URL": "http://127.0.0.1:9",
        "STORE_KEY": "ck_0123456789012345",
        "STORE_SECRET": "cs_0123456789012345",
        "CONFIG": str(SANDBOX_CONFIG),
    }.items():
        monkeypatch.setenv(f"WOOCP_{name}", value)
    ran = woocp("doctor", "--json")
    told = ran.json()
    assert ran.code == 2
    assert [each["id"] for each in told["findings"]] == ["database.reachable", "store.reachable"]
    assert "codes.station" in told["not_asked"]
    assert "cs_0123456789012345" not in ran.out + ran.err


def test_a_store_that_is_not_set_is_told_and_the_database_is_examined(home, monkeypatch, woocp):
    monkeypatch.setenv("WOOCP_DATABASE_URL", f"sqlite:///{home / 'sandbox' / 'counterpoint.db'}")
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    found = {each["id"] for each in woocp("doctor", "--json").json()["findings"]}
    assert found == {"store.configured", *SEEDED}
    assert "Dagster's own settings are looked at by the job examination" in woocp("doctor").out


def test_grants_are_printed_for_each_role_without_any_connection(empty_home, woocp):
    ran = woocp("grants")
    assert ran.code == 0
    for name in ("woocp_syncs", "woocp_pricing", "woocp_doctor"):
        assert f"CREATE ROLE [{name}]" in ran.out
    told = woocp("grants", "--role", "pricing", "--json").json()
    assert [each["role"] for each in told["roles"]] == ["pricing"]
    assert told["roles"][0]["rights"]["IM_PRC"] == ["SELECT"]
