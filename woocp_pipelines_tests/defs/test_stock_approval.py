"""The circuit breaker in Dagster: the stopped run says what to do, and the job does it."""

from decimal import Decimal

import dagster as dg
import pytest
from sqlalchemy import update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import IM_INV
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines_tests.defs.observed import checks, failures, materialized

JOB = "approve_stock_change"


@pytest.fixture
def stopped(serving, run_job):
    """A sandbox whose stock was wiped out after the first sync; the next run was stopped."""
    assert run_job(serving, "inventory_sync").success
    engine = open_engine(serving.settings.connections.database_url.get_secret_value())
    with writing(engine) as connection:
        connection.execute(update(IM_INV).values(QTY_ON_HND=Decimal(0)))
    engine.dispose()
    return run_job(serving, "inventory_sync")


def test_a_stopped_run_says_which_job_to_start_and_with_what(stopped):
    assert not stopped.success
    (failure,) = failures(stopped).values()
    assert "circuit breaker" in failure.description
    next_step = failure.metadata["next_step"].value
    assert next_step.endswith(f"run approve_stock_change with run: {stopped.run_id}")


def test_the_approved_change_is_written_and_the_stock_is_materialized(serving, run_job, stopped):
    result = run_job(serving, JOB, run_config={"run": stopped.run_id})
    assert result.success
    said = materialized(result)["woo_stock"]
    assert said["updated"] > 100
    assert "every_product_has_its_stock" in checks(result)
    assert run_job(serving, "inventory_sync").success


def test_an_unknown_run_fails_once_and_names_the_one_that_waits(serving, run_job, stopped):
    result = run_job(serving, JOB, run_config={"run": "somebody"})
    (failure,) = failures(result).values()
    assert f"the latest blocked run is {stopped.run_id}" in failure.description
    assert not [event for event in result.all_events if "RETRY" in event.event_type_value]


@pytest.mark.parametrize("given", [{}, {"run": " "}])
def test_an_approval_of_nothing_is_no_run(serving, run_job, given):
    with pytest.raises((dg.DagsterInvalidConfigError, dg.DagsterConfigMappingFunctionError)):
        run_job(serving, JOB, run_config=given)


def test_approval_and_sync_never_run_side_by_side(sandbox):
    defs = build_defs(sandbox.settings)
    tags = [defs.resolve_job_def(name).tags["sync"] for name in (JOB, "inventory_sync")]
    assert tags == ["inventory", "inventory"]
