"""`woocp sync fulfilment`, and the sandbox's tills that give it something to tell."""

import re

import pytest

from woocp_pipelines.sandbox.store import StoreState
from woocp_pipelines_tests.cli.contents import contents
from woocp_pipelines_tests.cli.contract import CONTRACT

# Booked with a deposit, one line, processing in the shop.
ORDER = "7003"


@pytest.fixture
def booked(home_booked, woocp):
    """The sandbox after its orders were booked and looked at; nothing is shipped."""
    found = woocp("sync", "fulfilment", "--sandbox", "--json").json()
    assert (found["read"], found["written"]) == (42, 0)


def test_a_released_order_is_completed(woocp, booked):
    shipped = woocp("sandbox", "ship", ORDER, "--tracking", "1Z999", "--json")
    assert shipped.code == 0
    ran = woocp("sync", "fulfilment", "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["written"], answer["problems"]) == (0, 1, [])
    assert answer.keys() >= CONTRACT
    shown = woocp("order", ORDER, "--sandbox", "--json").json()
    assert shown["store"]["status"] == "completed"
    assert shown["outbox"][-1]["kind"] == "SHIPPED:1"
    assert shown["outbox"][-1]["note"].endswith("Tracking: 1Z999")
    assert woocp("sync", "fulfilment", "--sandbox", "--json").json()["written"] == 0


def test_a_cancelled_order_ends_with_1_and_says_what_to_do(woocp, booked):
    assert woocp("sandbox", "cancel", ORDER).code == 0
    ran = woocp("sync", "fulfilment", "--sandbox")
    assert ran.code == 1
    assert f"refused revision {ORDER}: DOCUMENT_CANCELLED" in ran.out
    (letter,) = [
        each
        for each in woocp("dead-letters", "--sandbox", "--json").json()["dead_letters"]
        if each["flow"] == "fulfilment"
    ]
    assert (letter["kind"], letter["woo_order_number"]) == ("revision", ORDER)
    settled = woocp("settle", ORDER, "--note", "refunded", "--by", "Ann", "--sandbox")
    assert settled.code == 0
    assert woocp("sync", "fulfilment", "--sandbox").code == 0


def test_a_plan_writes_nothing_anywhere(home_booked, woocp, booked):
    woocp("sandbox", "ship", ORDER, "--post")
    before = contents(home_booked)
    ran = woocp("sync", "fulfilment", "--plan", "--sandbox", "--json")
    assert (ran.json()["mode"], ran.json()["written"]) == ("plan", 1)
    assert contents(home_booked) == before


def test_a_plan_refuses_what_the_run_refuses_with_the_same_exit_code(home_booked, woocp, booked):
    set_status(home_booked, "on-hold")
    woocp("sandbox", "ship", ORDER)
    plan = woocp("sync", "fulfilment", "--plan", "--sandbox", "--json")
    ran = woocp("sync", "fulfilment", "--apply", "--sandbox", "--json")
    wanted = [{"kind": "revision", "key": ORDER, "code": "STATUS_NOT_PROCESSING"}]
    assert (plan.code, plan.json()["problems"]) == (1, wanted)
    assert (ran.code, ran.json()["problems"]) == (1, wanted)
    assert "status" not in [change["what"] for change in plan.json()["changes"]]
    set_status(home_booked, "processing")
    shown = woocp("sync", "fulfilment", "--plan", "--sandbox")
    assert shown.code == 0
    assert re.search(rf"{ORDER} +│ status +│ processing +│ completed", shown.out)
    assert woocp("sync", "fulfilment", "--sandbox").code == 0
    assert woocp("order", ORDER, "--sandbox", "--json").json()["store"]["status"] == "completed"


def set_status(home, status):
    """What the shop's staff do meanwhile."""
    state = StoreState.open(home / "sandbox" / "store.db")
    record = state.find("order", int(ORDER))
    state.save("order", {**record, "status": status})
    state.close()


def test_the_tills_refuse_what_cannot_be(woocp, booked):
    assert "such as 1=2" in woocp("sandbox", "ship", ORDER, "--line", "one").err
    too_much = woocp("sandbox", "ship", ORDER, "--line", "1=999999")
    assert (too_much.code, "is open, not 999999" in too_much.err) == (2, True)
    woocp("sandbox", "cancel", ORDER)
    again = woocp("sandbox", "cancel", ORDER)
    assert (again.code, "has no open document" in again.err) == (2, True)
