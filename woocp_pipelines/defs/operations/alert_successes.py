"""Successes of runs: what shows that something which failed is over.

Belongs here: asking Dagster for the runs that prove it. Does not: which failures are open
(alert_runs.py).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import dagster as dg

from woocp_pipelines.alerts.health_problems import BREAKER, DATABASE
from woocp_pipelines.defs.operations.alert_causes import CAUSES, DOCTOR, proving_jobs
from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB, Graph

_RUN: Final = "run"
_SCHEDULE: Final = "dagster/schedule_name"
_PARTITION: Final = "dagster/partition"
_BACKFILL: Final = "dagster/backfill"
_SUCCESS: Final = dg.DagsterRunStatus.SUCCESS
_FAILURE: Final = dg.DagsterRunStatus.FAILURE


def first_success(
    instance: dg.DagsterInstance, jobs: Iterable[str], *, after: datetime
) -> datetime | None:
    """When the first run of these jobs began that ended well, after a moment."""
    found = [
        record.create_timestamp
        for job in jobs
        for record in instance.get_run_records(
            dg.RunsFilter(job_name=job, statuses=[_SUCCESS], created_after=after),
            limit=1,
            ascending=True,
        )
    ]
    return min(found, default=None)


def is_made_good(instance: dg.DagsterInstance, graph: Graph, key: str) -> bool:
    """Whether a success shows that a problem of alert_runs.py, which is not seen now, is over.

    True, too, of what another source knows, and of what nobody would start again.
    """
    if key in {DATABASE, BREAKER}:
        return True
    if key in CAUSES:
        jobs = FLOW_OF_JOB if key == DOCTOR else proving_jobs(key, "")
        return _ended_well(instance, jobs, {})
    kind, _, rest = key.partition(":")
    job, _, variant = rest.partition(":")
    schedules = {each.name for each in graph.schedules_of(job)}
    if kind != _RUN or not schedules:
        return True
    if not variant or variant in schedules:
        return _ended_well(instance, [job], {_SCHEDULE: variant} if variant else {})
    if _newest(instance, [job], _FAILURE, {_BACKFILL: variant}) is not None:
        return True
    return _ended_well(instance, [job], {_PARTITION: variant})


def _ended_well(instance: dg.DagsterInstance, jobs: Iterable[str], tags: Mapping[str, str]) -> bool:
    """Whether the newest success is newer than the newest failure."""
    names = list(jobs)
    good = _newest(instance, names, _SUCCESS, tags)
    bad = _newest(instance, names, _FAILURE, tags)
    return good is not None and (bad is None or good > bad)


def _newest(
    instance: dg.DagsterInstance,
    jobs: Iterable[str],
    status: dg.DagsterRunStatus,
    tags: Mapping[str, str],
) -> datetime | None:
    found = [
        record.create_timestamp
        for job in jobs
        for record in instance.get_run_records(
            dg.RunsFilter(job_name=job, statuses=[status], tags=dict(tags)), limit=1
        )
    ]
    return max(found, default=None)
