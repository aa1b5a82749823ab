"""`woocp settle`: exit codes, one document on stdout, sentences for people, what is kept."""

import shutil

import pytest

from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.settings_loading import SANDBOX_CONFIG
from woocp_pipelines_tests.cli.contents import contents
from woocp_pipelines_tests.sandbox_copies import context_of, copy_of

# In the sandbox: sums differ; booked, and then put on hold by the shop.
UNEQUAL, CHANGED = "7037", "7005"


@pytest.fixture(scope="module")
def changed_home(booked_home, tmp_path_factory):
    """A sandbox whose orders are booked, one of which the shop then put on hold; to be copied."""
    home = tmp_path_factory.mktemp("changed") / "home"
    with copy_of(booked_home, home) as sandbox, context_of(sandbox) as context:
        context.store.put(f"orders/{CHANGED}", {"status": "on-hold"})
        pull_orders(context)
    return home


@pytest.fixture
def home(empty_home, changed_home):
    shutil.copytree(changed_home, empty_home, dirs_exist_ok=True)
    return empty_home


def letters(woocp, *options):
    return woocp("dead-letters", "--sandbox", "--json", *options).json()["dead_letters"]


def test_orders_with_and_without_document_are_settled_together(home, woocp):
    ran = woocp("settle", UNEQUAL, CHANGED, "--note", "done", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert answer["refused"] == 0
    outcomes = {each["woo_order_number"]: each["outcome"] for each in answer["settled"]}
    assert outcomes == {UNEQUAL: "never booked", CHANGED: "accepted"}
    assert [each["letters"][0]["code"] for each in answer["settled"]] == [
        "ARITHMETIC",
        "ORDER_PUT_ON_HOLD",
    ]
    still_open = {letter["woo_order_number"] for letter in letters(woocp)}
    assert not still_open & {UNEQUAL, CHANGED}


def test_who_and_why_stand_in_the_list_of_all_letters_and_in_the_timeline(home, woocp):
    woocp("settle", CHANGED, "--note", "kept back", "--by", "Ann Lee", "--sandbox")
    (kept,) = [each for each in letters(woocp, "--all") if each["settled_by"]]
    assert (kept["settled_by"], kept["settled_note"]) == ("Ann Lee", "kept back")
    assert kept["closed"]
    assert "settled_by" not in letters(woocp)[0]
    said = woocp("order", CHANGED, "--offline", "--sandbox").out
    assert "ORDER_PUT_ON_HOLD (revision) settled by Ann Lee: kept back" in said
    assert "(settled by Ann Lee: kept back, " in woocp("dead-letters", "--all", "--sandbox").out


def test_people_read_what_they_accepted(home, woocp):
    ran = woocp("settle", CHANGED, "--note", "kept back", "--sandbox")
    assert ran.code == 0
    assert f"order {CHANGED}: the order as it was then is accepted" in ran.out
    assert "  ORDER_PUT_ON_HOLD: status completed → on-hold" in ran.out


def test_an_order_letter_alone_is_refused_with_1_and_names_the_order(home, woocp):
    (letter,) = [each for each in letters(woocp) if each["woo_order_number"] == UNEQUAL]
    ran = woocp("settle", "--letter", str(letter["id"]), "--note", "x", "--sandbox")
    assert ran.code == 1
    assert f"order {UNEQUAL}: refused: ORDER_IS_MEANT" in ran.out
    assert f"next step: `woocp settle {UNEQUAL} --note …`" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((UNEQUAL,), "Missing option '--note'"),
        (("--note", "x"), "name the orders, or dead letters with --letter"),
        ((UNEQUAL, "--note", " "), "a note is needed"),
        ((UNEQUAL, "1", "--note", "x"), "order 1: not known to woocp"),
        ((UNEQUAL, "--letter", "9999", "--note", "x"), "no dead letter 9999"),
    ],
)
def test_what_cannot_be_settled_ends_with_2_and_writes_nothing(home, woocp, arguments, said):
    before = contents(home)
    ran = woocp("settle", *arguments, "--sandbox", "--json")
    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert said in ran.json()["error"]
    assert contents(home) == before


def test_before_the_upgrade_it_names_the_command(woocp, monkeypatch, new_database):
    engine = new_database()
    create_vendor_tables(engine)
    monkeypatch.setenv("WOOCP_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    ran = woocp("settle", "1", "--note", "x")
    assert ran.code == 2
    assert "`woocp db upgrade`" in ran.err
