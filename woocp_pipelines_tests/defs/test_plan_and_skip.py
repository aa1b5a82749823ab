"""Runs that write nothing: plans observe, and a flow that is at work elsewhere gives no event."""

import pytest
from sqlalchemy import func, select

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines_tests.defs.observed import materialized, observed

NODES = {
    "customer_sync": "sync_customers",
    "order_sync": "order_staging",
    "order_creation": "counterpoint_documents",
    "inventory_sync": "woo_stock",
}


def plan_of(job):
    return {"ops": {NODES[job]: {"config": {"mode": "plan"}}}}


def row_counts(sandbox):
    with reading(sandbox.engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


@pytest.mark.parametrize("job", NODES)
def test_a_plan_writes_nothing_and_materializes_nothing(serving, run_job, job):
    if job == "order_creation":
        run_job(serving, "order_sync")
    before = row_counts(serving)
    result = run_job(serving, job, run_config=plan_of(job))
    assert result.success
    assert row_counts(serving) == before
    assert materialized(result) == {}
    shown = observed(result)
    assert shown
    for metadata in shown.values():
        assert metadata["mode"] == "plan"
        assert metadata["planned_changes"]


def test_the_mode_of_the_settings_holds_where_the_launchpad_says_nothing(serving, run_job):
    planning = serving.settings.model_copy(update={"mode": "plan"})
    result = run_job(serving, "order_sync", settings=planning)
    assert materialized(result) == {}
    assert observed(result)["order_staging"]["mode"] == "plan"


@pytest.mark.parametrize(
    ("job", "lock"),
    [("customer_sync", "customer_sync"), ("order_sync", "orders"), ("order_creation", "documents")],
)
def test_a_flow_at_work_elsewhere_leaves_no_event(serving, run_job, job, lock):
    with flow_lock(serving.engine, lock):
        result = run_job(serving, job)
    assert result.success
    assert materialized(result) == {}
    assert observed(result) == {}
