"""Orders tried again after the fix: read afresh, booked at once, and each with a clear answer."""

import pytest

from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.order_lookup import OrderNotFoundError
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.order_world import conflict_once, holds
from woocp_pipelines_tests.worked_example import example_order


def replay(world, *asked, **options):
    return replay_orders(world.context, asked, **{"wait_seconds": 0, **options})


def outcomes(found):
    return {each.order.number: each.outcome for each in found.orders}


def codes(found):
    return {item.key: item.problem.code for item in found.report.refused}


def refuse(world, *order_ids, numbers=None):
    """Orders whose payment has no pay code here."""
    world.orders(*order_ids, payment_method="cheque")
    for order_id, number in (numbers or {}).items():
        world.overwrite(order_id, number=number)
    world.pull()
    world.book()


@pytest.fixture
def refused(world):
    refuse(world, 20001)
    holds(world.staged(), STATUS="REFUSED", ERROR_CODE="NO_PAY_CODE")
    return world


def mapped(world):
    """The setting that was missing."""
    world.configure(payments={"pay_codes": {"nmi": "WEB", "cheque": "WEB"}})


def test_an_order_is_booked_at_once_after_the_setting_was_corrected(refused):
    assert refused.book().read == 0
    mapped(refused)
    found = replay(refused, "20001")
    (answer,) = found.orders
    row = refused.staged()
    assert (answer.outcome, answer.doc_id, answer.tkt_no) == (
        "booked",
        row["DOC_ID"],
        row["TKT_NO"],
    )
    assert answer.sentence() == f"booked: DOC_ID {row['DOC_ID']}, TKT_NO {row['TKT_NO']}"
    assert (found.report.read, found.report.created, found.report.refused) == (1, 1, [])
    assert refused.letters() == []
    assert refused.notify().created == 1


def test_an_order_corrected_in_the_store_is_read_again_and_needs_no_pull(refused):
    refused.change(payment_method="nmi")
    assert outcomes(replay(refused, "20001")) == {"20001": "booked"}
    assert refused.staged()["PMT_METH_ID"] == "nmi"


def test_a_corrected_sku_counts_though_no_hash_shows_it(world):
    first, second = example_order()["line_items"]
    world.order(line_items=[{**first, "sku": "NOPE"}, second])
    world.pull()
    world.book()
    before = world.staged()
    assert before["ERROR_CODE"] == "SKU_NOT_FOUND"
    world.store.put(f"products/{first['product_id']}", {"sku": first["sku"]})
    assert outcomes(replay(world, "20001")) == {"20001": "booked"}
    assert world.staged()["CONTENT_HASH"] == before["CONTENT_HASH"]
    assert {row["ITEM_NO"] for row in world.rows("USER_ORDER_STAGING_LIN")} == {
        "01-10100",
        "01-10251",
    }


def test_an_order_that_is_still_wrong_keeps_its_dead_letter_and_counts_the_attempt(refused):
    found = replay(refused, "20001")
    (answer,) = found.orders
    assert (answer.outcome, answer.problem.code) == ("refused", "NO_PAY_CODE")
    assert codes(found) == {"20001": "NO_PAY_CODE"}
    (letter,) = refused.letter_rows()
    assert letter["ATTEMPTS"] == 2
    assert refused.staged()["STATUS"] == "REFUSED"


