"""Orders that the shop deleted for good: no list ever shows them again."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.stock import read_stock
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING, USER_ORDER_STAGING_LIN
from woocp_pipelines.flows.documents import claim_orders
from woocp_pipelines.flows.order_rereading import cancel_gone
from woocp_pipelines.flows.order_sweeps import OrdersVanishedError
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines_tests.order_world import holds


def delete(world, *order_ids):
    """Delete for good; gives what the store had of order 20001."""
    kept = world.state.find("order", 20001)
    for order_id in order_ids or [20001]:
        world.store.delete(f"orders/{order_id}", {"force": True})
    return kept


def promised(world):
    """What unbooked orders keep from being sold, in all."""
    with reading(world.engine) as connection:
        figures = read_stock(connection, "main", ["01"])
    return sum((each.unbooked for each in figures.values()), Decimal(0))


def test_a_held_order_that_is_deleted_gives_its_goods_back(world):
    world.order(status="on-hold")
    world.pull()
    assert promised(world) > 0
    delete(world)
    world.pull()
    assert world.statuses() == {20001: "HELD"}
    report = world.pull(full=True)
    assert [(item.kind, item.problem.code) for item in report.refused] == [("order", "ORDER_GONE")]
    assert (world.statuses(), promised(world)) == ({20001: "CANCELLED"}, 0)


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ("2026-11-02T10:00:00", "paid 2026-11-02T10:00:00+00:00"),
        ("the other day", "payment unknown"),
        (None, "not paid"),
    ],
)
def test_people_hear_whether_a_deleted_order_was_paid_though_nobody_could_read_it(
    world, paid, said
):
    world.order(20002)
    world.order(total="a lot")
    world.overwrite(date_paid_gmt=paid)
    world.pull()
    delete(world)
    (refused,) = world.pull(full=True).refused
    assert refused.problem.code == "ORDER_GONE"
    assert refused.problem.found.endswith(f"it was processing, {said}")


@pytest.mark.parametrize("status", ["PENDING", "REFUSED"])
def test_an_unbooked_order_that_is_deleted_is_not_booked_and_people_hear_what_it_was(world, status):
    payment = {"payment_method": "cheque"} if status == "REFUSED" else {}
    world.order(**payment)
    world.overwrite(number="WEB-7")
    world.pull()
    if status == "REFUSED":
        world.book()
    assert world.statuses() == {20001: status}
    delete(world)
    world.pull(full=True)
    assert world.book().read == 0
    (letter,) = world.letter_rows()
    holds(letter, KIND="order", CODE="ORDER_GONE", WOO_ORDER_ID=20001, WOO_ORDER_NO="WEB-7")
    assert "processing, 236.11 USD, paid 20" in letter["FOUND"]
    assert "woocp settle WEB-7" in letter["NEXT_STEP"]
    assert letter["RECORD_JSON"]


def test_people_hear_of_a_deleted_order_once(world):
    world.order()
    world.pull()
    delete(world)
    world.pull(full=True)
    assert world.pull(full=True).refused == []
    (letter,) = world.letter_rows()
    assert letter["ATTEMPTS"] == 1


@pytest.mark.parametrize("status", ["processing", "on-hold", "cancelled"])
def test_the_letter_closes_by_itself_when_the_order_comes_back(world, status):
    world.order()
    world.pull()
    kept = delete(world)
    world.pull(full=True)
    world.state.save("order", {**kept, "status": status, "date_modified_gmt": world.ago(days=3)})
    world.pull(full=True)
    assert world.letters() == []
    expected = {"processing": "PENDING", "on-hold": "HELD", "cancelled": "CANCELLED"}
    assert world.statuses() == {20001: expected[status]}


def test_an_order_that_is_just_being_booked_is_left_to_its_booking(world):
    world.order()
    world.pull()
    claim_orders(world.context)
    delete(world)
    assert world.pull(full=True).refused == []
    assert (world.statuses(), world.letters()) == ({20001: "CLAIMED"}, [])


def test_an_order_that_is_claimed_while_the_night_reads_is_left_alone(world):
    world.order()
    world.pull()
    delete(world)
    report = FlowReport("orders", "apply")
    claim_orders(world.context)
    cancel_gone(world.context, report, [20001])
    assert (report.waiting, report.refused) == (1, [])
    assert (world.statuses(), world.letters()) == ({20001: "CLAIMED"}, [])


def test_a_booked_order_that_is_deleted_is_a_revision_until_it_is_back(world):
    world.order()
    world.pull()
    world.book()
    kept = delete(world)
    report = world.pull(full=True)
    assert [item.kind for item in report.refused] == ["revision"]
    assert world.letters() == [("revision", "20001", "ORDER_GONE")]
    assert world.pull(full=True).refused == []
    world.state.save("order", kept)
    world.pull(full=True)
    assert (world.letters(), world.statuses()) == ([], {20001: "BOOKED"})


def test_a_booked_order_that_leaves_the_trash_for_good_is_no_news(world):
    world.order()
    world.pull()
    world.book()
    world.trash()
    world.pull()
    delete(world)
    assert world.pull(full=True).refused == []
    assert world.letters() == [("revision", "20001", "ORDER_TRASHED")]


def test_a_store_that_has_lost_its_orders_cancels_none(world):
    world.orders(*range(1, 13))
    world.pull()
    delete(world, *range(1, 12))
    with pytest.raises(OrdersVanishedError, match=r"11 of 12 unbooked orders.*WOOCP_STORE_URL"):
        world.pull(full=True)
    assert set(world.statuses().values()) == {"PENDING"}
    assert world.letters() == []


def test_the_orders_of_another_shop_in_the_same_database_are_left_alone(world):
    world.order()
    world.pull()
    with writing(world.engine) as connection:
        connection.execute(
            insert(USER_ORDER_STAGING).values(
                STORE_ID="second", WOO_ORDER_ID=77, BATCH_ID="x", STATUS="PENDING"
            )
        )
    world.server.requests.clear()
    world.pull(full=True)
    assert "GET /orders/77" not in world.requests()
    assert world.statuses() == {20001: "PENDING", 77: "PENDING"}


def test_the_lines_of_a_deleted_order_stay_with_its_row(world):
    world.order()
    world.pull()
    delete(world)
    world.pull(full=True)
    with reading(world.engine) as connection:
        lines = connection.execute(select(USER_ORDER_STAGING_LIN.c.WOO_ORDER_ID)).scalars()
        assert set(lines) == {20001}
