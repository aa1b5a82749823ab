"""Which statuses a pull asks for: trash in the same request, plugins' statuses, older stores."""

import json

import pytest

from woocp_pipelines.flows.orders import pull_orders, stage_day
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.order_world import order_world
from woocp_pipelines_tests.worked_example import _codes, _items


def kept(world):
    found = world.rows("USER_SYNC_STATE", NAME="orders.store_statuses")
    return json.loads(found[0]["VALUE"])["names"] if found else None


def plugin(world, **statuses):
    world.state.set_setting("plugin_statuses", statuses)


def older(world):
    world.state.set_setting("lists_order_statuses", value=False)


def asked(world):
    found = world.requests()
    world.server.requests.clear()
    return found


def test_the_first_pull_asks_for_the_statuses_and_an_idle_one_for_orders_alone(world):
    world.order()
    world.pull()
    assert asked(world) == ["GET /orders/statuses", "GET /orders"]
    world.pull()
    assert asked(world) == ["GET /orders"]
    assert kept(world)[:2] == ["pending", "processing"]


@pytest.mark.parametrize("lists", [True, False], ids=["statuses listed", "older store"])
def test_an_order_that_is_trashed_before_booking_is_cancelled_and_comes_back(world, lists):
    world.state.set_setting("lists_order_statuses", value=lists)
    world.orders(1, 2)
    world.pull()
    world.trash(1)
    world.pull()
    assert world.statuses() == {1: "CANCELLED", 2: "PENDING"}
    world.change(1, status="processing")
    world.pull()
    assert world.statuses() == {1: "PENDING", 2: "PENDING"}
    assert world.letters() == []


@pytest.mark.parametrize("lists", [True, False], ids=["statuses listed", "older store"])
def test_a_booked_order_that_is_trashed_is_a_revision_and_restoring_it_ends_that(world, lists):
    world.state.set_setting("lists_order_statuses", value=lists)
    world.order()
    world.pull()
    world.book()
    world.trash()
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_TRASHED")]
    world.change(status="processing")
    world.pull()
    assert world.letters() == []


def test_a_trashed_order_that_was_never_known_is_nobodys_matter(world):
    world.order(status="trash")
    report = world.pull()
    assert (report.read, report.written, report.refused) == (1, 0, [])
    assert world.statuses() == {}


def test_an_order_that_is_held_in_a_plugins_status_is_seen(world):
    plugin(world, shipped="Shipped")
    world.order()
    world.pull()
    world.change(status="shipped")
    world.pull()
    assert world.statuses() == {20001: "CANCELLED"}


def test_a_status_that_a_plugin_brings_later_is_seen_within_a_day(world):
    world.orders(1, 2)
    world.pull()
    world.book()
    plugin(world, shipped="Shipped")
    world.change(1, status="shipped")
    # What others change meanwhile moves the mark past the change that cannot be seen yet.
    world.wait(minutes=14)
    world.change(2, status="completed")
    world.pull()
    assert world.letters() == []
    (row,) = world.rows("USER_SYNC_STATE", NAME="orders.store_statuses")
    yesterday = {**json.loads(row["VALUE"]), "learnt": "2026-01-01T00:00:00+00:00"}
    world.set_rows(
        "USER_SYNC_STATE", {"NAME": "orders.store_statuses"}, VALUE=json.dumps(yesterday)
    )
    world.pull()
    assert [(kind, key) for kind, key, _ in world.letters()] == [("revision", "1")]
    assert "shipped" in kept(world)


def test_a_new_status_is_not_kept_before_its_orders_are_read(world):
    world.order()
    world.pull()
    plugin(world, shipped="Shipped")
    world.change(status="shipped")
    world.fault("maintenance", path="/orders$", times=2)
    with pytest.raises(StoreError):
        world.pull(full=True)
    assert "shipped" not in kept(world)
    world.pull(full=True)
    assert ("shipped" in kept(world), world.statuses()) == (True, {20001: "CANCELLED"})


def test_a_plugin_that_was_switched_off_stops_no_pull(world):
    plugin(world, shipped="Shipped")
    world.order(1)
    world.pull()
    plugin(world)
    world.order(2)
    asked(world)
    assert world.pull().created == 1
    assert asked(world) == ["GET /orders", "GET /orders/statuses", "GET /orders"]
    assert "shipped" not in kept(world)
    world.pull()
    assert asked(world) == ["GET /orders"]


def test_a_refusal_that_another_list_does_not_cure_is_told(world):
    world.order()
    world.pull()
    names = [*kept(world), "no-such-status"]
    value = {"names": names, "learnt": world.clock.now.isoformat(), "mark": None}
    world.set_rows("USER_SYNC_STATE", {"NAME": "orders.store_statuses"}, VALUE=json.dumps(value))
    world.fault("maintenance", path="/orders/statuses", times=2)
    with pytest.raises(StoreError, match="maintenance"):
        world.pull()
    assert world.pull().outcome == "done"


def test_a_list_that_is_due_but_not_sent_is_used_once_more(world):
    world.order(1)
    world.pull()
    world.order(2)
    world.fault("server_error", path="/orders/statuses", times=2)
    assert world.pull(full=True).created == 1
    assert kept(world)


def test_an_older_store_is_asked_twice_and_keeps_two_marks(world):
    older(world)
    world.orders(1, 2)
    world.pull()
    asked(world)
    world.trash(2)
    world.wait(minutes=14)
    world.change(1, status="completed")
    world.pull()
    assert asked(world)[-2:] == ["GET /orders", "GET /orders"]
    marks = {row["NAME"]: row["VALUE"] for row in world.rows("USER_SYNC_STATE")}
    assert marks["orders.trash_mark"] < marks["orders.modified_mark"]
    assert (kept(world), world.statuses()) == (None, {1: "PENDING", 2: "CANCELLED"})


def test_a_day_read_again_shows_its_trashed_orders(world):
    world.order()
    world.pull()
    day = world.staged()["ORD_DAT"]
    world.trash()
    assert stage_day(world.context, day).updated == 1
    assert world.statuses() == {20001: "CANCELLED"}


def test_a_plan_learns_and_keeps_nothing(tmp_path, new_database):
    engine = new_database()
    create_vendor_tables(engine)
    with engine.begin() as connection:
        _codes(connection)
        _items(connection)
    with order_world(engine, tmp_path) as world:
        world.order()
        for full in (False, True):
            assert pull_orders(world.context, mode="plan", full=full).created == 1


def test_plan_mode_shows_a_trashed_order_and_writes_nothing(world):
    world.order()
    world.pull()
    before = world.rows("USER_SYNC_STATE")
    world.trash()
    plan = world.pull(mode="plan")
    assert (plan.updated, world.statuses()) == (1, {20001: "PENDING"})
    assert world.rows("USER_SYNC_STATE") == before
