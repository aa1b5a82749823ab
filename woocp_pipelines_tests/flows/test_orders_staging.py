"""What a pulled order means for its staging row, and for a document that is already there."""

import json
from datetime import timedelta

import pytest

from woocp_pipelines.flows.order_pages import store_page
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines_tests.order_world import D, holds


def test_only_orders_from_the_start_date_on_are_staged(world):
    before = dict.fromkeys(("date_created_gmt", "date_paid_gmt"), "2026-01-01T04:59:59")
    world.order(1, **before, date_modified_gmt=world.ago(minutes=2))
    world.order(2, date_created_gmt="2026-01-01T05:00:00", date_modified_gmt=world.ago(minutes=1))
    report = world.pull()
    assert world.statuses() == {2: "PENDING"}
    assert (report.read, report.created, report.unchanged) == (2, 1, 1)


@pytest.mark.parametrize("status", ["pending", "failed", "cancelled", "refunded"])
def test_an_order_that_nobody_paid_or_wants_is_not_staged(world, status):
    world.order(status=status)
    assert world.pull().created == 0
    assert world.rows("USER_ORDER_STAGING") == []


def test_a_staged_row_holds_what_the_retailers_queries_look_for(world):
    world.order()
    world.pull()
    row = world.staged()
    holds(row, STATUS="PENDING", WOO_ORDER_NO="20001", CUST_EMAIL="ann@printers.test")
    holds(row, ORD_STATUS="processing", PMT_METH="Credit card", PMT_METH_ID="nmi")
    holds(row, SUBTOT=D("208.98"), SHIP_AMT=D("12.50"), TAX_AMT=D("14.63"), TOT_AMT=D("236.11"))
    holds(row, SHIP_ADRS_1="7 Yard St", SHIP_STATE="FL", SHIP_CNTRY="US", SHIP_VIA="UPS Ground")
    assert row["BATCH_ID"].startswith("WOO_ORDERS_")
    assert json.loads(row["ORDER_JSON"])["transaction_id"] == "TX-1"


@pytest.mark.cp_bug(21)
def test_the_lines_of_a_staged_order_are_kept_in_stocking_units(world):
    world.order()
    world.pull()
    lines = [
        (r["ITEM_NO"], r["SELL_UNIT"], r["STK_QTY"]) for r in world.rows("USER_ORDER_STAGING_LIN")
    ]
    assert lines == [("01-10100", "0", D(2)), ("01-10251", "1", D(10))]


@pytest.mark.cp_bug(50)
def test_long_states_and_countries_never_lose_an_order(world):
    shipping = {
        "address_1": "1 George St",
        "state": "New South Wales",
        "country": "United States of America",
    }
    world.order(shipping=shipping)
    assert world.pull().created == 1
    row = world.staged()
    assert (row["SHIP_STATE"].rstrip(), row["SHIP_CNTRY"]) == ("New South", "United States of Ame")


def test_a_held_order_is_kept_and_never_booked_until_it_is_released(world):
    world.order(status="on-hold", date_paid_gmt=None)
    world.pull()
    assert world.statuses() == {20001: "HELD"}
    assert world.book().read == 0
    assert world.documents() == []
    world.change(status="processing")
    world.pull()
    assert world.statuses() == {20001: "PENDING"}
    assert world.book().created == 1


@pytest.mark.cp_bug(40)
@pytest.mark.parametrize("status", ["cancelled", "refunded", "failed"])
def test_an_order_that_is_given_up_before_booking_is_never_booked(world, status):
    world.order()
    world.pull()
    world.change(status=status)
    world.pull()
    assert world.statuses() == {20001: "CANCELLED"}
    assert world.book().read == 0
    assert world.documents() == []


def test_an_order_that_comes_back_is_bookable_again(world):
    world.order()
    world.pull()
    world.change(status="cancelled")
    world.pull()
    world.change(status="processing")
    world.pull()
    assert world.statuses() == {20001: "PENDING"}
    world.book()
    assert world.orders_booked() == ["WOO 20001"]


@pytest.mark.cp_bug(40)
def test_an_edit_before_booking_replaces_what_was_staged(world):
    world.order()
    world.pull()
    world.change(line_items=[{"id": 1, "quantity": 4, "total": "75.96", "subtotal": "84.40"}])
    assert world.pull().updated == 1
    first, _ = world.rows("USER_ORDER_STAGING_LIN")
    assert first["STK_QTY"] == D(4)
    world.book()
    line = world.rows("PS_DOC_LIN", LIN_TYP="O")[0]
    holds(line, QTY_SOLD=D(4), EXT_PRC=D("75.96"))


