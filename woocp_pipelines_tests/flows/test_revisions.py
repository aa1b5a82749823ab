"""Booked orders that change: told once with what changed, closed by themselves, never invented."""

import json

import pytest
from sqlalchemy import event

from woocp_pipelines.flows.order_pages import store_page
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines_tests.order_world import holds

LINE_OF_THREE = {"id": 1, "quantity": 3, "total": "56.97", "subtotal": "63.30"}


@pytest.fixture
def booked(world):
    world.order()
    world.pull()
    world.book()
    return world


def revise(world):
    """The shop's staff add a piece to the first line."""
    world.change(line_items=[LINE_OF_THREE])
    return world.pull()


def read_again(world, **changes):
    """The order as the store would show it, through the same door as every page."""
    raw = {**world.store.get("orders/20001").data, **changes}
    report = FlowReport("orders", "apply")
    store_page(world.context, report, [raw])
    return report


def test_a_revision_says_what_changed_and_names_the_document(booked):
    report = revise(booked)
    (letter,) = booked.letter_rows()
    holds(letter, KIND="revision", CODE="ORDER_EDITED", FIELD="content", WOO_ORDER_ID=20001)
    assert "line 1 (SKU 01-10100): quantity 2 → 3" in letter["FOUND"]
    assert "total 37.98 → 56.97" in letter["FOUND"]
    ticket = booked.staged()["TKT_NO"]
    assert letter["EXPECTED"].startswith(f"document {ticket} (DOC_ID ")
    assert letter["EXPECTED"].endswith("processing, total 236.11")
    assert letter["ARITHMETIC"].startswith("236.11 + ")
    assert f"correct document {ticket}" in letter["NEXT_STEP"]
    assert json.loads(letter["RECORD_JSON"])["line_items"][0]["quantity"] == 3
    assert [(one.key, one.problem.code) for one in report.refused] == [("20001", "ORDER_EDITED")]


def test_the_same_revision_again_is_unchanged_and_writes_nothing(booked):
    revise(booked)
    before = booked.letter_rows()
    again = booked.pull()
    assert (again.read, again.unchanged, again.refused) == (1, 1, [])
    booked.change(meta_data=[{"key": "x", "value": "1"}])
    assert booked.pull().refused == []
    assert booked.letter_rows() == before


def test_a_further_change_is_a_new_revision_of_the_same_letter(booked):
    revise(booked)
    (first,) = booked.letter_rows()
    booked.change(customer_note="Ring twice")
    assert len(booked.pull().refused) == 1
    (letter,) = booked.letter_rows()
    holds(letter, DEAD_LETTER_ID=first["DEAD_LETTER_ID"], ATTEMPTS=2, CODE="ORDER_EDITED")
    assert "customer note" in letter["FOUND"]
    assert "quantity 2 → 3" in letter["FOUND"]


def test_an_edited_order_that_is_then_cancelled_has_one_letter_of_the_new_kind(booked):
    revise(booked)
    booked.change(status="cancelled")
    booked.pull()
    assert booked.letters() == [("revision", "20001", "ORDER_CANCELLED")]
    assert len(booked.letters(closed=True)) == 2


def test_an_order_that_returns_to_what_was_booked_closes_its_revision(booked):
    booked.change(status="cancelled")
    booked.pull()
    booked.change(status="processing")
    report = booked.pull()
    assert booked.letters() == []
    assert (report.updated, report.refused) == (1, [])
    assert [change.what for change in report.changes] == ["revision over"]
    again = booked.pull()
    assert (again.updated, again.unchanged) == (0, 1)


def test_a_plan_says_the_same_and_writes_nothing(booked):
    booked.change(status="cancelled")
    plan = booked.pull(mode="plan")
    assert [one.problem.code for one in plan.refused] == ["ORDER_CANCELLED"]
    assert booked.letters() == []
    booked.pull()
    booked.change(status="processing")
    assert booked.pull(mode="plan").updated == 1
    assert len(booked.letters()) == 1


