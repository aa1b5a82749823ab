"""Who books which order: claims, leases, two processors at once, keys that are there already."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.claims import ClaimLostError, fence, read_claimed
from woocp_pipelines.counterpoint.engine import open_engine, reading, writing
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.flows.documents import (
    book_orders,
    claim_orders,
    create_documents,
    validate_orders,
)
from woocp_pipelines_tests.order_world import holds

DOCUMENTS = ("PS_DOC_HDR", "PS_DOC_LIN", "PS_DOC_PMT", "PS_DOC_TAX", "USER_ORDER_KEY")


def claimed_ids(world, token):
    with reading(world.engine) as connection:
        return [claimed.woo_order_id for claimed in read_claimed(connection, "main", token)]


def let_leases_run_out(world):
    past = world.clock.now - timedelta(hours=1)
    world.set_rows("USER_ORDER_STAGING", {"STATUS": "CLAIMED"}, CLAIM_UNTIL_GMT=past)


def test_a_claim_takes_the_oldest_orders_and_no_more_than_its_size(world):
    world.configure(documents={"claim_size": 2})
    for order_id, minutes in ((1, 10), (2, 30), (3, 20)):
        world.order(order_id, date_created_gmt=world.ago(minutes=minutes))
    world.pull()
    first, second = claim_orders(world.context), claim_orders(world.context)
    assert claimed_ids(world, first) == [2, 3]
    assert claimed_ids(world, second) == [1]
    assert claim_orders(world.context) is None


def test_a_run_works_until_nothing_is_left(world):
    world.configure(documents={"claim_size": 2})
    world.orders(1, 2, 3, 4, 5)
    world.pull()
    assert world.book().created == 5
    assert set(world.statuses().values()) == {"BOOKED"}


@pytest.mark.cp_bug(7)
def test_a_processor_that_was_too_slow_books_nothing(world):
    world.order()
    world.pull()
    slow = claim_orders(world.context)
    with reading(world.engine) as connection:
        (claimed,) = read_claimed(connection, "main", slow)
    let_leases_run_out(world)
    quick = claim_orders(world.context)
    assert quick
    with writing(world.engine) as connection, pytest.raises(ClaimLostError):
        fence(connection, "main", slow, claimed)
    report = book_orders(world.context, slow)
    assert (report.created, report.read) == (0, 0)
    assert {name: world.rows(name) for name in DOCUMENTS} == {name: [] for name in DOCUMENTS}
    assert book_orders(world.context, quick).created == 1


@pytest.mark.cp_bug(7)
def test_a_claim_lost_between_validation_and_writing_leaves_nothing_behind(world):
    world.order()
    world.pull()
    counters = world.rows("PS_STA_CFG_PS")
    token = claim_orders(world.context)
    other = open_engine(world.engine.url.render_as_string(hide_password=False))

    taken = []

    def another_takes_it(connection, cursor, statement, *_):
        # The price book is read last before the booking's transaction begins.
        if "IM_PRC_RUL_BRK" in statement and not taken:
            let_leases_run_out(world)
            taken.append(claim_orders(replace(world.context, engine=other)))

    event.listen(world.engine, "before_cursor_execute", another_takes_it)
    report = book_orders(world.context, token)
    other.dispose()
    assert all(taken)
    assert len(taken) == 1
    assert (report.created, report.waiting, report.refused) == (0, 1, [])
    assert {name: world.rows(name) for name in DOCUMENTS} == {name: [] for name in DOCUMENTS}
    assert world.rows("PS_STA_CFG_PS") == counters
    assert world.rows("AR_CUST")[0]["NO_OF_ORDS"] == 0


@pytest.mark.cp_bug(1, 2, 5)
def test_two_processors_at_once_book_each_order_once(world):
    world.configure(documents={"claim_size": 1})
    world.orders(*range(1, 9))
    world.pull()
    start = Barrier(2)

    def work(_):
        engine = open_engine(world.engine.url.render_as_string(hide_password=False))
        context = replace(world.context, engine=engine)
        start.wait(30)
        booked = 0
        while token := claim_orders(context):
            report = book_orders(context, token)
            booked += report.created
            if report.outcome == "skipped":
                # The other one is at work, and what was claimed here is claimable again.
                break
        booked += create_documents(context).created
        engine.dispose()
        return booked

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(work, range(2)))
    assert sum(counts) + world.book().created == 8
    assert world.orders_booked() == [f"WOO {number}" for number in range(1, 9)]
    keys = [row["DOC_ID"] for row in world.rows("PS_DOC_HDR")]
    numbers = [row["TKT_NO"] for row in world.rows("PS_DOC_HDR")]
    assert len(set(keys)) == len(set(numbers)) == 16
    assert world.rows("AR_CUST")[0]["NO_OF_ORDS"] == 8


def test_an_order_whose_key_is_there_follows_the_key(world):
    world.order()
    world.pull()
    world.book()
    row = world.staged()
    world.set_rows("USER_ORDER_STAGING", {}, STATUS="PENDING", DOC_ID=None, TKT_NO=None)
    report = world.book()
    assert (report.created, report.unchanged, report.refused) == (0, 1, [])
    holds(world.staged(), STATUS="BOOKED", DOC_ID=row["DOC_ID"], TKT_NO=row["TKT_NO"])
    assert world.orders_booked() == ["WOO 20001"]
    assert world.letters() == []


def test_a_run_that_must_not_work_gives_its_claim_back_at_once(world):
    world.order()
    world.pull()
    token = claim_orders(world.context)
    with flow_lock(world.engine, "documents"):
        assert book_orders(world.context, token).outcome == "skipped"
    holds(world.staged(), STATUS="PENDING", CLAIM_TOKEN=None)
    assert world.book().created == 1


def test_a_run_that_breaks_gives_its_claim_back_and_says_so_in_the_log(world):
    world.order()
    world.pull()
    token = claim_orders(world.context)

    def fail(connection, cursor, statement, *_):
        if "PS_DRW_SESSION" in statement:
            raise OSError("the disk is gone")

    event.listen(world.engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="disk is gone"):
        book_orders(world.context, token)
    event.remove(world.engine, "before_cursor_execute", fail)
    assert world.statuses() == {20001: "PENDING"}
    last = world.rows("USER_SYNC_LOG")[-1]
    holds(last, SUCCESS=False, ERROR_MESSAGE="OSError: the disk is gone")


@pytest.mark.cp_bug(48)
def test_validation_refuses_what_cannot_be_booked_and_leaves_the_rest_claimed(world):
    world.order(1)
    world.order(2, currency="CAD")
    world.pull()
    token = claim_orders(world.context)
    report = validate_orders(world.context, token)
    assert (report.read, report.unchanged, len(report.refused)) == (2, 1, 1)
    assert world.statuses() == {1: "CLAIMED", 2: "REFUSED"}
    assert book_orders(world.context, token).created == 1


def test_orders_that_a_dead_run_holds_are_waiting_until_its_claim_ends(world):
    world.configure(documents={"claim_size": 2})
    world.orders(1, 2, 3)
    world.pull()
    assert claim_orders(world.context)
    report = world.book()
    assert (report.read, report.created, report.waiting) == (1, 1, 2)
    assert world.rows("USER_SYNC_LOG")[-1]["RECORDS_SKIPPED"] == 2
    let_leases_run_out(world)
    report = world.book()
    assert (report.created, report.waiting) == (2, 0)


def test_orders_whose_next_attempt_is_not_due_are_waiting_and_refused_ones_are_not(world):
    world.orders(1, 2)
    world.order(3, currency="CAD")
    world.pull()
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    report = world.book()
    assert (len(report.refused), report.waiting) == (3, 0)
    report = world.book()
    assert (report.read, report.refused, report.waiting) == (0, [], 2)
