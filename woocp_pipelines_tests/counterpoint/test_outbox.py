"""Messages for the store: due, waiting longer each time, settled."""

from datetime import timedelta

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.outbox import (
    add_booking,
    count_open,
    mark_failed,
    mark_sent,
    read_due,
)
from woocp_pipelines.rules.document_building import Documents
from woocp_pipelines_tests.customer_world import NOW
from woocp_pipelines_tests.order_world import D

BOOKED = Documents({}, (), 109105441112, "O109-000001", 109305441111, D(1), D(0), 1)


def add(engine, order_id=20001, now=NOW):
    with writing(engine) as connection:
        add_booking(connection, "main", order_id, BOOKED, now)


def due(engine, now=NOW):
    with writing(engine) as connection:
        return read_due(connection, "main", now)


def test_a_message_says_what_the_retailers_staff_search_for(engine):
    add(engine)
    (message,) = due(engine)
    assert message.note == (
        "Order created in CounterPoint. DOC_ID: 109105441112, TKT_NO: O109-000001"
    )
    assert message.meta == {"cp_doc_id": "109105441112", "cp_tkt_no": "O109-000001"}


def test_messages_come_oldest_first_and_only_when_they_are_due(engine):
    add(engine, 3)
    add(engine, 1)
    add(engine, 2, NOW + timedelta(minutes=5))
    assert [message.woo_order_id for message in due(engine)] == [3, 1]


def test_each_failure_doubles_the_pause_up_to_six_hours(engine):
    add(engine)
    now, pauses = NOW, []
    for _ in range(12):
        (message,) = due(engine, now)
        with writing(engine) as connection:
            later = mark_failed(connection, message, "503", now, final=False)
        pauses.append((later - now).total_seconds() / 60)
        assert due(engine, later - timedelta(seconds=1)) == []
        now = later
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]


def test_a_settled_message_is_neither_due_nor_open(engine):
    add(engine, 1)
    add(engine, 2)
    add(engine, 3)
    one, two, _ = due(engine)
    with writing(engine) as connection:
        mark_sent(connection, one, NOW)
        assert mark_failed(connection, two, "gone", NOW, final=True) is None
        assert count_open(connection, "main") == 1
    assert [message.woo_order_id for message in due(engine, NOW + timedelta(days=9))] == [3]
