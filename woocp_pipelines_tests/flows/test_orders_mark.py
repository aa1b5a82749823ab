"""Where a pull begins and ends: the mark, its overlap, pages that fail, runs that meet."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.flows.documents import claim_orders
from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.woocommerce.errors import StoreUnavailable
from woocp_pipelines_tests.customer_world import rows as all_rows


class ConnectionLostError(Exception):
    """Stands for a process that dies between two statements."""


def test_the_mark_is_the_newest_modified_time_that_was_received(world):
    world.order(1, date_modified_gmt=world.ago(minutes=9))
    world.order(2, date_modified_gmt=world.ago(minutes=3))
    report = world.pull()
    assert world.mark() == read_gmt(world.ago(minutes=3))
    assert report.facts["watermark"] == world.mark().isoformat()


def test_an_idle_poll_is_one_request(world):
    world.order()
    world.pull()
    world.server.requests.clear()
    assert world.pull().written == 0
    assert world.requests() == ["GET /orders"]


def test_the_mark_is_never_the_local_time(world):
    world.order()
    world.pull()
    mark = world.mark()
    world.wait(minutes=14)
    world.pull()
    assert world.mark() == mark < world.clock.now


def test_a_run_looks_again_at_the_minutes_before_the_mark(world):
    world.order(1, date_modified_gmt=world.ago(minutes=1))
    world.pull()
    world.order(2, date_modified_gmt=world.ago(minutes=8))
    assert world.pull().created == 1


def test_the_second_of_the_mark_is_read_again_also_without_overlap(world):
    world.configure(orders={"start_date": "2026-01-01", "overlap_minutes": 0})
    moment = world.ago(minutes=1)
    world.order(1, date_modified_gmt=moment)
    world.pull()
    world.order(2, date_modified_gmt=moment)
    assert world.pull().created == 1


def test_mark_and_rows_are_stored_together_or_not_at_all(world):
    world.orders(1, 2)

    def fail(connection, cursor, statement, *_):
        if statement.startswith(('INSERT INTO "USER_SYNC_STATE"', "INSERT INTO [USER_SYNC_STATE]")):
            raise ConnectionLostError

    event.listen(world.engine, "before_cursor_execute", fail)
    with pytest.raises(ConnectionLostError):
        world.pull()
    event.remove(world.engine, "before_cursor_execute", fail)
    assert (world.rows("USER_ORDER_STAGING"), world.mark()) == ([], None)
    assert world.pull().created == 2


@pytest.mark.cp_bug(50)
def test_a_page_that_fails_leaves_the_earlier_pages_and_their_mark(world):
    for order_id in range(1, 121):
        world.order(order_id, date_modified_gmt=world.ago(seconds=300 - order_id))
    world.fault("maintenance", path="/orders$", after=1, times=2)
    with pytest.raises(StoreUnavailable):
        world.pull()
    assert len(world.rows("USER_ORDER_STAGING")) == 50
    assert world.mark() == read_gmt(world.ago(seconds=250))
    world.wait(minutes=13)
    world.pull()
    assert len(world.rows("USER_ORDER_STAGING")) == 120


def test_a_failed_read_is_not_an_empty_read(world):
    world.fault("html_200", path="/orders$", times=9)
    with pytest.raises(Exception, match=r"HTML|JSON"):
        world.pull()
    assert world.mark() is None


def test_orders_that_change_while_pages_are_read_are_neither_missed_nor_doubled(world):
    for order_id in range(1, 121):
        world.order(order_id, date_modified_gmt=world.ago(seconds=300 - order_id))
    world.fault("drift", path="/orders$", after=1, touch=[1, 2, 3])
    world.pull()
    assert sorted(world.statuses()) == list(range(1, 121))


def test_a_date_in_the_future_does_not_hide_what_comes_after_it(world):
    world.order(1, date_modified_gmt="2031-01-01T00:00:00")
    world.pull()
    world.order(2, date_modified_gmt=world.ago())
    assert world.pull().created == 1
    assert world.mark() <= world.clock.now


def test_a_date_in_the_future_hides_nothing_where_the_store_s_clock_is_behind_ours(world):
    world.order(1, date_modified_gmt="2031-01-01T00:00:00")
    world.order(2, date_modified_gmt=world.ago(minutes=31))
    world.pull()
    world.order(3, date_modified_gmt=world.ago(minutes=30))
    assert world.pull().created == 1


def test_a_store_whose_clock_is_ahead_of_ours_is_read_without_a_gap(world):
    world.order(1, date_modified_gmt=world.ago(minutes=-20))
    world.pull()
    world.order(2, date_modified_gmt=world.ago(minutes=-18))
    world.order(3, date_modified_gmt=world.ago(minutes=-25))
    assert world.pull().created == 2
    world.wait(minutes=14)
    world.order(4, date_modified_gmt=world.ago(minutes=-20))
    assert world.pull().created == 1


def test_a_mark_that_a_wrong_clock_left_in_the_future_hides_nothing(world):
    world.order(1)
    world.pull()
    ahead = (world.clock.now + timedelta(days=1)).isoformat()
    world.set_rows("USER_SYNC_STATE", {"NAME": "orders.modified_mark"}, VALUE=ahead)
    world.order(2)
    assert world.pull().created == 1
    assert world.mark() <= world.clock.now


def test_a_change_of_an_order_that_is_just_being_booked_is_not_forgotten(world):
    world.order(1)
    world.pull()
    world.wait(seconds=30)
    claim_orders(world.context)
    world.change(1, status="cancelled")
    world.wait(minutes=12)
    world.order(2, date_modified_gmt=world.ago())
    first = world.pull()
    assert (first.waiting, world.statuses()[1]) == (1, "CLAIMED")
    world.set_rows(
        "USER_ORDER_STAGING", {"WOO_ORDER_ID": 1}, STATUS="PENDING", CLAIM_UNTIL_GMT=None
    )
    world.pull()
    assert world.statuses()[1] == "CANCELLED"


def test_the_second_of_two_pulls_at_once_is_skipped(world):
    world.order()
    with flow_lock(world.engine, "orders"):
        report = world.pull()
    assert (report.outcome, report.read) == ("skipped", 0)
    assert "another run of orders" in report.skip_reason
    assert world.pull().created == 1


def test_a_caller_that_needs_the_orders_waits_for_the_run_at_work(world):
    world.order()
    entered, released = threading.Event(), threading.Event()

    def hold():
        other = open_engine(world.engine.url.render_as_string(hide_password=False))
        with flow_lock(other, "orders"):
            entered.set()
            released.wait(30)
        other.dispose()

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(30)
    reports = []
    waiter = threading.Thread(target=lambda: reports.append(world.pull(wait_seconds=30)))
    waiter.start()
    released.set()
    waiter.join()
    holder.join()
    assert [(each.outcome, each.created) for each in reports] == [("done", 1)]


def test_since_reads_a_day_again_that_lies_before_the_mark(world):
    world.order(1, date_modified_gmt=world.ago(minutes=1))
    world.pull()
    long_ago = {
        "date_created_gmt": "2026-03-02T12:00:00",
        "date_modified_gmt": "2026-03-02T12:00:00",
    }
    world.order(2, **long_ago)
    assert world.pull().created == 0
    assert world.pull(since=read_gmt("2026-03-02T00:00:00").date()).created == 1


def test_a_claim_that_has_run_out_does_not_keep_a_change_away(world):
    world.order()
    world.pull()
    claim_orders(world.context)
    past = world.clock.now - timedelta(hours=1)
    world.set_rows("USER_ORDER_STAGING", {}, CLAIM_UNTIL_GMT=past)
    world.change(status="cancelled")
    world.pull()
    row = world.staged()
    assert (row["STATUS"], row["CLAIM_TOKEN"]) == ("CANCELLED", None)


def test_a_pull_leaves_other_stores_alone(world):
    with writing(world.engine) as connection:
        connection.execute(
            USER_ORDER_STAGING.insert().values(
                STORE_ID="second", WOO_ORDER_ID=20001, BATCH_ID="x", STATUS="PENDING"
            )
        )
    world.order()
    world.pull()
    found = {
        row["STORE_ID"]: row["ORDER_JSON"] for row in all_rows(world.engine, USER_ORDER_STAGING)
    }
    assert (found["second"], len(found)) == (None, 2)
