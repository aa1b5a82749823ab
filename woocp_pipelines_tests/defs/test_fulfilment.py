"""Fulfilment in Dagster: the asset, its check, a plan, on the sandbox over HTTP."""

import pytest
from sqlalchemy import select

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.sandbox.seeding import TODAY, ZONE
from woocp_pipelines.sandbox.shipping import cancel_order, post_ticket, release_order
from woocp_pipelines_tests.defs.observed import checks, materialized, observed

JOB = "fulfilment_sync"
CHECK = "document_and_order_go_together"
NOW = TODAY.astimezone(ZONE).replace(tzinfo=None)


@pytest.fixture
def booked(serving, run_job):
    """The sandbox after its orders were booked; gives the processing ones by id."""
    assert run_job(serving, "order_sync").success
    assert run_job(serving, "order_creation").success
    with reading(serving.engine) as connection:
        rows = connection.execute(select(USER_ORDER_KEY).where(USER_ORDER_KEY.c.DOC_ID > 0)).all()
    orders = {row.WOO_ORDER_ID: row.DOC_ID for row in rows}
    return {each: doc for each, doc in orders.items() if status(serving, each) == "processing"}


def status(sandbox, order_id):
    return sandbox.state.find("order", order_id)["status"]


def test_shipments_complete_orders_and_a_cancellation_fails_the_check(serving, run_job, booked):
    (shipped, first), (cancelled, second), (waiting, _) = list(booked.items())[:3]
    assert run_job(serving, JOB).success
    with writing(serving.engine) as connection:
        post_ticket(connection, release_order(connection, first, NOW), NOW)
        cancel_order(connection, second, NOW)
    result = run_job(serving, JOB)
    assert result.success
    said = materialized(result)["order_fulfilment"]
    assert (said["created"], said["shipped"], said["cancelled"]) == (2, 1, 1)
    assert said["messages_sent"] == 2
    assert said["state"] == "degraded"
    assert [status(serving, each) for each in (shipped, cancelled, waiting)] == [
        "completed",
        "processing",
        "processing",
    ]
    found = checks(result)[CHECK]
    assert not found.passed
    (letter,) = [record.data for record in found.metadata["dead_letters"].value.records]
    assert letter["code"] == "DOCUMENT_CANCELLED"
    changed = checks(run_job(serving, "order_sync"))["no_booked_order_was_changed"]
    records = [record.data for record in changed.metadata["dead_letters"].value.records]
    assert not [row for row in records if row["record"] in {str(shipped), str(cancelled)}]


def test_a_plan_is_an_observation_with_what_would_be_told(serving, run_job, booked):
    order_id, doc_id = next(iter(booked.items()))
    with writing(serving.engine) as connection:
        release_order(connection, doc_id, NOW)
    config = {"ops": {"order_fulfilment": {"config": {"mode": "plan"}}}}
    result = run_job(serving, JOB, run_config=config)
    assert result.success
    assert materialized(result) == {}
    said = observed(result)["order_fulfilment"]
    changes = [(change["record"], change["what"]) for change in said["planned_changes"]]
    key = str(order_id)
    assert changes == [(key, "SHIPPED"), (key, "status"), (key, "cp_ship_date")]
    assert said["orders_completed"] == 1
    assert status(serving, order_id) == "processing"


def test_a_second_run_tells_nothing(serving, run_job, booked):
    with writing(serving.engine) as connection:
        release_order(connection, next(iter(booked.values())), NOW)
    assert materialized(run_job(serving, JOB))["order_fulfilment"]["created"] == 1
    again = materialized(run_job(serving, JOB))["order_fulfilment"]
    assert (again["created"], again["messages_sent"]) == (0, 0)
