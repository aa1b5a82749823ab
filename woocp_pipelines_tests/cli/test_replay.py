"""`woocp replay` and `woocp order`: exit codes, one document on stdout, sentences for people."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import null, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import AR_CUST
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.settings_loading import SANDBOX_CONFIG, SANDBOX_KEY
from woocp_pipelines_tests.cli.contents import contents

# In the sandbox: two customers share the buyer's e-mail; sums differ; booked at once.
AMBIGUOUS, UNEQUAL, BOOKED = "7030", "7037", "7005"


@pytest.fixture
def refused(home_booked):
    """WOOCP_HOME with orders that could not be booked."""
    return home_booked


@pytest.fixture
def counterpoint(refused):
    engine = open_engine(f"sqlite:///{refused / 'sandbox' / 'counterpoint.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def corrected(refused, counterpoint):
    """The same, after a person took the e-mail away from one of the two."""
    with writing(counterpoint) as connection:
        statement = update(AR_CUST).where(AR_CUST.c.CUST_NO == "40008")
        connection.execute(statement.values(EMAIL_ADRS_1=null(), EMAIL_ADRS_2=null()))
    return refused


def test_a_corrected_order_is_booked_and_the_store_told(corrected, woocp):
    ran = woocp("replay", AMBIGUOUS, "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert (answer["flow"], answer["mode"], answer["written"]) == ("documents", "apply", 1)
    (replayed,) = answer["replayed"]
    assert (replayed["woo_order_id"], replayed["outcome"]) == (int(AMBIGUOUS), "booked")
    assert replayed["tkt_no"].startswith("O109-")
    assert answer["notes"]["refused"] == 0
    letters = woocp("dead-letters", "--sandbox", "--json").json()["dead_letters"]
    assert int(AMBIGUOUS) not in {letter["woo_order_id"] for letter in letters}


def test_an_order_refused_again_ends_with_1_and_people_read_why(refused, woocp):
    ran = woocp("replay", UNEQUAL, BOOKED, "--sandbox")
    assert ran.code == 1
    assert f"order {UNEQUAL}: refused: ARITHMETIC: total: found 25.92" in ran.out
    assert f"order {BOOKED}: booked before: DOC_ID" in ran.out
    assert "next step: recalculate the order in WooCommerce" in ran.out


def test_an_order_that_was_booked_before_ends_with_0(refused, woocp):
    assert woocp("replay", BOOKED, "--sandbox").code == 0


def test_a_plan_writes_nothing_anywhere_and_agrees_with_what_then_happens(corrected, woocp):
    before = contents(corrected)
    plan = woocp("replay", "--all", "--plan", "--sandbox", "--json").json()
    assert contents(corrected) == before
    done = woocp("replay", "--all", "--sandbox", "--json").json()
    assert plan["notes"] is None
    assert (plan["read"], plan["written"]) == (done["read"], done["written"])
    assert plan["problems"] == done["problems"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name the orders, or give --all"),
        (("--all", UNEQUAL), "name the orders, or give --all"),
        ((UNEQUAL, "--plan", "--apply"), "exclude each other"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_writes_nothing(refused, woocp, arguments, said):
    before = contents(refused)
    ran = woocp("replay", *arguments, "--sandbox", "--json")
    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert said in ran.json()["error"]
    assert contents(refused) == before


def test_of_an_unknown_order_none_is_replayed_and_the_answer_says_so(refused, woocp):
    before = contents(refused)
    ran = woocp("replay", "1", BOOKED, "--sandbox", "--json")
    assert ran.code == 2
    assert "order 1: not known to woocp" in ran.json()["error"]
    assert contents(refused) == before


def test_a_timeline_is_one_document_with_times_in_utc_and_money_as_strings(refused, woocp):
    ran = woocp("order", BOOKED, "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert (answer["woo_order_id"], answer["state"]) == (int(BOOKED), "booked")
    assert (answer["store"]["total"], answer["store"]["currency"]) == ("93.58", "USD")
    assert {each["type"] for each in answer["documents"]} == {"O", "T"}
    assert {each["total"] for each in answer["documents"]} == {"93.58", "0.00"}
    assert answer["staging"][0]["total"] == "93.58"
    assert answer["key"]["doc_id"] in {each["doc_id"] for each in answer["documents"]}
    assert answer["outbox"][0]["status"] == "SENT"
    assert [run["flow"] for run in answer["runs"]] == ["orders", "documents", "outbox"]
    times = [datetime.fromisoformat(event["at"]) for event in answer["events"]]
    assert times == sorted(times)
    assert all(moment.utcoffset() == timedelta(0) for moment in times)


def test_people_read_the_timeline_in_the_stores_time_with_its_zone(refused, woocp):
    ran = woocp("order", UNEQUAL, "--sandbox")
    assert ran.code == 0
    assert ran.out.startswith(f"order {UNEQUAL} (id {UNEQUAL}): refused\n")
    assert "  2026-10-28 09:00:00 EDT  store         ordered\n" in ran.out
    assert "next step (ARITHMETIC): recalculate the order in WooCommerce" in ran.out


def test_offline_the_timeline_comes_from_the_database_alone(refused, woocp):
    answer = woocp("order", BOOKED, "--offline", "--sandbox", "--json").json()
    assert (answer["store"], answer["store_note"], answer["state"]) == (None, "not asked", "booked")


def test_a_store_that_cannot_be_asked_ends_with_2_and_shows_the_rest(refused, woocp, monkeypatch):
    database = refused / "sandbox" / "counterpoint.db"
    monkeypatch.setenv("WOOCP_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    monkeypatch.setenv("WOOCP_STORE_KEY", SANDBOX_KEY)
    monkeypatch.setenv("WOOCP_STORE_SECRET", "cs_wrong_one")
    with open_sandbox(refused) as sandbox, sandbox.start_store() as url:
        monkeypatch.setenv("WOOCP_STORE_URL", url)
        ran = woocp("order", BOOKED, "--json")
    assert ran.code == 2
    assert ran.json()["state"] == "booked"
    assert "the store could not be asked: GET orders/7005 401" in ran.err
    assert "cs_wrong_one" not in ran.out + ran.err


def test_every_order_that_waits_for_people_says_to_replay_it_in_the_end(refused, woocp):
    letters = woocp("dead-letters", "--sandbox", "--json").json()["dead_letters"]
    steps = {
        each["code"]: each["next_step"]
        for each in letters
        if each["kind"] == "order" and not each["retryable"]
    }
    assert {"AMBIGUOUS_CUSTOMER", "ARITHMETIC", "NO_SKU"} <= steps.keys()
    assert [code for code, step in steps.items() if not step.endswith("then replay")] == []


def test_an_order_that_nobody_knows_ends_with_2(refused, woocp):
    ran = woocp("order", "4711", "--sandbox")
    assert ran.code == 2
    assert "order 4711: not known to woocp; the store: has no such order" in ran.err
