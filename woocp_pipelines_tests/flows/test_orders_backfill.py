"""A day read again by creation date, and plan mode, also before `woocp db upgrade`."""

from datetime import date

import pytest

from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders, stage_day
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.sandbox.schema import (
    create_retailer_tables,
    create_vendor_tables,
)
from woocp_pipelines_tests.order_world import order_world
from woocp_pipelines_tests.worked_example import _codes, _items


def made(moment):
    return {"date_created_gmt": moment, "date_modified_gmt": moment}


@pytest.mark.cp_bug(39)
def test_a_day_is_the_stores_own_also_when_the_clocks_change(world):
    """2026-11-01 has 25 hours in New York: from 04:00 UTC until 05:00 UTC of the next day."""
    moments = ("2026-11-01T03:59:59", "2026-11-01T04:00:00", "2026-11-01T05:30:00",
               "2026-11-01T06:30:00", "2026-11-02T04:59:59", "2026-11-02T05:00:00")  # fmt: skip
    for order_id, moment in enumerate(moments, start=1):
        world.order(order_id, **made(moment))
    report = stage_day(world.context, date(2026, 11, 1))
    assert sorted(world.statuses()) == [2, 3, 4, 5]
    assert report.created == 4
    assert {row["ORD_DAT"] for row in world.rows("USER_ORDER_STAGING")} == {date(2026, 11, 1)}


def test_a_backfill_never_moves_the_mark_and_stages_nothing_twice(world):
    world.order(1, **made("2026-03-02T12:00:00"))
    world.order(2)
    world.pull()
    mark = world.mark()
    assert stage_day(world.context, date(2026, 3, 2)).written == 0
    assert (sorted(world.statuses()), world.mark()) == ([1, 2], mark)


def test_a_backfill_stages_nothing_of_before_the_start_date(world):
    world.order(1, **made("2025-12-30T12:00:00"))
    assert stage_day(world.context, date(2025, 12, 30)).created == 0


def test_an_order_of_before_the_start_date_that_was_paid_since_is_told_and_not_staged(world):
    world.order(1, **made("2025-12-30T12:00:00"), date_paid_gmt="2026-01-03T12:00:00")
    world.order(2, **made("2025-12-30T12:00:00"), date_paid_gmt="2025-12-30T12:01:00")
    world.order(3, **made("2025-12-30T12:00:00"), status="cancelled")
    for order_id in (1, 2, 3):
        world.change(order_id, customer_note="call me")
    report = world.pull()
    assert [item.problem.code for item in report.refused] == ["BEFORE_START_DATE"]
    assert world.statuses() == {}
    (letter,) = world.letter_rows()
    assert letter["WOO_ORDER_ID"] == 1
    assert letter["FOUND"] == "2025-12-30T12:00:00+00:00, paid 2026-01-03T12:00:00+00:00"


def test_a_planned_pull_shows_what_it_would_do_and_writes_nothing(world):
    world.order(1)
    world.pull()
    world.change(1, status="cancelled")
    world.order(2)
    world.order(3, total="a lot")
    before = {name: world.rows(name) for name in ("USER_ORDER_STAGING", "USER_SYNC_STATE")}
    plan = world.pull(mode="plan")
    assert (plan.created, plan.updated, len(plan.refused)) == (1, 1, 1)
    assert {(one.key, one.what) for one in plan.changes} == {
        ("1", "order update"),
        ("2", "order insert"),
    }
    assert {name: world.rows(name) for name in before} == before
    assert world.letters() == []
    assert len(world.rows("USER_SYNC_LOG")) == 1


@pytest.mark.parametrize("with_retailer", [False, True])
def test_all_plans_work_before_the_upgrade(tmp_path, new_database, with_retailer):
    engine = new_database()
    create_vendor_tables(engine)
    if with_retailer:
        create_retailer_tables(engine)
    with engine.begin() as connection:
        _codes(connection)
        _items(connection)
    with order_world(engine, tmp_path) as world:
        world.order(1)
        world.order(2, payment_method="cheque")
        pull = pull_orders(world.context, mode="plan")
        documents = create_documents(world.context, mode="plan")
        outbox = notify_store(world.context, mode="plan")
    assert pull.created == 2
    assert documents.created == 1
    assert [item.problem.code for item in documents.refused] == ["NO_PAY_CODE"]
    assert outbox.read == 0
    with engine.connect() as connection:
        assert not table_exists(connection, "USER_ORDER_KEY")


def test_planned_documents_are_what_would_be_there_after_a_pull(world):
    world.orders(1, 2, 3)
    world.pull()
    world.change(1, status="cancelled")
    world.change(2, line_items=[{"id": 1, "quantity": 4, "total": "75.96", "subtotal": "84.40"}])
    world.order(4)
    plan = world.book(mode="plan")
    shown = {one.key: one.after for one in plan.changes}
    assert sorted(shown) == ["2", "3", "4"]
    assert shown["3"] == "236.11 USD, 2 lines"
    assert shown["2"] != shown["3"]
    assert world.documents() == []
    assert world.statuses() == {1: "PENDING", 2: "PENDING", 3: "PENDING"}
