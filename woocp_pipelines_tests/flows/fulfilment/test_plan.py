"""A plan shows what an apply run would change and refuse, and writes nothing anywhere."""

import pytest
from sqlalchemy import event

from woocp_pipelines.woocommerce.errors import StoreError

OURS = (
    "USER_ORDER_FULFILMENT",
    "USER_STORE_OUTBOX",
    "USER_SYNC_LOG",
    "USER_DEAD_LETTER",
    "USER_ORDER_KEY",
)


def refused(report):
    return [(one.kind, one.key, one.problem) for one in report.refused]


def changes(report):
    return [(one.key, one.what, one.before, one.after) for one in report.changes]


def plan_then_apply(tills):
    """Both reports; what they must share is compared here."""
    tills.world.wait(seconds=5)
    plan = tills.sync(mode="plan")
    ran = tills.sync(mode="apply")
    assert refused(plan) == refused(ran)
    assert (plan.read, plan.written, plan.unchanged) == (ran.read, ran.written, ran.unchanged)
    assert plan.facts["orders_completed"] == ran.facts["orders_completed"]
    assert plan.facts["messages_to_send"] == ran.facts["messages_sent"]
    return plan, ran


def test_it_shows_note_status_and_meta_and_writes_nothing_anywhere(tills):
    tills.track("A1")
    tills.release()
    before = {name: tills.world.rows(name) for name in OURS}
    plan = tills.sync(mode="plan")
    note = f"Order fulfilled and shipped from CounterPoint. Ship Date: {tills.day}. Tracking: A1"
    assert changes(plan) == [
        ("20001", "SHIPPED", "", note),
        ("20001", "status", "processing", "completed"),
        ("20001", "cp_ship_date", "", tills.day),
        ("20001", "cp_tracking", "", "A1"),
    ]
    assert (plan.created, plan.refused, plan.facts["shipped"]) == (1, [], 1)
    assert plan.facts["orders_completed"] == 1
    assert {name: tills.world.rows(name) for name in OURS} == before
    assert tills.world.requests() == ["GET /orders"]


def test_nothing_to_tell_costs_no_request(tills):
    plan = tills.sync(mode="plan")
    assert (plan.changes, tills.world.requests()) == ([], [])


@pytest.mark.parametrize("status", ["on-hold", "refunded", "completed", "trash"])
def test_it_refuses_what_the_run_would_refuse(tills, status):
    if status == "trash":
        tills.world.trash()
    else:
        tills.world.change(status=status)
    tills.release()
    plan, _ = plan_then_apply(tills)
    codes = [one.problem.code for one in plan.refused]
    assert codes == ([] if status == "completed" else ["STATUS_NOT_PROCESSING"])
    assert "status" not in [one.what for one in plan.changes]
    assert tills.status() == status


@pytest.mark.parametrize(
    ("status", "code"), [("processing", ["DOCUMENT_CANCELLED"]), ("cancelled", [])]
)
def test_it_asks_whether_the_shop_gave_up_what_counterpoint_cancelled(tills, status, code):
    if status != "processing":
        tills.world.change(status=status)
    tills.cancel()
    plan, _ = plan_then_apply(tills)
    assert [one.problem.code for one in plan.refused] == code


def test_an_order_that_is_gone_is_refused_by_both(tills):
    tills.world.store.delete("orders/20001", {"force": True})
    tills.release()
    tills.world.wait(seconds=5)
    plan, ran = tills.sync(mode="plan"), tills.sync(mode="apply")
    for report in (plan, ran):
        (one,) = report.refused
        assert (one.kind, one.key, one.problem.code) == ("outbox", "20001", "ORDER_GONE")


def test_what_an_earlier_run_left_in_the_outbox_is_shown_with_what_is_new(tills):
    tills.track("A1")
    tills.release(quantities={1: 1})
    tills.world.configure(flows={"outbox": {"mode": "plan"}})
    held = tills.later()
    assert "mode plan" in held.facts["messages_not_sent"]
    tills.world.configure()
    tills.track("A1", "A2")
    tills.release()
    plan, _ = plan_then_apply(tills)
    assert [(what, before, after) for _, what, before, after in changes(plan)][1:] == [
        ("cp_tracking", "", "A1"),
        ("SHIPPED", "", plan.changes[2].after),
        ("status", "processing", "completed"),
        ("cp_ship_date", "", tills.day),
        ("cp_tracking", "A1", "A1, A2"),
    ]
    assert plan.changes[2].after.endswith("Tracking: A2")


def test_news_behind_a_message_that_waits_would_not_be_sent_yet(tills):
    tills.release(quantities={1: 1})
    tills.world.fault("maintenance", path="/orders/20001/notes", times=2)
    tills.later()
    tills.release()
    plan, _ = plan_then_apply(tills)
    assert (plan.created, plan.changes) == (1, [])
    assert tills.status() == "processing"


def test_an_order_that_the_shop_let_go_is_shown_as_completed_without_a_second_note(tills):
    tills.world.change(status="on-hold")
    tills.release()
    tills.later()
    tills.world.change(status="processing")
    plan, _ = plan_then_apply(tills)
    assert changes(plan) == [("20001", "status", "processing", "completed")]
    assert tills.status() == "completed"


def test_a_store_that_cannot_be_read_fails_the_plan(tills):
    tills.release()
    tills.world.fault("maintenance", method="GET", path="/orders", times=9)
    with pytest.raises(StoreError, match="GET orders 503"):
        tills.sync(mode="plan")


def test_statements_and_requests_do_not_grow_with_the_orders(tills):
    tills.world.change(status="on-hold")
    tills.release()
    one = asked(tills)
    for order_id in range(20002, 20008):
        tills.world.order(order_id)
    tills.world.pull()
    tills.world.book()
    tills.world.notify()
    tills.sync()
    for order_id in range(20002, 20008):
        tills.release(order_id)
    # The first one is a refused message by now, which is asked for in a request of its own.
    statements, requests = asked(tills)
    assert (statements, requests) == (one[0], [*one[1], "GET /orders"])
    for order_id in range(20002, 20008):
        tills.world.change(order_id, status="on-hold")
    tills.later()
    assert [code for _, _, code in tills.world.letters()].count("STATUS_NOT_PROCESSING") == 7
    assert asked(tills) == (one[0], ["GET /orders"])


def asked(tills):
    """How many statements a plan makes, and which requests."""
    seen = []

    def count(_connection, _cursor, text, *_):
        seen.append(text)

    tills.world.server.requests.clear()
    event.listen(tills.world.engine, "before_cursor_execute", count)
    tills.sync(mode="plan")
    event.remove(tills.world.engine, "before_cursor_execute", count)
    return len([text for text in seen if text.startswith("SELECT")]), tills.world.requests()