def test_a_waiting_order_does_not_wait_out_its_pause(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order()
    world.pull()
    world.book()
    world.set_rows("PS_DRW_SESSION", {}, STAT="A")
    assert world.book().read == 0
    assert outcomes(replay(world, "20001")) == {"20001": "booked"}


def test_only_the_orders_asked_for_are_booked(refused):
    refused.order(20002)
    refused.pull()
    mapped(refused)
    found = replay(refused, "20001")
    assert (found.report.read, found.report.created) == (1, 1)
    assert refused.statuses() == {20001: "BOOKED", 20002: "PENDING"}


def test_all_refused_orders_are_replayed_together(world):
    refuse(world, 20001, 20002, 20003)
    world.order(20004)
    world.pull()
    mapped(world)
    world.change(20003, payment_method="paypal")
    found = replay(world, every=True)
    assert outcomes(found) == {"20001": "booked", "20002": "booked", "20003": "refused"}
    assert world.statuses()[20004] == "PENDING"
    assert replay(world, every=True).report.read == 1


def test_a_booked_order_is_told_with_its_document_and_never_booked_twice(world):
    world.order()
    world.pull()
    world.book()
    row = world.staged()
    found = replay(world, "20001", "20001")
    (answer,) = found.orders
    assert (answer.outcome, answer.tkt_no) == ("booked before", row["TKT_NO"])
    assert (found.report.read, found.report.unchanged, found.report.refused) == (1, 1, [])
    assert world.orders_booked() == ["WOO 20001"]


def test_a_row_that_somebody_put_back_follows_its_key(world):
    world.order()
    world.pull()
    world.book()
    world.set_rows("USER_ORDER_STAGING", {}, STATUS="REFUSED")
    found = replay(world, "20001")
    assert outcomes(found) == {"20001": "booked before"}
    assert (found.report.read, found.report.unchanged) == (1, 1)
    assert world.staged()["STATUS"] == "BOOKED"
    assert world.orders_booked() == ["WOO 20001"]


def test_a_note_that_waits_or_was_given_up_goes_at_once(world):
    world.orders(20001, 20002)
    world.pull()
    world.book()
    later = world.clock.now.replace(year=2030)
    world.set_rows("USER_STORE_OUTBOX", {"WOO_ORDER_ID": 20001}, NEXT_ATTEMPT_GMT=later)
    world.set_rows("USER_STORE_OUTBOX", {"WOO_ORDER_ID": 20002}, STATUS="REFUSED")
    assert world.notify().read == 0
    assert replay(world, "20001", "20002").report.facts["notes_due_again"] == 2
    assert world.notify().created == 2


def test_a_conflict_over_the_notes_costs_one_more_try(world):
    world.order()
    world.pull()
    world.book()
    later = world.clock.now.replace(year=2030)
    world.set_rows("USER_STORE_OUTBOX", {}, NEXT_ATTEMPT_GMT=later)
    conflict_once(world.engine, "UPDATE", "USER_STORE_OUTBOX")
    assert replay(world, "20001").report.facts["notes_due_again"] == 1
    assert world.notify().created == 1


def test_an_order_gone_from_the_store_is_not_booked_from_memory(refused):
    mapped(refused)
    refused.state.remove("order", 20001)
    found = replay(refused, "20001")
    assert codes(found) == {"20001": "ORDER_GONE"}
    assert refused.staged()["STATUS"] == "REFUSED"
    assert refused.letters() == [("order", "20001", "NO_PAY_CODE")]


@pytest.mark.parametrize(
    ("status", "code", "staged"),
    [("on-hold", "ORDER_HELD", "HELD"), ("cancelled", "ORDER_NOT_BOOKABLE", "CANCELLED")],
)
def test_an_order_that_the_shop_holds_or_cancelled_is_staged_as_such_and_not_booked(
    refused, status, code, staged
):
    mapped(refused)
    refused.change(status=status)
    found = replay(refused, "20001")
    assert codes(found) == {"20001": code}
    assert refused.staged()["STATUS"] == staged
    assert refused.orders_booked() == []


def test_an_order_before_the_start_date_stays_as_it_is(refused):
    tomorrow = (refused.clock.now.date()).replace(year=2030).isoformat()
    refused.configure(
        payments={"pay_codes": {"nmi": "WEB", "cheque": "WEB"}}, orders={"start_date": tomorrow}
    )
    before = refused.staged()
    assert codes(replay(refused, "20001")) == {"20001": "BEFORE_START_DATE"}
    assert refused.staged() == before


def test_an_order_that_another_run_is_booking_is_left_to_it(refused):
    later = refused.clock.now.replace(year=2030)
    refused.set_rows(
        "USER_ORDER_STAGING", {}, STATUS="CLAIMED", CLAIM_TOKEN="theirs", CLAIM_UNTIL_GMT=later
    )
    mapped(refused)
    found = replay(refused, "20001")
    assert outcomes(found) == {"20001": "waiting"}
    assert (found.report.waiting, found.report.refused) == (1, [])
    assert refused.staged()["CLAIM_TOKEN"] == "theirs"


def test_an_order_that_can_now_be_read_is_staged_and_booked(world):
    world.order(total="much")
    world.pull()
    assert world.statuses() == {20001: "REFUSED"}
    assert replay(world, "20001").orders[0].outcome == "refused"
    world.overwrite(total="236.11")
    assert outcomes(replay(world, "20001")) == {"20001": "booked"}
    assert world.letters() == []


def test_an_unreadable_order_that_was_cancelled_needs_no_document_any_more(world):
    world.order(total="much")
    world.pull()
    world.overwrite(status="cancelled")
    assert codes(replay(world, "20001")) == {"20001": "ORDER_NOT_BOOKABLE"}
    assert world.letters() == []


def test_orders_are_found_by_the_number_that_a_plugin_gave_them(world):
    refuse(world, 20001, numbers={20001: "WEB-77"})
    mapped(world)
    assert outcomes(replay(world, "#WEB-77")) == {"WEB-77": "booked"}


def test_a_number_that_is_also_an_id_is_never_guessed(world):
    refuse(world, 20001, 20002, numbers={20002: "20001"})
    mapped(world)
    with pytest.raises(OrderNotFoundError, match=r"could be id 20001 .* id 20002 .*`id:"):
        replay(world, "20001")
    assert outcomes(replay(world, "id:20001")) == {"20001": "booked"}
    assert world.statuses() == {20001: "BOOKED", 20002: "REFUSED"}


def test_an_order_that_is_not_known_stops_the_replay_before_anything_is_written(refused):
    mapped(refused)
    with pytest.raises(OrderNotFoundError, match="order 999: not known") as raised:
        replay(refused, "20001", "999", "99999999999999999999", "id:x")
    assert len(str(raised.value).splitlines()) == 3
    assert refused.staged()["STATUS"] == "REFUSED"


def test_a_replay_of_nothing_says_so(world):
    with pytest.raises(OrderNotFoundError, match="no order was named"):
        replay(world)


def test_a_plan_tells_what_would_come_and_writes_nothing(world):
    refuse(world, 20001, 20002)
    mapped(world)
    world.change(20002, payment_method="paypal")
    tables = ("USER_ORDER_STAGING", "USER_DEAD_LETTER", "USER_STORE_OUTBOX", "USER_SYNC_LOG")
    before = {table: world.rows(table) for table in tables}
    found = replay(world, "20001", "20002", mode="plan")
    assert outcomes(found) == {"20001": "would be booked", "20002": "refused"}
    assert codes(found) == {"20002": "NO_PAY_CODE"}
    assert (found.report.read, found.report.written) == (2, 1)
    assert {table: world.rows(table) for table in tables} == before
    assert world.orders_booked() == []


def test_one_order_that_the_store_does_not_show_keeps_no_other_waiting(world):
    refuse(world, 20001, 20002)
    mapped(world)
    world.fault("server_error", method="GET", path="/orders/20001$", times=9)
    found = replay(world, "20001", "20002")
    assert codes(found) == {"20001": "ORDER_NOT_SHOWN"}
    assert found.report.refused[0].problem.found.startswith("order 20001: ")
    assert outcomes(found) == {"20001": "refused", "20002": "booked"}


def test_a_store_that_shows_no_order_at_all_fails_the_replay(refused):
    mapped(refused)
    refused.fault("maintenance", times=99)
    with pytest.raises(StoreError):
        replay(refused, "20001")
    assert refused.staged()["STATUS"] == "REFUSED"
    assert refused.rows("USER_SYNC_LOG")[-1]["SUCCESS"] is False


def test_a_replay_beside_a_run_of_documents_does_nothing_and_says_so(refused):
    mapped(refused)
    with flow_lock(refused.engine, "documents"):
        found = replay(refused, "20001")
    assert (found.report.outcome, found.orders) == ("skipped", [])
    assert refused.staged()["STATUS"] == "REFUSED"


def test_the_answer_for_programs_has_the_report_and_every_order(refused):
    mapped(refused)
    answer = replay(refused, "20001").to_json()
    assert answer["flow"] == "documents"
    assert (answer["written"], answer["refused"], answer["problems"]) == (1, 0, [])
    (entry,) = answer["replayed"]
    row = refused.staged()
    assert entry == {
        "woo_order_id": 20001,
        "woo_order_number": "20001",
        "outcome": "booked",
        "doc_id": row["DOC_ID"],
        "tkt_no": row["TKT_NO"],
        "code": None,
        "next_step": None,
    }
