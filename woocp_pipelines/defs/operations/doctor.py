"""Doctor in the UI: two checks, one for each system, and the job that runs both every night.

Belongs here: findings as results of checks, and what only Dagster knows of itself. Does not: any
question to a system (flows/doctor). Red findings fail as errors, all others as warnings.
Dagster: https://docs.dagster.io/guides/test/asset-checks
"""

from collections.abc import Sequence
from typing import Any, Final

import dagster as dg

from woocp_pipelines.defs.catalog import MINUTES_OF_FREQUENT_JOBS, RETRIES, describe, job_tags
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.doctor.examining import (
    examine_database,
    examine_settings,
    examine_store,
)
from woocp_pipelines.rules.doctor.by_hand import by_hand
from woocp_pipelines.rules.doctor.findings import LEVELS, Finding, in_order
from woocp_pipelines.rules.doctor.orchestrator import InstanceFacts, judge_instance
from woocp_pipelines.settings import Settings

JOB: Final = "examination"
_COLUMNS: Final = ("level", "place", "found", "fix", "why", "stops", "id")
# Pages of checks sort by name: findings stand before what is to be checked by hand.
_BY_HAND: Final = ("what", "how", "why")


@dg.asset_check(
    asset="counterpoint_items", name="counterpoint_is_fit_for_writing", retry_policy=RETRIES
)
def counterpoint_is_fit_for_writing(
    context: dg.AssetCheckExecutionContext, woocp: WoocpResource
) -> dg.AssetCheckResult:
    """Doctor finds nothing in Counterpoint's database, woocp.toml and Dagster's own settings.

    An error when red: the flows named in the table do not write until it is mended. `woocp doctor`
    says the same, but for findings named dagster.…: those stand here only, among the checks of the
    asset counterpoint_items. The table to check by hand is what nothing tells but a look.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        settings = flow.settings
        answers = examine_settings(settings) + examine_database(settings, flow.engine, flow.now())
    production = not settings.connections.sandbox
    dagster = tuple(judge_instance(facts_of(context.instance))) if production else ()
    hand = [each.to_json() for each in by_hand(settings)]
    return _result((*answers.findings, *dagster), listed("to_check_by_hand", hand, _BY_HAND))


@dg.asset_check(asset="woo_orders", name="the_store_is_fit", retry_policy=RETRIES)
def the_store_is_fit(woocp: WoocpResource) -> dg.AssetCheckResult:
    """Doctor finds nothing in the store: address, version, currency, key, clock, order storage.

    An error when red, as of the check of Counterpoint. `woocp doctor` says the same.
    """
    with failing_clearly(), woocp.open() as flow:
        store = flow.store.impatient()
        answers = examine_store(flow.settings, store, flow.engine, flow.now())
    return _result(answers.findings, {})


DOCTOR_CHECKS: Final = [counterpoint_is_fit_for_writing, the_store_is_fit]


# Dagster does not export the type of an asset job.
def build_examination_job(settings: Settings) -> Any:
    """The job `examination`: both checks, nothing else."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.checks(*DOCTOR_CHECKS),
        description=describe(
            settings,
            "Examine Counterpoint, the store and Dagster as `woocp doctor` does; writes nothing.",
        ),
        tags=job_tags(settings, JOB, MINUTES_OF_FREQUENT_JOBS),
    )


def facts_of(instance: dg.DagsterInstance) -> InstanceFacts:
    """How an instance is set up, by what it says of itself."""
    concurrency = instance.get_concurrency_config()
    queue = concurrency.run_queue_config
    limits = (queue.tag_concurrency_limits if queue else None) or []
    return InstanceFacts(
        on_sqlite="sqlite" in type(instance.event_log_storage).__name__.lower(),
        telemetry=instance.telemetry_enabled,
        monitors_runs=instance.run_monitoring_enabled,
        limits_syncs=any(limit.get("key") == "sync" for limit in limits),
        limits_pools=concurrency.pool_config.default_pool_limit is not None,
        prunes_ticks=bool(instance.get_settings("retention")),
    )


def _result(findings: Sequence[Finding], more: Metadata) -> dg.AssetCheckResult:
    ordered = in_order(findings)
    red = any(each.level == "red" for each in ordered)
    metadata: Metadata = {level: sum(each.level == level for each in ordered) for level in LEVELS}
    metadata |= listed("findings", [_row(each) for each in ordered], _COLUMNS)
    return dg.AssetCheckResult(
        passed=not ordered,
        severity=dg.AssetCheckSeverity.ERROR if red else dg.AssetCheckSeverity.WARN,
        description=ordered[0].sentence() if ordered else "nothing to mend",
        metadata=metadata | more,
    )


def _row(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level,
        "place": finding.place,
        "found": f"{finding.found}; expected: {finding.expected}",
        "fix": finding.fix,
        "why": finding.why,
        "stops": ", ".join(finding.stops),
        "id": finding.id,
    }
