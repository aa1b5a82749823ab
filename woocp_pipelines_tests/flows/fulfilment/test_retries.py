"""What happens when a run dies or the store fails in the middle: nothing twice, nothing lost."""

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines_tests.order_world import conflict_once, holds


def test_a_store_that_fails_after_the_note_gets_status_later_and_no_second_note(tills):
    tills.release()
    tills.world.fault("maintenance", method="PUT", path="/orders/20001", times=2)
    report = tills.later()
    assert report.facts["messages_waiting"] == 1
    assert tills.status() == "processing"
    assert tills.later(minutes=1).created == 0
    assert tills.status() == "completed"
    assert len(tills.notes()) == 1
    assert tills.world.letters() == []


@pytest.mark.parametrize("fault", ["cut_after_write", "truncated"])
def test_a_status_whose_answer_was_lost_is_looked_at_again(tills, fault):
    tills.release()
    tills.world.fault(fault, method="PUT", path="/orders/20001")
    tills.later()
    tills.later(minutes=1)
    assert tills.status() == "completed"
    assert tills.world.rows("USER_STORE_OUTBOX")[-1]["STATUS"] == "SENT"
    assert len(tills.notes()) == 1


def test_a_message_noted_by_a_run_that_died_is_sent_by_the_next_outbox_run(tills):
    tills.release()
    tills.world.configure(flows={"outbox": {"mode": "plan"}})
    report = tills.later()
    assert (report.created, tills.status()) == (1, "processing")
    tills.world.configure()
    tills.world.notify()
    assert tills.status() == "completed"


def test_where_the_outbox_only_plans_nothing_is_called_sent(tills):
    tills.release()
    tills.world.configure(flows={"outbox": {"mode": "plan"}})
    facts = tills.later().facts
    assert facts["messages_not_sent"] == "the outbox has mode plan: they wait there"
    assert not {"messages_sent", "orders_completed"} & facts.keys()
    holds(tills.world.rows("USER_STORE_OUTBOX")[-1], KIND="SHIPPED:1", STATUS="PENDING")
    assert tills.world.requests() == []


def test_mark_and_message_are_written_together_or_not_at_all(tills):
    tills.release()
    conflict_once(tills.world.engine, "INSERT", "USER_STORE_OUTBOX")
    assert tills.later().created == 1
    assert tills.kinds() == ["ORDER_BOOKED", "SHIPPED:1"]
    holds(tills.world.rows("USER_ORDER_FULFILMENT")[0], STATE="SHIPPED", MESSAGES=1)


def test_later_news_never_stands_before_news_that_waits(tills):
    tills.release(quantities={1: 1})
    tills.world.fault("maintenance", path="/orders/20001/notes", times=2)
    tills.later()
    tills.release()
    tills.world.configure(flows={"outbox": {"mode": "plan"}})
    tills.later()
    tills.world.configure()
    tills.world.notify()
    assert tills.notes() == []
    tills.world.wait(minutes=2)
    tills.world.fault("maintenance", path="/orders/20001/notes", times=2)
    tills.world.notify()
    assert tills.notes() == []
    tills.world.wait(minutes=4)
    tills.world.notify()
    assert [note.split(" from")[0] for note in tills.notes()] == [
        "Order partially shipped",
        "Order fulfilled and shipped",
    ]


def test_a_second_run_at_the_same_time_ends_as_skipped(tills):
    tills.release()
    with flow_lock(tills.world.engine, "fulfilment"):
        report = tills.later()
    assert (report.outcome, report.skip_reason) == (
        "skipped",
        "another run of fulfilment is at work",
    )
    assert tills.status() == "processing"


def test_reading_takes_the_same_number_of_statements_however_many_orders(tills):
    few = statements(tills)
    for order_id in range(20002, 20012):
        tills.world.order(order_id)
    tills.world.pull()
    tills.world.book()
    tills.sync()
    assert statements(tills) == few


def statements(tills):
    """How many statements a planned run makes."""
    seen = []

    def count(_connection, _cursor, text, *_):
        if text.startswith("SELECT"):
            seen.append(text)

    event.listen(tills.world.engine, "before_cursor_execute", count)
    tills.sync(mode="plan")
    event.remove(tills.world.engine, "before_cursor_execute", count)
    return len(seen)


def test_first_looks_at_many_orders_are_written_by_few_statements(world_booked):
    tills = world_booked
    for order_id in range(20002, 20022):
        tills.world.order(order_id)
    tills.world.pull()
    tills.world.book()
    seen = []
    event.listen(
        tills.world.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, text, *_: seen.append(text),
    )
    tills.sync()
    assert (
        sum(text.startswith("INSERT INTO [USER_ORDER_FUL") for text in seen)
        + sum(text.startswith('INSERT INTO "USER_ORDER_FUL') for text in seen)
        == 1
    )
