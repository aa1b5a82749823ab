"""`woocp sync`: the shape of its answer, its exit codes, and what plan mode leaves alone."""

import pytest

from woocp_pipelines_tests.cli.contents import contents
from woocp_pipelines_tests.cli.contract import CONTRACT

FLOWS = ("customers", "orders", "documents", "inventory", "outbox", "fulfilment")


def test_json_is_the_one_document_on_stdout_and_has_the_keys_of_the_contract(home, woocp):
    ran = woocp("sync", "orders", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert answer.keys() >= CONTRACT
    assert (answer["flow"], answer["mode"]) == ("orders", "apply")
    assert answer["written"] > 0
    assert answer["problems"] == []


def test_refused_records_end_with_1_and_are_named(home, woocp):
    ran = woocp("sync", "customers", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 1
    assert answer["refused"] == len(answer["problems"]) > 0
    assert {"kind": "customer", "key": "22", "code": "AMBIGUOUS_CUSTOMER"} in answer["problems"]


def test_people_read_what_is_wrong_and_what_to_do(home, woocp):
    ran = woocp("sync", "customers", "--sandbox")
    assert ran.code == 1
    assert "refused customer 22: AMBIGUOUS_CUSTOMER" in ran.out
    assert "next step: enter the right customer in USER_CUSTOMER_MAP" in ran.out


@pytest.mark.parametrize("flow", FLOWS)
def test_a_plan_writes_nothing_anywhere(home, woocp, flow):
    before = contents(home)
    ran = woocp("sync", flow, "--plan", "--sandbox", "--json")
    assert ran.json()["mode"] == "plan"
    assert contents(home) == before


def test_all_flows_one_after_the_other_book_what_can_be_booked(home, woocp):
    codes = {flow: woocp("sync", flow, "--sandbox", "--json").code for flow in FLOWS[:2]}
    booked = woocp("sync", "documents", "--sandbox", "--json").json()
    again = woocp("sync", "documents", "--sandbox", "--json").json()
    notes = woocp("sync", "outbox", "--sandbox", "--json").json()
    stock = woocp("sync", "inventory", "--sandbox", "--full", "--json").json()
    assert codes == {"customers": 1, "orders": 0}
    assert (booked["written"], again["written"]) == (42, 0)
    assert notes["written"] == 42
    assert stock["written"] > 0


def test_since_reads_orders_again_from_that_day_on(home, woocp):
    woocp("sync", "orders", "--sandbox")
    plain = woocp("sync", "orders", "--sandbox", "--json").json()
    since = woocp("sync", "orders", "--since", "2026-10-01", "--sandbox", "--json").json()
    assert since["read"] > plain["read"]
    assert since["written"] == 0


@pytest.mark.parametrize("mode", ["--apply", "--plan"])
def test_a_full_reading_of_orders_answers_in_the_same_shape(home, woocp, mode):
    woocp("sync", "orders", "--sandbox")
    ran = woocp("sync", "orders", "--full", mode, "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert answer.keys() >= CONTRACT
    assert (answer["mode"], answer["written"], answer["problems"]) == (mode[2:], 0, [])
    assert answer["facts"]["orders_listed"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sync", "orders", "--plan", "--apply"), "exclude each other"),
        (("sync", "everything"), "everything"),
        (("sync", "orders", "--since", "tomorrow"), "found 'tomorrow', expected a day"),
        (("sync", "orders", "--since", "2026-10-1"), "as YYYY-MM-DD; write it like"),
        (("sync", "customers", "--since", "2026-10-01"), "belongs to `woocp sync orders`"),
        (("sync", "inventory", "--since", "2026-10-01"), "belongs to `woocp sync orders`"),
        (("sync", "orders", "--since", "2026-09-30"), "before orders.start_date 2026-10-01"),
        (("sync", "orders", "--since", "2999-01-01"), "2999-01-01 is still to come"),
        (("sync", "inventory", "--approve", "no-such-run"), "is not a blocked inventory run"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_so_on_stderr(home, woocp, arguments, said):
    ran = woocp(*arguments, "--sandbox")
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json",), "No such option: --json"),
        (("--json", "sync", "everything"), "No such option: --json"),
        (("sync", "everything", "--json"), "No such command 'everything'."),
        (("sync", "orders", "--jsn", "--json"), "No such option: --jsn"),
        (("sync", "orders", "--since", "--json"), "expected a day of the calendar"),
        (("sync", "orders", "--json", "--plan", "--apply"), "exclude each other"),
        (("sync", "orders", "--json", "--since", "2026-10-1"), "'2026-10-1', expected a day"),
        (("reconcile", "--json"), "Missing argument 'DAY'."),
    ],
)
def test_a_command_line_that_cannot_be_read_is_answered_in_json_too(woocp, arguments, said):
    ran = woocp(*arguments)
    assert ran.code == 2
    (error,) = ran.json().values()
    assert list(ran.json()) == ["error"]
    assert said in error
    # People read the same on stderr, with or without --json.
    assert f"Error: {error}" in ran.err
    assert ran.err.startswith("Usage: woocp")


def test_debug_adds_the_traceback(home, woocp):
    arguments = ("sync", "orders", "--since", "2026-09-30", "--sandbox")
    assert "Traceback" not in woocp(*arguments).err
    assert "Traceback" in woocp("--debug", *arguments).err