def test_a_refund_from_before_the_booking_stays_open_whatever_the_order_does(world):
    world.order()
    world.wait(seconds=1)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    world.pull()
    world.book()
    early = ("revision", "20001", "REFUNDED_BEFORE_BOOKING")
    assert world.letters() == [early]
    world.change(status="cancelled")
    world.pull()
    assert world.letters() == [early, ("revision", "20001", "ORDER_CANCELLED")]
    world.change(status="processing")
    world.pull()
    assert world.letters() == [early]


def test_a_deleted_product_is_no_revision(booked):
    first = booked.state.find("order", 20001)["line_items"][0]
    booked.store.delete(f"products/{first['product_id']}", {"force": "true"})
    booked.overwrite()
    shown = booked.store.get("orders/20001").data["line_items"][0]
    assert (shown["product_id"], shown["sku"]) == (0, None)
    assert booked.pull().refused == []
    assert booked.letters() == []


def test_a_deleted_customer_is_no_revision_and_an_edit_beside_it_is_one(booked):
    booked.overwrite(customer_id=0)
    assert booked.pull().refused == []
    booked.overwrite(customer_note="Ring twice")
    booked.pull()
    (letter,) = booked.letter_rows()
    assert letter["FOUND"] == 'customer note "Leave at dock 2" → "Ring twice"'
    assert json.loads(letter["RECORD_JSON"])["customer_id"] == 77


def test_an_order_put_on_hold_after_booking_is_told_and_released_by_itself(booked):
    booked.change(status="on-hold")
    booked.pull()
    assert booked.letters() == [("revision", "20001", "ORDER_PUT_ON_HOLD")]
    booked.change(status="processing")
    booked.pull()
    assert booked.letters() == []


def test_an_order_booked_unpaid_and_paid_later_is_told(world):
    world.order(date_paid_gmt=None, payment_method="cod")
    world.pull()
    world.book()
    assert world.orders_booked() == ["WOO 20001"]
    world.overwrite(date_paid_gmt=world.ago())
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_PAID_LATER")]


def test_a_trashed_order_is_told_and_closes_when_it_is_restored(booked):
    read_again(booked, status="trash")
    assert booked.letters() == [("revision", "20001", "ORDER_TRASHED")]
    assert read_again(booked).updated == 1
    assert booked.letters() == []


def test_where_the_booked_order_is_no_longer_kept_the_letter_says_so(booked):
    booked.set_rows("USER_ORDER_STAGING", {}, ORDER_JSON=None)
    booked.change(customer_note="Ring twice")
    booked.pull()
    (letter,) = booked.letter_rows()
    assert "only its hash" in letter["EXPECTED"]
    assert booked.pull().refused == []


def test_a_booked_order_whose_row_was_cleaned_up_is_still_followed(booked):
    with booked.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM USER_ORDER_STAGING")
    booked.overwrite()
    assert booked.pull().refused == []
    booked.change(status="cancelled")
    booked.pull()
    assert booked.letters() == [("revision", "20001", "ORDER_CANCELLED")]


def test_an_order_booked_before_hashes_were_kept_is_no_revision(booked):
    booked.set_rows("USER_ORDER_KEY", {}, CONTENT_HASH=None)
    booked.change(status="cancelled")
    assert booked.pull().refused == []


def test_another_way_of_hashing_makes_no_revision_of_kept_orders(booked):
    """After an upgrade that hashes otherwise, the kept order decides."""
    booked.set_rows("USER_ORDER_KEY", {}, CONTENT_HASH="0" * 64)
    booked.overwrite()
    assert booked.pull().refused == []
    booked.change(status="cancelled")
    assert len(booked.pull().refused) == 1


def test_a_page_of_booked_orders_is_reviewed_in_as_many_statements_as_one(world):
    world.orders(*range(1, 41))
    world.pull()
    world.book()

    def statements(page):
        counted = []
        listen = lambda *arguments: counted.append(arguments[2])  # noqa: E731
        event.listen(world.engine, "before_cursor_execute", listen)
        store_page(world.context, FlowReport("orders", "plan"), page)
        event.remove(world.engine, "before_cursor_execute", listen)
        return len(counted)

    raws = [world.store.get(f"orders/{each}").data for each in range(1, 41)]
    edited = [{**raw, "customer_note": "x"} for raw in raws]
    assert statements(raws) == statements(raws[:1])
    assert statements(edited) == statements(edited[:1]) == statements(raws) + 2
