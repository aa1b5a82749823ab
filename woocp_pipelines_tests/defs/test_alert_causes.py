"""What several jobs suffer from is one problem, and only as long as none of them shows it over."""

import pytest
from dagster._core.events import EngineEventData
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from woocp_pipelines.defs.operations import alert_runs
from woocp_pipelines.defs.operations.dagster_types import SerializableErrorInfo
from woocp_pipelines.flows.inventory_breaker import BreakerTripped
from woocp_pipelines.rules.alerting import QUIET
from woocp_pipelines.rules.stock_breaker import Extent
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, Call, StoreUnavailable
from woocp_pipelines_tests.defs.alert_world import (
    HOUR,
    MINUTE,
    DriverError,
    fail,
    graph_of,
    look,
    problems,
    quiet,
    subjects,
)

NIGHT = {"dagster/schedule_name": "order_sync_in_full_every_night"}
OFTEN = {"dagster/schedule_name": "order_sync_every_5_minutes"}
NIGHTLY = "run:order_sync:order_sync_in_full_every_night"
AWAY = StoreUnavailable(Call("GET", "orders"), "the store is down", status=503)


def test_a_nightly_run_that_met_a_short_outage_hides_no_later_one(told, instance):
    settings, box = told
    fail(instance, settings, "order_sync", tags=NIGHT, error=AWAY)
    cursor = look(settings, instance).cursor
    fail(instance, settings, "order_sync", tags=OFTEN, success=True)
    cursor = look(settings, instance, cursor, MINUTE).cursor
    cursor = look(settings, instance, cursor, MINUTE + QUIET).cursor
    assert subjects(box) == [
        "[woocp main SANDBOX] CRITICAL: the store cannot be used",
        "[woocp main SANDBOX] WARNING: order_sync (order_sync_in_full_every_night) failed",
        "[woocp main SANDBOX] recovered: the store cannot be used",
    ]
    found = problems(settings, instance)[NIGHTLY]
    assert "the store is down" in found.what
    assert "re-execute" in found.next_step
    for number in range(3):
        fail(instance, settings, "order_sync", tags=OFTEN, error=AWAY)
        cursor = look(settings, instance, cursor, 9 * HOUR + number * MINUTE).cursor
    assert subjects(box)[3:] == [
        "[woocp main SANDBOX] WARNING: the store cannot be used",
        "[woocp main SANDBOX] CRITICAL: the store cannot be used",
    ]
    fail(instance, settings, "order_sync", tags=OFTEN, success=True)
    cursor = look(settings, instance, cursor, 10 * HOUR).cursor
    look(settings, instance, cursor, 10 * HOUR + QUIET)
    assert subjects(box)[5:] == ["[woocp main SANDBOX] recovered: the store cannot be used"]
    # As the UI does it: the tags of the run that failed stay.
    fail(instance, settings, "order_sync", tags=NIGHT, success=True)
    assert problems(settings, instance) == {}


def test_what_the_breaker_stopped_at_night_is_the_night_s_when_the_day_runs(sandbox, instance):
    settings = quiet(sandbox)
    tripped = BreakerTripped("run-7", Extent(100, 90, 90), ["too much"])
    name = "inventory_sync_in_full_every_night"
    fail(instance, settings, "inventory_sync", tags={"dagster/schedule_name": name}, error=tripped)
    assert list(problems(settings, instance)) == ["stock_breaker"]
    often = {"dagster/schedule_name": "inventory_sync_every_5_minutes"}
    fail(instance, settings, "inventory_sync", tags=often, success=True)
    (found,) = problems(settings, instance).values()
    assert found.key == f"run:inventory_sync:{name}"
    assert "run-7" in found.next_step


def test_a_job_that_has_not_run_again_since_the_outage_is_given_its_time(told, instance):
    settings, box = told
    fail(instance, settings, "order_sync", tags=OFTEN, error=AWAY)
    fail(instance, settings, "inventory_sync", error=AWAY)
    cursor = look(settings, instance).cursor
    fail(instance, settings, "order_sync", tags=OFTEN, success=True)
    cursor = look(settings, instance, cursor, MINUTE).cursor
    cursor = look(settings, instance, cursor, MINUTE + QUIET).cursor
    assert subjects(box) == [
        "[woocp main SANDBOX] WARNING: the store cannot be used",
        "[woocp main SANDBOX] recovered: the store cannot be used",
    ]
    # It never ran again: nobody else would tell.
    assert list(problems(settings, instance, 2 * HOUR)) == ["run:inventory_sync"]


