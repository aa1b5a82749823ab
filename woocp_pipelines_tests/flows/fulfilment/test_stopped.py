"""An order that the shop had stopped when its goods went out, and lets go later."""

import pytest
from sqlalchemy import event

from woocp_pipelines.flows.settling import settle, sign
from woocp_pipelines_tests.order_world import holds


@pytest.fixture
def stopped(tills):
    """Shipped while the shop had it on hold."""
    tills.world.change(status="on-hold")
    tills.release()
    tills.later()
    assert tills.world.letters() == [("revision", "20001", "STATUS_NOT_PROCESSING")]
    tills.world.server.requests.clear()
    return tills


def test_it_is_completed_by_the_next_run_and_its_letter_closes(stopped):
    stopped.world.change(status="processing")
    report = stopped.later()
    assert (report.refused, report.facts["orders_completed"]) == ([], 1)
    assert stopped.status() == "completed"
    assert stopped.world.letters() == []
    assert len(stopped.notes()) == 1
    holds(stopped.world.rows("USER_STORE_OUTBOX")[-1], STATUS="SENT", LAST_ERROR=None)
    stopped.world.server.requests.clear()
    assert stopped.later().facts["messages_sent"] == 0
    assert stopped.world.requests() == []


def test_one_that_a_person_completed_closes_its_letter(stopped):
    stopped.world.change(status="completed")
    report = stopped.later()
    assert (report.refused, report.facts["orders_completed"]) == ([], 0)
    assert (stopped.status(), stopped.world.letters()) == ("completed", [])


@pytest.mark.parametrize("status", ["cancelled", "refunded", "failed", "pending"])
def test_one_that_the_shop_gave_up_stays_refused_with_its_letter(stopped, status):
    stopped.world.change(status=status)
    assert stopped.later().refused == []
    assert stopped.status() == status
    assert stopped.world.letters() == [("revision", "20001", "STATUS_NOT_PROCESSING")]
    holds(stopped.world.rows("USER_STORE_OUTBOX")[-1], STATUS="REFUSED")


def test_one_that_comes_back_from_the_trash_is_completed(tills):
    tills.world.trash()
    tills.release()
    tills.later()
    tills.world.change(status="processing")
    tills.later()
    assert (tills.status(), tills.world.letters()) == ("completed", [])


def test_one_that_a_person_settled_is_not_asked_for_any_more(stopped):
    world = stopped.world
    signature = sign("Ann", "the goods came back")
    settle(world.engine, world.context.settings, ["20001"], [], signature, world.clock())
    world.server.requests.clear()
    stopped.later()
    assert world.requests() == []
    world.change(status="processing")
    stopped.later()
    assert stopped.status() == "processing"


def test_many_are_asked_for_in_one_request_and_let_go_by_one_statement(tills):
    others = range(20002, 20008)
    for order_id in others:
        tills.world.order(order_id)
    tills.world.pull()
    tills.world.book()
    tills.world.notify()
    tills.sync()
    for order_id in others:
        tills.world.change(order_id, status="on-hold")
        tills.release(order_id)
    tills.later()
    assert len(tills.world.letters()) == len(others)
    for order_id in others[1:]:
        tills.world.change(order_id, status="processing")
    tills.world.server.requests.clear()
    updates = []

    def count(_connection, _cursor, text, *_):
        if text.startswith("UPDATE") and "USER_STORE_OUTBOX" in text and " IN " in text:
            updates.append(text)

    event.listen(tills.world.engine, "before_cursor_execute", count)
    report = tills.later()
    event.remove(tills.world.engine, "before_cursor_execute", count)
    assert (len(updates), report.facts["orders_completed"]) == (1, 5)
    assert tills.world.requests().count("GET /orders") == 1
    assert {tills.status(order_id) for order_id in others[1:]} == {"completed"}
    assert tills.world.letters() == [("revision", "20002", "STATUS_NOT_PROCESSING")]


def test_a_store_that_does_not_answer_is_told_and_keeps_no_news_back(stopped):
    world = stopped.world
    world.order(20002)
    world.pull()
    world.book()
    world.notify()
    stopped.sync()
    stopped.release(20002)
    world.change(status="processing")
    # Both attempts at the list; single orders and notes are answered.
    world.fault("maintenance", method="GET", path="/orders$", times=2)
    report = stopped.later()
    assert [(one.kind, one.problem.code) for one in report.refused] == [
        ("run", "STOPPED_ORDERS_UNREAD")
    ]
    assert (stopped.status(20002), stopped.status()) == ("completed", "processing")
    assert stopped.later().refused == []
    assert stopped.status() == "completed"


def test_one_that_is_stopped_again_at_the_last_moment_stays_refused(stopped):
    stopped.world.change(status="processing")
    stopped.world.configure(flows={"outbox": {"mode": "plan"}})
    stopped.later()
    holds(stopped.world.rows("USER_STORE_OUTBOX")[-1], STATUS="PENDING")
    stopped.world.change(status="refunded")
    stopped.world.configure()
    report = stopped.later()
    assert [one.problem.code for one in report.refused] == ["STATUS_NOT_PROCESSING"]
    assert stopped.status() == "refunded"
    (letter,) = stopped.world.letter_rows()
    assert "in the shop the order is refunded" in letter["FOUND"]
