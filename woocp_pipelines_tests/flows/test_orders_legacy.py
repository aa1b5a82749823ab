"""Rows of the retailer's old scripts: read again from the store by id, never booked as they are."""

import pytest
from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.order_world import holds

OLD = {"date_created_gmt": "2026-02-01T12:00:00", "date_modified_gmt": "2026-02-01T12:00:00"}


@pytest.fixture
def legacy(world):
    """Stages rows as `woocp db upgrade` leaves those of the old scripts; the mark is past them."""
    world.order(1)
    world.pull()

    def stage(*order_ids):
        with writing(world.engine) as connection:
            for order_id in order_ids:
                connection.execute(
                    insert(USER_ORDER_STAGING).values(
                        WOO_ORDER_ID=order_id,
                        BATCH_ID="WOO_ORDERS_20260201_080000",
                        STATUS="REREAD",
                        LINE_ITEMS_JSON="[]",
                    )
                )

    return stage


def test_an_old_row_takes_the_order_as_the_store_has_it_now(world, legacy):
    world.order(2, **OLD)
    legacy(2)
    world.pull()
    assert world.statuses()[2] == "PENDING"
    world.book()
    assert "WOO 2" in world.orders_booked()


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_an_old_row_of_a_cancelled_or_trashed_order_is_cancelled(world, legacy, status):
    world.order(2, **OLD, status=status)
    legacy(2)
    world.pull()
    assert world.statuses()[2] == "CANCELLED"


def test_an_old_row_is_never_claimed_as_it_is(world, legacy):
    legacy(2)
    world.book()
    assert (world.statuses()[2], world.orders_booked()) == ("REREAD", ["WOO 1"])


def test_an_old_row_whose_order_is_gone_is_told_once_and_asked_for_no_more(world, legacy):
    legacy(2)
    report = world.pull()
    assert [item.problem.code for item in report.refused] == ["ORDER_GONE"]
    assert world.statuses()[2] == "CANCELLED"
    world.server.requests.clear()
    assert world.pull().refused == []
    assert world.requests() == ["GET /orders"]
    (letter,) = world.letter_rows()
    holds(letter, CODE="ORDER_GONE", KIND="order", WOO_ORDER_ID=2, ATTEMPTS=1)


def test_an_old_row_of_before_the_start_date_is_refused_and_not_booked(world, legacy):
    world.order(2, **{**OLD, "date_created_gmt": "2025-12-01T12:00:00"})
    legacy(2)
    world.pull()
    assert world.statuses()[2] == "REFUSED"
    assert world.letters() == [("order", "2", "BEFORE_START_DATE")]


BEFORE = {**OLD, "date_created_gmt": "2025-12-01T12:00:00"}


@pytest.fixture
def too_old(world, legacy):
    """An old row whose order is of before orders.start_date; people enter it by hand."""
    world.order(2, **BEFORE)
    legacy(2)
    world.pull()
    holds(world.staged(2), STATUS="REFUSED", ERROR_CODE="BEFORE_START_DATE")
    return world


def refund(world):
    world.wait(seconds=1)
    world.store.post("orders/2/refunds", {"amount": "10.00", "api_refund": False})


@pytest.mark.parametrize(
    "edit",
    [
        lambda world: world.change(2, customer_note="Ring twice"),
        lambda world: world.change(2, status="on-hold"),
        refund,
    ],
)
def test_whatever_the_shop_does_to_an_order_that_is_too_old_it_is_never_booked(too_old, edit):
    edit(too_old)
    too_old.pull()
    assert too_old.statuses()[2] == "REFUSED"
    assert too_old.letters() == [("order", "2", "BEFORE_START_DATE")]
    too_old.book()
    assert too_old.orders_booked() == ["WOO 1"]
    assert too_old.pull().written == 0


def test_an_order_that_is_too_old_ends_when_the_shop_cancels_it_and_comes_back_as_refused(too_old):
    too_old.change(2, status="cancelled")
    too_old.pull()
    assert (too_old.statuses()[2], too_old.letters()) == ("CANCELLED", [])
    too_old.change(2, status="processing")
    too_old.pull()
    assert too_old.statuses()[2] == "REFUSED"
    assert too_old.letters() == [("order", "2", "BEFORE_START_DATE")]


def test_an_order_that_is_too_old_is_not_booked_after_it_could_not_be_read(too_old):
    too_old.overwrite(2, total="a lot")
    too_old.pull()
    assert too_old.letters() == [("order", "2", "BAD_ORDER")]
    too_old.overwrite(2, total="236.11")
    too_old.pull()
    assert too_old.letters() == [("order", "2", "BEFORE_START_DATE")]
    assert too_old.statuses()[2] == "REFUSED"


def test_a_replay_of_an_order_that_is_too_old_ends_it_once_the_shop_gave_it_up(too_old):
    found = replay_orders(too_old.context, ["2"], wait_seconds=0)
    assert [item.problem.code for item in found.report.refused] == ["BEFORE_START_DATE"]
    assert too_old.statuses()[2] == "REFUSED"
    too_old.change(2, status="cancelled")
    replay_orders(too_old.context, ["2"], wait_seconds=0)
    assert (too_old.statuses()[2], too_old.letters()) == ("CANCELLED", [])


def test_an_order_that_is_too_old_becomes_bookable_when_the_start_date_is_corrected(too_old):
    too_old.configure(orders={"start_date": "2025-01-01"})
    replay_orders(too_old.context, ["2"], wait_seconds=0)
    assert "WOO 2" in too_old.orders_booked()


def test_an_old_order_that_the_store_cannot_show_keeps_no_other_waiting(world, legacy):
    world.orders(2, 3, **OLD)
    legacy(2, 3)
    world.order(4)
    world.fault("server_error", path="/orders/2", times=9)
    world.pull()
    assert world.statuses() == {1: "PENDING", 2: "REREAD", 3: "PENDING", 4: "PENDING"}
    (letter,) = world.letter_rows()
    holds(letter, CODE="ORDER_NOT_SHOWN", WOO_ORDER_ID=2, RETRYABLE=True)
    world.server.faults.clear()
    world.pull()
    assert (world.statuses()[2], world.letters()) == ("PENDING", [])


def test_a_store_that_shows_no_old_order_at_all_fails_the_run(world, legacy):
    legacy(2, 3, 4, 5)
    world.fault("server_error", path=r"/orders/\d", times=99)
    with pytest.raises(StoreError):
        world.pull()
    assert world.requests().count("GET /orders/5") == 0
