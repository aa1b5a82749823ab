"""What alerts see: each source, and what ends what it saw."""

import json
from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorType, TickData
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from sqlalchemy.exc import DBAPIError, OperationalError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.defs.operations.alert_ticks import read_states
from woocp_pipelines.defs.operations.dagster_types import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    SerializableErrorInfo,
    TickStatus,
)
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.inventory_breaker import BLOCKED, BreakerTripped
from woocp_pipelines.rules.stock_breaker import Extent
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, Call
from woocp_pipelines_tests.defs.alert_world import (
    HOUR,
    DriverError,
    fail,
    problems,
    production,
    quiet,
)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (OperationalError("x", None, DriverError("08S01", "Communication failure")), "database"),
        (BreakerTripped("run-7", Extent(100, 90, 90), ["too much"]), "stock_breaker"),
        (AuthenticationFailed(Call("GET", "orders"), "revoked", status=401), "store"),
        (DBAPIError("x", None, DriverError("42S22", "Invalid column")), "run:inventory_sync"),
        (KeyError("TKT_NO"), "run:inventory_sync"),
    ],
)
def test_runs_that_fail_for_one_reason_are_one_problem(sandbox, instance, error, key):
    fail(instance, quiet(sandbox), "inventory_sync", error=error)
    found = problems(quiet(sandbox), instance)
    assert list(found) == [key]
    assert found[key].next_step


def test_the_nightly_run_of_a_job_is_not_made_good_by_its_frequent_ones(sandbox, instance):
    settings = quiet(sandbox)
    night = {"dagster/schedule_name": "order_sync_in_full_every_night"}
    often = {"dagster/schedule_name": "order_sync_every_5_minutes"}
    fail(instance, settings, "order_sync", tags=night)
    fail(instance, settings, "order_sync", tags=often)
    fail(instance, settings, "order_sync", tags=often, success=True)
    found = problems(settings, instance)
    key = "run:order_sync:order_sync_in_full_every_night"
    assert list(found) == [key]
    assert found[key].level == "critical"
    fail(instance, settings, "order_sync", tags=night, success=True)
    assert problems(settings, instance) == {}


def test_a_run_that_dagster_repeats_by_itself_is_no_failure_yet(sandbox, instance):
    fail(instance, quiet(sandbox), "customer_sync", tags={"dagster/will_retry": "true"})
    assert problems(quiet(sandbox), instance) == {}
    fail(instance, quiet(sandbox), "customer_sync")
    assert list(problems(quiet(sandbox), instance)) == ["run:customer_sync"]


def test_days_that_failed_are_made_good_by_the_same_days_only(sandbox, instance):
    settings = quiet(sandbox)
    backfill = {"dagster/backfill": "abcdefgh"}
    for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
        fail(instance, settings, "order_backfill", tags={**backfill, "dagster/partition": day})
    fail(
        instance, settings, "order_backfill", tags={"dagster/partition": "2026-11-21"}, success=True
    )
    (found,) = problems(settings, instance).values()
    assert found.title == "the backfill abcdefgh of order_backfill failed"
    assert sorted(found.records) == ["2026-11-20", "2026-11-22"]
    # Whoever started it looks after it; a day later it is dropped without a word.
    assert not found.ends
    assert problems(settings, instance, 25 * HOUR) == {}


def test_what_a_person_started_and_failed_says_why(sandbox, instance, run_job):
    assert not run_job(sandbox, "replay").success
    found = problems(quiet(sandbox), instance)["run:replay"]
    assert found.level == "warning"
    assert "no order" in found.what
    assert found.page.startswith("/runs/")


def test_what_the_breaker_stopped_is_one_problem_with_the_run_to_approve(
    sandbox, instance, run_job
):
    flow = open_context(quiet(sandbox))
    with writing(flow.engine) as connection:
        blocked = json.dumps({"run-7": [100, 90, 90]})
        write_state(connection, flow.store_id, BLOCKED, blocked, datetime.now(UTC))
    flow.engine.dispose()
    found = problems(quiet(sandbox), instance)["stock_breaker"]
    assert found.level == "warning"
    assert "--approve run-7" in found.next_step


def test_a_scheduled_asset_that_is_not_made_any_more_is_told(sandbox, instance):
    settings = quiet(sandbox)
    instance.report_runless_asset_event(dg.AssetMaterialization("woo_stock"))
    instance.report_runless_asset_event(dg.AssetMaterialization("price_book"))
    assert problems(settings, instance, HOUR / 2) == {}
    found = problems(settings, instance, 2 * HOUR)
    assert {key: each.level for key, each in found.items()} == {"fresh:woo_stock": "warning"}
    assert found["fresh:woo_stock"].what == "last materialized 2 h ago; 60 min are allowed"
    assert problems(settings, instance, 7 * HOUR)["fresh:woo_stock"].level == "critical"
    assert "fresh:price_book" in problems(settings, instance, 51 * HOUR)


