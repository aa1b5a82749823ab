"""Runs say of which installation they are, however they were started."""

import dagster as dg

from woocp_pipelines.defs.assembly import build_defs


def test_a_run_from_an_assets_page_is_tagged_with_its_environment_as_a_jobs_run_is(
    serving, run_job, instance
):
    graph = build_defs(serving.settings).get_repository_def()
    page = graph.get_job("__ASSET_JOB").get_subset(asset_selection={dg.AssetKey("order_staging")})
    assert page.execute_in_process(instance=instance).success
    assert run_job(serving, "order_sync").success
    assert [run.tags["environment"] for run in instance.get_runs()] == ["SANDBOX", "SANDBOX"]