def test_a_job_that_alone_goes_on_failing_at_the_store_has_a_problem_of_its_own(sandbox, instance):
    settings = quiet(sandbox)
    closed = AuthenticationFailed(Call("GET", "products"), "may not read products", status=401)
    for _ in range(2):
        fail(instance, settings, "inventory_sync", error=closed)
        fail(instance, settings, "order_sync", tags=OFTEN, success=True)
    (found,) = problems(settings, instance).values()
    assert found.key == "run:inventory_sync"
    assert "may not read products" in found.what


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("x", None, DriverError("08S01", "Communication failure")),
        InterfaceError("x", None, DriverError("28000", "Login failed for user. (18456) (SQLDr")),
        ProgrammingError("x", None, DriverError("42000", "is being recovered. (922) (SQLExec")),
        ProgrammingError("x", None, DriverError("42000", "cannot open. (4060) (SQLDriverConn")),
    ],
)
def test_a_database_that_nobody_can_use_is_one_problem_whatever_it_says(sandbox, instance, error):
    settings = quiet(sandbox)
    for job in ("order_sync", "order_creation", "customer_sync", "fulfilment_sync"):
        fail(instance, settings, job, error=error)
    (found,) = problems(settings, instance).values()
    assert (found.key, found.count) == ("database", 4)


def test_locks_that_stay_are_no_outage(sandbox, instance):
    locked = OperationalError("x", None, DriverError("40001", "deadlock victim (1205) (SQLExec"))
    fail(instance, quiet(sandbox), "order_creation", error=locked)
    assert list(problems(quiet(sandbox), instance)) == ["run:order_creation"]


def test_failures_that_are_too_many_to_read_are_not_over(told, instance, monkeypatch):
    settings, box = told
    monkeypatch.setattr(alert_runs, "_FAILURES", 5)
    fail(instance, settings, "customer_sync", error=KeyError("x"))
    fail(instance, settings, "order_sync", tags=NIGHT, error=KeyError("z"))
    cursor = look(settings, instance).cursor
    for _ in range(6):
        fail(instance, settings, "order_sync", tags=OFTEN, error=KeyError("y"))
    cursor = look(settings, instance, cursor, MINUTE).cursor
    cursor = look(settings, instance, cursor, MINUTE + QUIET).cursor
    assert [each for each in subjects(box) if "recovered" in each] == []
    for job, tags in (("customer_sync", None), ("order_sync", NIGHT), ("order_sync", OFTEN)):
        fail(instance, settings, job, tags=tags, success=True)
    cursor = look(settings, instance, cursor, HOUR).cursor
    look(settings, instance, cursor, HOUR + QUIET)
    assert "recovered" in subjects(box)[-1]
    assert "(and 2 more)" in subjects(box)[-1]


@pytest.mark.parametrize("error", [KeyError("x"), AWAY])
def test_failures_of_a_job_that_runs_no_more_are_forgotten_without_a_false_end(
    told, instance, error
):
    settings, box = told
    fail(instance, settings, "customer_sync", error=error)
    cursor = look(settings, instance).cursor
    for hours in (0, 1):
        cursor = look(settings, instance, cursor, 8 * 24 * HOUR + hours * HOUR).cursor
    assert [each for each in subjects(box) if "recovered" in each] == []
    fail(instance, settings, "customer_sync", success=True)
    cursor = look(settings, instance, cursor, 9 * 24 * HOUR).cursor
    look(settings, instance, cursor, 9 * 24 * HOUR + QUIET)
    assert "recovered" in subjects(box)[-1]


def test_a_run_that_could_not_be_started_is_told_with_the_reason_and_not_as_marked_from_outside(
    sandbox, instance
):
    settings = quiet(sandbox)
    job = graph_of(settings).repository.get_job("order_sync")
    silent, launched = instance.create_run_for_job(job), instance.create_run_for_job(job)
    instance.report_run_failed(silent)
    (found,) = problems(settings, instance).values()
    assert "marked as failed from outside" in found.what
    error = SerializableErrorInfo("DagsterLaunchFailedError: no image\n", [], "DagsterLaunchFailed")
    data = EngineEventData.engine_error(error)
    instance.report_engine_event("Caught an error dequeuing the run", launched, data)
    instance.report_engine_event("the run is marked as failed", launched)
    instance.report_run_failed(launched)
    (found,) = problems(settings, instance).values()
    assert found.what == "DagsterLaunchFailedError: no image (2 runs failed)"