def test_an_old_asset_is_no_news_where_its_job_fails_or_only_plans(sandbox, instance):
    instance.report_runless_asset_event(dg.AssetMaterialization("woo_stock"))
    planning = quiet(sandbox).model_copy(update={"mode": "plan"})
    assert problems(planning, instance, 2 * HOUR) == {}
    fail(instance, quiet(sandbox), "inventory_sync")
    assert list(problems(quiet(sandbox), instance, 2 * HOUR)) == ["run:inventory_sync"]


def test_what_only_reads_is_late_in_plan_mode_too(sandbox, instance):
    instance.report_runless_asset_event(dg.AssetMaterialization("price_book"))
    planning = quiet(sandbox).model_copy(update={"mode": "plan"})
    assert "fresh:price_book" in problems(planning, instance, 51 * HOUR)


def test_a_flow_in_apply_mode_whose_schedules_are_off_is_told(sandbox, instance):
    found = problems(production(quiet(sandbox)), instance)
    assert "stopped:orders" in found
    assert found["stopped:orders"].records == (
        "order_sync_every_5_minutes",
        "order_sync_in_full_every_night",
    )
    assert found["stopped:orders"].level == "warning"
    assert problems(production(quiet(sandbox), "plan"), instance) == {}


def switched_on(instance, name, kind, *, since=None):
    """A schedule or sensor that Dagster remembers as running."""
    target = LoadableTargetOrigin(module_name="woocp_pipelines.definitions")
    place = RemoteRepositoryOrigin(InProcessCodeLocationOrigin(target), "__repository__")
    data = None
    if kind == InstigatorType.SCHEDULE:
        data = ScheduleInstigatorData("* * * * *", since.timestamp() if since else None)
    state = InstigatorState(place.get_instigator_origin(name), kind, InstigatorStatus.RUNNING, data)
    instance.add_instigator_state(state)
    return state


def tick(instance, state, status, error=None):
    instance.create_tick(
        TickData(
            state.instigator_origin_id,
            state.instigator_name,
            state.instigator_type,
            status,
            timestamp=datetime.now(UTC).timestamp(),
            selector_id=state.selector_id,
            error=error,
        )
    )


def test_a_sensor_that_cannot_be_evaluated_is_told_until_it_can(sandbox, instance):
    state = switched_on(instance, "pending_orders", InstigatorType.SENSOR)
    cause = SerializableErrorInfo("KeyError: 'TKT_NO'\n", [], "KeyError")
    error = SerializableErrorInfo("Error occurred\n", [], "SensorExecutionError", cause)
    tick(instance, state, TickStatus.FAILURE, error)
    found = problems(quiet(sandbox), instance)
    assert list(found) == ["tick:pending_orders"]
    assert found["tick:pending_orders"].level == "warning"
    assert "KeyError: KeyError: 'TKT_NO'" in found["tick:pending_orders"].what
    for _ in range(2):
        tick(instance, state, TickStatus.FAILURE, error)
    assert problems(quiet(sandbox), instance)["tick:pending_orders"].level == "critical"
    tick(instance, state, TickStatus.SKIPPED)
    assert problems(quiet(sandbox), instance) == {}


def test_a_sensor_that_fails_for_the_database_is_the_database_s_problem(sandbox, instance):
    state = switched_on(instance, "pending_orders", InstigatorType.SENSOR)
    error = SerializableErrorInfo("(08S01) gone", [], "OperationalError")
    tick(instance, state, TickStatus.FAILURE, error)
    assert list(problems(quiet(sandbox), instance)) == ["database"]


def test_an_asset_that_its_schedule_never_made_is_told_as_well(sandbox, instance):
    since = datetime.now(UTC) - 2 * HOUR
    name = "inventory_sync_every_5_minutes"
    switched_on(instance, name, InstigatorType.SCHEDULE, since=since)
    found = problems(quiet(sandbox), instance)
    assert list(found) == ["fresh:woo_stock"]
    assert found["fresh:woo_stock"].what == "not once in 2 h; 60 min are allowed"


def test_a_schedule_that_was_off_for_long_has_its_time_when_it_is_switched_on(sandbox, instance):
    instance.report_runless_asset_event(dg.AssetMaterialization("woo_stock"))
    later = datetime.now(UTC) + 72 * HOUR
    switched_on(instance, "inventory_sync_every_5_minutes", InstigatorType.SCHEDULE, since=later)
    assert problems(quiet(sandbox), instance, 72 * HOUR + HOUR / 2) == {}
    found = problems(quiet(sandbox), instance, 74 * HOUR)["fresh:woo_stock"]
    assert found.level == "warning"
    assert found.what == (
        "last materialized 3 days ago, not since its schedule was switched on 2 h ago; 60 min are "
        "allowed"
    )


def test_what_another_code_location_remembers_is_not_ours(instance):
    switched_on(instance, "pending_orders", InstigatorType.SENSOR)
    assert read_states(instance, "another") == {}
    assert list(read_states(instance, None)) == ["pending_orders"]
