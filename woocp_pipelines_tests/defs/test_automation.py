"""Schedules and the sensor: they start a run, or say why they do not."""

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.documents import claim_orders
from woocp_pipelines.flows.orders import pull_orders

AT = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
SCHEDULES = {
    "customer_sync_every_night": "customer_sync",
    "order_sync_every_5_minutes": "order_sync",
    "order_sync_in_full_every_night": "order_sync",
    "order_creation_every_5_minutes": "order_creation",
    "inventory_sync_every_5_minutes": "inventory_sync",
    "inventory_sync_in_full_every_night": "inventory_sync",
    "price_book_reading_every_night": "price_book_reading",
    "price_review_every_night": "price_review",
    "reconciliation_every_night": "reconciliation",
}


@pytest.fixture
def instance(instance_on_disk):
    """Schedules are asked by a reference to an instance, which one in memory has not."""
    return instance_on_disk


def tick(settings, instance, name, at=AT):
    graph = build_defs(settings).get_repository_def()
    schedule = graph.get_schedule_def(name)
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, repository_def=graph
    ) as context:
        return schedule.evaluate_tick(context)


def look(settings, instance, cursor=None):
    sensor = build_defs(settings).resolve_sensor_def("pending_orders")
    resources = {"woocp": WoocpResource(settings=settings)}
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context:
        return sensor.evaluate_tick(context)


def begin(instance, settings, job_name, status=dg.DagsterRunStatus.STARTED):
    """A run of a job that is not finished, in the instance's own storage."""
    job = build_defs(settings).resolve_job_def(job_name)
    run = instance.create_run_for_job(job)
    reports = {
        dg.DagsterRunStatus.STARTED: dg.DagsterEventType.RUN_START,
        dg.DagsterRunStatus.STARTING: dg.DagsterEventType.RUN_STARTING,
        dg.DagsterRunStatus.CANCELING: dg.DagsterEventType.RUN_CANCELING,
        dg.DagsterRunStatus.SUCCESS: dg.DagsterEventType.RUN_SUCCESS,
    }
    if status in reports:
        event = dg.DagsterEvent(event_type_value=reports[status].value, job_name=job_name)
        instance.report_dagster_event(event, run.run_id)
    return run.run_id


def planning(settings):
    return settings.model_copy(update={"mode": "plan"})


@pytest.mark.parametrize(("name", "job"), SCHEDULES.items())
def test_a_schedule_starts_its_job_and_never_by_a_key(sandbox, instance, name, job):
    (request,) = tick(sandbox.settings, instance, name).run_requests
    assert request.run_key is None
    assert build_defs(sandbox.settings).resolve_schedule_def(name).job_name == job


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_a_schedule_waits_while_a_run_of_its_own_job_is_unfinished(sandbox, instance, status):
    run_id = begin(instance, sandbox.settings, "order_sync", dg.DagsterRunStatus[status])
    found = tick(sandbox.settings, instance, "order_sync_every_5_minutes")
    assert found.run_requests == []
    assert run_id in found.skip_message
    assert status in found.skip_message


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 22, 9, 23, tzinfo=UTC), "2026-11-21"),
        # Still the evening of the 21st in the store.
        (datetime(2026, 11, 22, 4, 59, tzinfo=UTC), "2026-11-20"),
    ],
)
def test_the_nightly_price_review_is_of_the_stores_yesterday(sandbox, instance, at, day):
    (request,) = tick(sandbox.settings, instance, "price_review_every_night", at).run_requests
    assert request.partition_key == day


def test_before_the_first_day_of_orders_there_is_nothing_to_review(sandbox, instance):
    at = datetime(2026, 11, 22, 9, 23, tzinfo=UTC)
    orders = sandbox.settings.orders.model_copy(update={"start_date": date(2026, 11, 22)})
    settings = sandbox.settings.model_copy(update={"orders": orders})
    found = tick(settings, instance, "price_review_every_night", at)
    assert found.run_requests == []
    assert "2026-11-21" in found.skip_message


def test_a_schedule_does_not_wait_for_other_jobs_nor_for_finished_runs(sandbox, instance):
    begin(instance, sandbox.settings, "inventory_sync")
    begin(instance, sandbox.settings, "order_sync", dg.DagsterRunStatus.SUCCESS)
    assert tick(sandbox.settings, instance, "order_sync_every_5_minutes").run_requests


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("inventory_sync_in_full_every_night", "woo_stock"),
        ("order_sync_in_full_every_night", "order_staging"),
    ],
)
def test_the_store_is_read_in_full_once_a_night(sandbox, instance, name, asset):
    (request,) = tick(sandbox.settings, instance, name).run_requests
    assert request.run_config["ops"][asset]["config"]["full"] is True


def test_what_the_night_asks_for_is_what_the_job_takes(serving, instance, run_job):
    (request,) = tick(serving.settings, instance, "order_sync_in_full_every_night").run_requests
    result = run_job(serving, "order_sync", run_config=request.run_config)
    (event,) = result.asset_materializations_for_node("order_staging")
    assert result.success
    assert "orders_listed" in event.metadata


def test_the_sensor_starts_nothing_while_no_order_is_pending(sandbox, instance):
    found = look(sandbox.settings, instance)
    assert not found.run_requests
    assert found.skip_message == "no order is pending"


def test_the_sensor_fires_on_orders_that_can_be_claimed_now(serving, instance):
    context = open_context(serving.settings)
    pull_orders(context)
    (request,) = look(serving.settings, instance).run_requests
    assert request.run_key is None
    while claim_orders(context):
        pass
    assert not look(serving.settings, instance).run_requests


def test_the_sensor_waits_while_order_creation_runs(serving, instance):
    pull_orders(open_context(serving.settings))
    run_id = begin(instance, serving.settings, "order_creation")
    found = look(serving.settings, instance)
    assert not found.run_requests
    assert run_id in found.skip_message


def test_in_plan_mode_the_sensor_fires_once_for_the_same_pending_orders(serving, instance):
    pull_orders(open_context(serving.settings))
    first = look(planning(serving.settings), instance)
    assert len(first.run_requests) == 1
    again = look(planning(serving.settings), instance, cursor=first.cursor)
    assert not again.run_requests
    assert "those of the last plan" in again.skip_message


def test_without_a_sandbox_the_sensor_says_how_to_make_one(sandbox, instance, tmp_path):
    home = tmp_path / "nobody"
    connections = sandbox.settings.connections.model_copy(update={"home": home})
    settings = sandbox.settings.model_copy(update={"connections": connections})
    found = look(settings, instance)
    assert "woocp demo" in found.skip_message
    assert not home.exists()