@pytest.mark.cp_bug(40)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "cancelled"}, "ORDER_CANCELLED"),
        ({"status": "refunded"}, "ORDER_REFUNDED"),
        ({"customer_note": "Ring twice"}, "ORDER_EDITED"),
    ],
)
def test_a_change_after_booking_is_a_revision_for_people_and_touches_no_document(
    world, change, code
):
    world.order()
    world.pull()
    world.book()
    before = {name: world.rows(name) for name in ("PS_DOC_HDR", "PS_DOC_LIN", "IM_INV")}
    world.change(**change)
    report = world.pull()
    assert world.letters() == [("revision", "20001", code)]
    assert [item.kind for item in report.refused] == ["revision"]
    assert {name: world.rows(name) for name in before} == before
    assert world.statuses() == {20001: "BOOKED"}
    assert world.book().written == 0


def test_a_refund_after_booking_is_a_revision(world):
    world.order()
    world.pull()
    world.book()
    world.wait(seconds=1)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_REFUNDED")]


def test_a_refund_before_booking_is_booked_in_full_and_told(world):
    world.order()
    world.wait(seconds=1)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    world.pull()
    world.book()
    assert world.rows("PS_DOC_HDR_TOT", TOT_TYP="O")[0]["TOT"] == D("236.11")
    (letter,) = world.letter_rows()
    holds(letter, KIND="revision", CODE="REFUNDED_BEFORE_BOOKING", WOO_ORDER_ID=20001)
    assert "-10.00" in letter["FOUND"]
    assert world.pull().refused == []


def test_a_refund_of_nothing_before_booking_is_not_told(world):
    world.order(refunds=[{"id": 88, "reason": "restocked", "total": "0.00"}])
    world.pull()
    world.book()
    assert (world.orders_booked(), world.letters()) == (["WOO 20001"], [])


def test_a_page_read_before_a_change_and_stored_after_it_puts_nothing_back(world):
    """A backfill takes no lock, so that it and the live sync never stop each other."""
    world.order()
    world.pull()
    page = [world.store.get("orders/20001").data]
    world.change(customer_note="Ring twice")
    world.pull()
    before = world.rows("USER_ORDER_STAGING")
    report = FlowReport("orders", "apply")
    store_page(world.context, report, page)
    assert world.rows("USER_ORDER_STAGING") == before
    assert (report.unchanged, report.updated) == (1, 0)


def test_a_change_that_the_store_dates_earlier_is_taken_once_no_page_can_be_under_way(world):
    world.order()
    world.pull()
    world.overwrite(customer_note="Ring twice", date_modified_gmt=world.ago(minutes=5))
    assert world.pull().updated == 0
    world.set_rows("USER_ORDER_STAGING", {}, UPDATED_GMT=world.clock.now - timedelta(minutes=16))
    assert world.pull(full=True).updated == 1
    assert json.loads(world.staged()["ORDER_JSON"])["customer_note"] == "Ring twice"


def test_the_echo_of_our_own_meta_is_no_revision_and_no_endless_update(world):
    world.order()
    world.pull()
    world.book()
    world.wait(seconds=1)
    world.notify()
    echo, silence = world.pull(), world.pull()
    assert (echo.read, echo.unchanged, echo.refused) == (1, 1, [])
    assert (silence.updated, silence.refused) == (0, [])
    assert world.letters() == []


def test_completing_a_booked_order_is_no_revision(world):
    world.order()
    world.pull()
    world.book()
    world.change(status="completed")
    report = world.pull()
    assert (report.read, report.refused) == (1, [])


@pytest.mark.cp_bug(6)
def test_an_order_stays_booked_when_the_retailers_clean_up_deletes_its_row(world):
    world.order()
    world.pull()
    world.book()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM USER_ORDER_STAGING")
    world.overwrite(date_modified_gmt=world.ago())
    assert world.pull().created == 0
    assert world.book().written == 0
    assert world.orders_booked() == ["WOO 20001"]


def test_an_order_that_was_staged_is_followed_after_the_start_date_moved_past_it(world):
    world.order(date_created_gmt="2026-02-01T12:00:00")
    world.pull()
    world.configure(orders={"start_date": "2026-03-01"})
    world.change(status="cancelled")
    world.pull()
    assert world.statuses() == {20001: "CANCELLED"}


@pytest.mark.cp_bug(38)
def test_many_orders_are_all_staged_page_by_page(world):
    world.orders(*range(1, 121))
    assert world.pull().created == 120
    assert len(world.rows("USER_ORDER_STAGING")) == 120
