"""Failed runs as problems: of a job, or of what made it fail where several jobs share that.

Belongs here: which failures are still open. A later success of the same job ends one; of a
partitioned job, a success of the same days. Runs that Dagster repeats by itself are no failure yet.
Why a run failed: alert_causes.py.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from woocp_pipelines.alerts.health_problems import DATABASE, STORE
from woocp_pipelines.defs.operations.alert_causes import (
    Reason,
    by_cause,
    proving_jobs,
    reason_of,
)
from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB, Graph
from woocp_pipelines.defs.operations.alert_successes import first_success, is_made_good
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health_facts import Level

_LOOK_BACK: Final = timedelta(days=7)
# What a person started he watches himself; nobody may ever start it again.
_BY_HAND: Final = timedelta(hours=24)
# A frequent job has run again by then, if it runs at all.
_NEXT_RUN: Final = timedelta(hours=1)
# Of one job: a day of runs every five minutes.
_FAILURES: Final = 300
_SUCCESSES: Final = 500
_CRITICAL_IN_A_ROW: Final = 3
_WILL_RETRY: Final = "dagster/will_retry"
_SCHEDULE: Final = "dagster/schedule_name"
_PARTITION: Final = "dagster/partition"
_BACKFILL: Final = "dagster/backfill"
_ADHOC: Final = "__ASSET_JOB"


@dataclass(frozen=True, slots=True)
class FailedRuns:
    """The problems, the jobs that have them, and the keys of which nothing can be said now."""

    problems: tuple[OpenProblem, ...]
    jobs: frozenset[str]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Failures:
    """Failures of one job, and there of one schedule, backfill or day; the newest first."""

    job: str
    variant: str
    records: tuple[dg.RunRecord, ...]

    @property
    def newest(self) -> dg.DagsterRun:
        return self.records[0].dagster_run

    @property
    def key(self) -> str:
        return f"run:{self.job}:{self.variant}" if self.variant else f"run:{self.job}"


def failed_run_problems(
    instance: dg.DagsterInstance, graph: Graph, now: datetime, *, known: Collection[str] = ()
) -> FailedRuns:
    """All failures that nothing has made good since.

    Args:
        instance: Dagster's.
        graph: the definitions.
        now: UTC.
        known: keys of problems that people were told of. One that is not found is over only if a
            success shows it: its failures may be too old or too many to be read.
    """
    still, told, waiting = [], [], set()
    for job in sorted({*graph.repository.job_names, _ADHOC}):
        for each in _failures_of(instance, graph, job, now):
            left = _unmended(instance, graph, each, now)
            if left is None:
                continue
            still.append(left)
            problem = _judged(instance, graph, left, now)
            if problem is None:
                waiting.add(left.key)
            else:
                told.append(problem)
    problems = by_cause(told)
    found = {each.key for each in problems}
    unknown = {key for key in known if key not in found and not is_made_good(instance, graph, key)}
    jobs = frozenset(each.job for each in still)
    return FailedRuns(tuple(problems), jobs, frozenset(waiting | unknown))


def _failures_of(
    instance: dg.DagsterInstance, graph: Graph, job: str, now: datetime
) -> Iterator[_Failures]:
    found = instance.get_run_records(
        dg.RunsFilter(
            job_name=job,
            statuses=[dg.DagsterRunStatus.FAILURE],
            created_after=now - _LOOK_BACK,
        ),
        limit=_FAILURES,
    )
    grouped: dict[str, list[dg.RunRecord]] = defaultdict(list)
    for record in found:
        run = record.dagster_run
        if run.tags.get(_WILL_RETRY) != "true":
            grouped[_variant(graph, run)].append(record)
    for variant, records in grouped.items():
        yield _Failures(job, variant, tuple(records))


def _variant(graph: Graph, run: dg.DagsterRun) -> str:
    """What makes a failure one of its own beside others of the same job."""
    tags = run.tags
    if _BACKFILL in tags:
        return tags[_BACKFILL]
    if _PARTITION in tags:
        return tags[_PARTITION]
    if run.job_name == _ADHOC:
        return ",".join(sorted(key.to_user_string() for key in run.asset_selection or ()))
    # One of several schedules may ask for more than the others: its failure is its own.
    return tags.get(_SCHEDULE, "") if len(graph.schedules_of(run.job_name)) > 1 else ""


def _unmended(
    instance: dg.DagsterInstance, graph: Graph, failures: _Failures, now: datetime
) -> _Failures | None:
    records = failures.records
    if not _is_automatic(graph, failures):
        records = tuple(each for each in records if each.create_timestamp >= now - _BY_HAND)
    if not records:
        return None
    oldest = records[-1].create_timestamp
    if _PARTITION in records[0].dagster_run.tags:
        records = _without_made_good(instance, failures.job, records, oldest)
    else:
        good = _last_success(instance, failures, oldest)
        records = tuple(each for each in records if good is None or each.create_timestamp > good)
    return replace(failures, records=records) if records else None


def _last_success(
    instance: dg.DagsterInstance, failures: _Failures, oldest: datetime
) -> datetime | None:
    same_schedule = failures.newest.tags.get(_SCHEDULE) == failures.variant != ""
    found = instance.get_run_records(
        dg.RunsFilter(
            job_name=failures.job,
            statuses=[dg.DagsterRunStatus.SUCCESS],
            tags={_SCHEDULE: failures.variant} if same_schedule else None,
            created_after=oldest,
        ),
        limit=1,
    )
    return found[0].create_timestamp if found else None


def _without_made_good(
    instance: dg.DagsterInstance, job: str, records: Sequence[dg.RunRecord], oldest: datetime
) -> tuple[dg.RunRecord, ...]:
    successes = instance.get_run_records(
        dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS], created_after=oldest),
        limit=_SUCCESSES,
    )
    good: dict[str, datetime] = {}
    for each in successes:
        good.setdefault(each.dagster_run.tags.get(_PARTITION, ""), each.create_timestamp)
    latest: dict[str, dg.RunRecord] = {}
    for each in records:
        latest.setdefault(each.dagster_run.tags.get(_PARTITION, ""), each)
    return tuple(
        each for day, each in latest.items() if day not in good or good[day] < each.create_timestamp
    )


def _is_automatic(graph: Graph, failures: _Failures) -> bool:
    return bool(graph.schedules_of(failures.job)) and _BACKFILL not in failures.newest.tags


def _judged(
    instance: dg.DagsterInstance, graph: Graph, failures: _Failures, now: datetime
) -> tuple[str, OpenProblem] | None:
    """The cause that other jobs share ('' for its own) and the problem; None to wait for a run.

    What stopped a job is shared only until a run that needs the same system ends well. What then
    still fails does so for a reason of its own.
    """
    reason = reason_of(instance, failures.newest)
    cause = reason.cause
    good = None
    if cause:
        oldest = failures.records[-1].create_timestamp
        good = first_success(instance, proving_jobs(cause, failures.job), after=oldest)
    if good is None:
        return cause, _problem(graph, failures, reason)
    is_past = failures.records[0].create_timestamp <= good
    if is_past and _comes_often(graph, failures) and now < good + _NEXT_RUN:
        return None
    return "", _problem(graph, failures, reason, is_past=is_past)


def _problem(
    graph: Graph, failures: _Failures, reason: Reason, *, is_past: bool = False
) -> OpenProblem:
    count = len(failures.records)
    days = [each.dagster_run.tags.get(_PARTITION, "") for each in failures.records]
    several = f" ({count} runs failed)" if count > 1 else ""
    step = reason.next_step
    if is_past and reason.cause in {STORE, DATABASE}:
        step = "it works again since: re-execute the run on its page, or let the next one do it"
    return OpenProblem(
        key=failures.key,
        level=_level(graph, failures, is_past=is_past),
        title=f"{_name(failures)} failed",
        what=f"{reason.text}{several}",
        next_step=step,
        page=f"/runs/{failures.newest.run_id}",
        since=failures.records[-1].create_timestamp.astimezone(UTC),
        records=tuple(filter(None, days)),
        count=len([day for day in days if day]),
        ends=_is_automatic(graph, failures),
    )


def _level(graph: Graph, failures: _Failures, *, is_past: bool) -> Level:
    """What is tried again in minutes is critical when that does not help (CP §3.9).

    A report or a look that failed holds up nothing. Nor does one nightly run that met an outage
    which is over, where the same job works every few minutes.
    """
    if not _is_automatic(graph, failures) or failures.job not in FLOW_OF_JOB:
        return "warning"
    harmless = _comes_often(graph, failures) or (is_past and graph.is_frequent(failures.job))
    return "warning" if harmless and len(failures.records) < _CRITICAL_IN_A_ROW else "critical"


def _comes_often(graph: Graph, failures: _Failures) -> bool:
    """Whether the next attempt comes within the hour by itself."""
    nightly = {each.name for each in graph.schedules_of(failures.job) if not graph.is_often(each)}
    often = graph.is_frequent(failures.job) and failures.variant not in nightly
    return often and _is_automatic(graph, failures)


def _name(failures: _Failures) -> str:
    if failures.job == _ADHOC:
        return f"a materialization of {failures.variant}"
    tags = failures.newest.tags
    if _BACKFILL in tags:
        return f"the backfill {failures.variant} of {failures.job}"
    return f"{failures.job} {f'({failures.variant})' if failures.variant else ''}".strip()
