"""The nightly reading: what no change shows is found, on both of WooCommerce's order storages."""

from datetime import timedelta

import pytest

from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.order_world import holds

LINES = {"line_items": [{"id": 1, "quantity": 4, "total": "75.96", "subtotal": "84.40"}]}
STORAGES = pytest.mark.parametrize("storage", ["hpos", "posts"])


def refund(world, order_id=20001, amount="20.00"):
    world.wait(seconds=1)
    body = {"amount": amount, "api_refund": False}
    return world.store.post(f"orders/{order_id}/refunds", body).data["id"]


def old(world, **duration):
    """Times of an order whose change no five-minute run would see."""
    return {name: world.ago(**duration) for name in ("date_created_gmt", "date_modified_gmt")}


def quietly(world, order_id=20001, **changes):
    """A change that moves no time."""
    record = world.state.find("order", order_id)
    world.state.save("order", {**record, **changes})


def later(world):
    """The next pull, which moves the mark past the order's overlap."""
    world.wait(minutes=13)
    world.order(9)
    world.pull()


def marks(world):
    return {row["NAME"]: row["VALUE"] for row in world.rows("USER_SYNC_STATE")}


@STORAGES
def test_an_edit_before_booking_is_booked_as_it_is_now(world, storage):
    world.state.set_setting("order_storage", storage)
    world.order()
    world.pull()
    later(world)
    quietly(world, date_modified_gmt=world.ago(minutes=14))
    world.change(**LINES)
    assert world.pull().updated == (1 if storage == "hpos" else 0)
    world.pull(full=True)
    assert world.rows("USER_ORDER_STAGING_LIN", WOO_ORDER_ID=20001)[0]["QTY"] == 4
    assert world.pull(full=True).written == 0


def test_on_legacy_storage_an_edit_of_a_booked_order_is_a_revision_the_next_night(world):
    world.state.set_setting("order_storage", "posts")
    world.order()
    world.pull()
    world.book()
    later(world)
    world.change(billing={"address_1": "9 Other Street"})
    world.pull()
    assert world.letters() == []
    assert [item.kind for item in world.pull(full=True).refused] == ["revision"]
    assert world.letters() == [("revision", "20001", "ORDER_EDITED")]


def test_a_store_that_does_not_say_how_it_keeps_orders_is_read_in_full(world):
    world.state.set_setting("order_storage", "posts")
    world.order()
    world.pull()
    world.book()
    world.change(billing={"address_1": "9 Other Street"})
    world.fault("html_200", path="/system_status", times=9)
    world.pull(full=True)
    assert world.letters() == [("revision", "20001", "ORDER_EDITED")]


@STORAGES
def test_a_refund_that_is_deleted_ends_its_revision(world, storage):
    world.state.set_setting("order_storage", storage)
    world.order()
    world.pull()
    world.book()
    refund_id = refund(world)
    world.pull()
    later(world)
    world.store.delete(f"orders/20001/refunds/{refund_id}", {"force": True})
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_REFUNDED")]
    world.pull(full=True)
    assert world.letters() == []


def test_a_refund_whose_order_shows_no_change_is_found_by_its_own_mark(world):
    world.order(1, **old(world, days=45))
    world.order(2)
    world.pull()
    world.book()
    world.pull(full=True)
    order = world.state.find("order", 1)
    refund(world, 1)
    world.state.save("order", {**order, "refunds": world.state.find("order", 1)["refunds"]})
    world.pull()
    assert world.letters() == []
    world.pull(full=True)
    assert world.letters() == [("revision", "1", "ORDER_REFUNDED")]
    assert read_gmt(marks(world)["orders.refund_mark"]) == world.clock.now


def test_the_mark_of_the_refunds_waits_for_orders_that_were_not_shown(world):
    world.order(1, **old(world, days=45))
    world.order(2)
    world.pull()
    world.book()
    world.wait(minutes=13)
    refund(world, 1)
    quietly(world, 1, date_modified_gmt=world.ago(days=45))
    world.fault("server_error", path="/orders$", after=2, times=2)
    world.fault("server_error", path="/orders/1$", times=2)
    report = world.pull(full=True)
    assert [item.problem.code for item in report.refused] == ["ORDER_NOT_SHOWN"]
    assert "orders.refund_mark" not in marks(world)
    world.pull(full=True)
    assert world.letters() == [("revision", "1", "ORDER_REFUNDED")]


def test_a_store_without_a_list_of_refunds_is_read_without_it(world):
    world.state.set_setting("lists_refunds", value=False)
    world.order()
    assert "no list of refunds" in world.pull(full=True).facts["refunds"]


