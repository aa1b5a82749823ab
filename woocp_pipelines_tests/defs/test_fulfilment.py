"""Fulfilment in Dagster: the asset, its check, a plan, on the sandbox over HTTP."""

from sqlalchemy import select

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.sandbox.seeding import TODAY, ZONE
from woocp_pipelines.sandbox.shipping import cancel_order, post_ticket, release_order
from woocp_pipelines_tests.defs.observed import checks, materialized, observed

JOB = "fulfilment_sync"
CHECK = "document_and_order_go_together"
NOW = TODAY.astimezone(ZONE).replace(tzinfo=None)


def processing(sandbox):
    """The booked orders that the shop still works on: DOC_ID by order."""
    with reading(sandbox.engine) as connection:
        rows = connection.execute(select(USER_ORDER_KEY).where(USER_ORDER_KEY.c.DOC_ID > 0)).all()
    orders = {row.WOO_ORDER_ID: row.DOC_ID for row in rows}
    return {each: doc for each, doc in orders.items() if status(sandbox, each) == "processing"}


def status(sandbox, order_id):
    return sandbox.state.find("order", order_id)["status"]


def test_shipments_complete_orders_and_a_cancellation_fails_the_check(booked, run_job):
    (shipped, first), (cancelled, second), (waiting, _) = list(processing(booked).items())[:3]
    assert run_job(booked, JOB).success
    with writing(booked.engine) as connection:
        post_ticket(connection, release_order(connection, first, NOW), NOW)
        cancel_order(connection, second, NOW)
    result = run_job(booked, JOB)
    assert result.success
    said = materialized(result)["order_fulfilment"]
    assert (said["created"], said["shipped"], said["cancelled"]) == (2, 1, 1)
    assert said["messages_sent"] == 2
    assert said["state"] == "degraded"
    assert [status(booked, each) for each in (shipped, cancelled, waiting)] == [
        "completed",
        "processing",
        "processing",
    ]
    found = checks(result)[CHECK]
    assert not found.passed
    (letter,) = [record.data for record in found.metadata["dead_letters"].value.records]
    assert letter["code"] == "DOCUMENT_CANCELLED"
    changed = checks(run_job(booked, "order_sync"))["no_booked_order_was_changed"]
    records = [record.data for record in changed.metadata["dead_letters"].value.records]
    assert not [row for row in records if row["record"] in {str(shipped), str(cancelled)}]


def test_a_plan_is_an_observation_with_what_would_be_told(booked, run_job):
    order_id, doc_id = next(iter(processing(booked).items()))
    with writing(booked.engine) as connection:
        release_order(connection, doc_id, NOW)
    config = {"ops": {"order_fulfilment": {"config": {"mode": "plan"}}}}
    result = run_job(booked, JOB, run_config=config)
    assert result.success
    assert materialized(result) == {}
    said = observed(result)["order_fulfilment"]
    changes = [(change["record"], change["what"]) for change in said["planned_changes"]]
    key = str(order_id)
    assert changes == [(key, "SHIPPED"), (key, "status"), (key, "cp_ship_date")]
    assert said["orders_completed"] == 1
    assert status(booked, order_id) == "processing"


def test_a_second_run_tells_nothing(booked, run_job):
    with writing(booked.engine) as connection:
        release_order(connection, next(iter(processing(booked).values())), NOW)
    assert materialized(run_job(booked, JOB))["order_fulfilment"]["created"] == 1
    again = materialized(run_job(booked, JOB))["order_fulfilment"]
    assert (again["created"], again["messages_sent"]) == (0, 0)