def test_an_unbooked_order_of_any_age_is_read_by_id(world):
    world.order(1, status="on-hold", **old(world, days=90))
    world.order(2)
    world.pull()
    world.wait(minutes=13)
    quietly(world, 1, status="processing")
    assert world.pull().written == 0
    world.server.requests.clear()
    world.pull(full=True)
    assert world.statuses()[1] == "PENDING"
    assert world.requests() == [
        "GET /orders/statuses",
        "GET /orders",
        "GET /system_status",
        "GET /orders",
        "GET /refunds",
        "GET /orders",
    ]


def test_an_unbooked_order_in_the_trash_is_read_singly_and_cancelled(world):
    world.order(1, **old(world, days=90))
    world.order(2)
    world.pull()
    world.wait(minutes=13)
    quietly(world, 1, status="trash")
    world.server.requests.clear()
    world.pull(full=True)
    assert world.statuses()[1] == "CANCELLED"
    assert world.requests()[-1] == "GET /orders/1"


def test_an_order_that_no_pull_has_ever_seen_is_staged_the_next_night(world):
    world.order(1)
    world.pull()
    world.wait(minutes=13)
    world.order(2, **old(world, days=9))
    world.order(3, **old(world, days=9), status="failed")
    assert world.pull().created == 0
    assert world.pull(full=True).created == 1
    assert sorted(world.statuses()) == [1, 2]


def test_orders_of_before_the_start_date_are_never_looked_for(world):
    start = (world.clock.now - timedelta(days=5)).date()
    world.configure(orders={"start_date": start.isoformat()})
    world.order(1)
    world.order(2, **old(world, days=9))
    world.pull(full=True)
    assert sorted(world.statuses()) == [1]


def test_a_change_that_a_wrong_clock_dated_back_is_found_the_next_night(world):
    world.order(1, **old(world, days=40))
    world.order(2)
    world.pull()
    world.book()
    world.wait(minutes=13)
    world.change(1, status="cancelled")
    quietly(world, 1, date_modified_gmt=world.ago(hours=5))
    world.pull()
    assert world.letters() == []
    world.pull(full=True)
    assert world.letters() == [("revision", "1", "ORDER_CANCELLED")]


def test_a_refused_order_keeps_its_reason_when_it_is_read_again_unchanged(world):
    world.order(payment_method="cheque")
    world.pull()
    world.book()
    before = world.letter_rows()
    assert world.pull(full=True).refused == []
    assert (world.letter_rows(), world.statuses()) == (before, {20001: "REFUSED"})


def test_a_nightly_run_that_fails_half_way_leaves_the_marks_and_succeeds_the_next_time(world):
    world.orders(1, 2, 3, 4, **old(world, days=45))
    world.order(9)
    world.pull()
    world.wait(minutes=13)
    refund(world, 1)
    world.fault("maintenance", path=r"/orders(/\d+)?$", after=2, times=99)
    with pytest.raises(StoreError):
        world.pull(full=True)
    assert "orders.refund_mark" not in marks(world)
    world.server.faults.clear()
    assert world.pull(full=True).refused == []
    assert "orders.refund_mark" in marks(world)


def test_a_list_that_is_too_much_for_the_store_is_read_one_by_one(world):
    world.orders(1, 2, **old(world, days=45))
    world.order(9)
    world.pull()
    world.wait(minutes=13)
    quietly(world, 1, status="cancelled")
    world.fault("server_error", path="/orders$", after=2, times=2)
    world.pull(full=True)
    assert world.statuses() == {1: "CANCELLED", 2: "PENDING", 9: "PENDING"}


def test_a_planned_night_shows_everything_and_writes_nothing(world):
    world.state.set_setting("order_storage", "posts")
    world.orders(1, 2)
    world.order(3, **old(world, days=45))
    world.pull()
    world.change(1, billing={"address_1": "9 Other Street"})
    world.store.delete("orders/3", {"force": True})
    tables = ("USER_ORDER_STAGING", "USER_SYNC_STATE", "USER_DEAD_LETTER", "USER_SYNC_LOG")
    before = [world.rows(name) for name in tables]
    plan = world.pull(mode="plan", full=True)
    assert [(one.key, one.what) for one in plan.changes] == [
        ("1", "order update"),
        ("3", "order gone"),
    ]
    assert [world.rows(name) for name in tables] == before


def test_a_night_finds_nothing_where_nothing_happened(world):
    world.orders(*range(1, 31))
    world.pull()
    world.book()
    world.notify()
    world.pull()
    world.server.requests.clear()
    report = world.pull(full=True)
    assert (report.written, report.waiting, report.refused) == (0, 0, [])
    assert len(world.requests()) <= 8
    holds(report.to_json(), flow="orders", mode="apply", written=0, refused=0, problems=[])


def test_a_start_date_still_to_come_is_no_error_of_the_night(world):
    world.order()
    later = world.clock.now.date() + timedelta(days=2)
    world.configure(orders={"start_date": later.isoformat()})
    report = world.pull(full=True)
    assert (report.outcome, report.written, report.facts["orders_listed"]) == ("done", 0, 0)
    assert world.statuses() == {}
