"""Failed runs as problems: of a job, or of what made it fail where several jobs share that.

Belongs here: which failures are still open. A later success of the same job ends one; of a
partitioned job, a success of the same days. Runs that Dagster repeats by itself are no failure yet.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from woocp_pipelines.alerts.health_problems import BREAKER, DATABASE, STORE
from woocp_pipelines.counterpoint.health import STORE_IS_AWAY
from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB, Graph
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health_facts import LEVELS, RECORDS_SHOWN, Level

_LOOK_BACK: Final = timedelta(days=7)
# What a person started he watches himself; nobody may ever start it again.
_BY_HAND: Final = timedelta(hours=24)
_FAILURES: Final = 300
_SUCCESSES: Final = 500
_CRITICAL_IN_A_ROW: Final = 3
_TEXT: Final = 500
_WILL_RETRY: Final = "dagster/will_retry"
_SCHEDULE: Final = "dagster/schedule_name"
_PARTITION: Final = "dagster/partition"
_BACKFILL: Final = "dagster/backfill"
_ADHOC: Final = "__ASSET_JOB"

_DOCTOR: Final = "doctor"
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    STORE: ("the store cannot be used", "open the shop; look at its host's status and at the key"),
    DATABASE: (
        "Counterpoint's database does not answer",
        "bring Counterpoint's SQL Server and the network to it back; what waits is done then",
    ),
    BREAKER: ("a stock change waits for approval", ""),
    _DOCTOR: ("woocp does not write: doctor found something red", "run `woocp doctor`"),
}
CAUSES: Final = tuple(_CAUSES)
_DATABASE_ERRORS: Final = frozenset({"OperationalError", "InterfaceError", "DBAPIError"})


@dataclass(frozen=True, slots=True)
class FailedRuns:
    """The problems, and the jobs that have them."""

    problems: tuple[OpenProblem, ...]
    jobs: frozenset[str]


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


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why a run failed, in its own words."""

    error: str
    text: str
    next_step: str
    passes: bool


def failed_run_problems(instance: dg.DagsterInstance, graph: Graph, now: datetime) -> FailedRuns:
    """All failures that nothing has made good since."""
    found = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=now - _LOOK_BACK),
        limit=_FAILURES,
    )
    grouped: dict[tuple[str, str], list[dg.RunRecord]] = defaultdict(list)
    for record in found:
        run = record.dagster_run
        if run.tags.get(_WILL_RETRY) != "true":
            grouped[run.job_name, _variant(graph, run)].append(record)
    every = [_Failures(job, variant, tuple(records)) for (job, variant), records in grouped.items()]
    still = [left for each in every if (left := _unmended(instance, graph, each, now))]
    problems = _by_cause([_problem(instance, graph, each) for each in still])
    return FailedRuns(tuple(problems), frozenset(each.job for each in still))


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


def _problem(
    instance: dg.DagsterInstance, graph: Graph, failures: _Failures
) -> tuple[str, OpenProblem]:
    """The failure's cause ('' for its own) and the problem."""
    run, count = failures.newest, len(failures.records)
    reason = _reason(instance, run)
    days = [each.dagster_run.tags.get(_PARTITION, "") for each in failures.records]
    automatic = _is_automatic(graph, failures)
    several = f" ({count} runs failed)" if count > 1 else ""
    problem = OpenProblem(
        key=failures.key,
        level=_level(graph, failures, automatic=automatic),
        title=f"{_name(failures)} failed",
        what=f"{reason.text}{several}",
        next_step=reason.next_step,
        page=f"/runs/{run.run_id}",
        since=_started(failures.records[-1]),
        records=tuple(day for day in days[:RECORDS_SHOWN] if day),
        count=len([day for day in days if day]),
        ends=automatic,
    )
    return _cause(reason), problem


def _level(graph: Graph, failures: _Failures, *, automatic: bool) -> Level:
    """What is tried again in minutes is critical when that does not help (CP §3.9).

    A report or a look that failed holds up nothing.
    """
    if not automatic or failures.job not in FLOW_OF_JOB:
        return "warning"
    often = graph.is_frequent(failures.job) and failures.variant not in _nightly(graph, failures)
    return "warning" if often and len(failures.records) < _CRITICAL_IN_A_ROW else "critical"


def _nightly(graph: Graph, failures: _Failures) -> set[str]:
    """Schedules of the job that come once a day only."""
    return {each.name for each in graph.schedules_of(failures.job) if not graph.is_often(each)}


def _name(failures: _Failures) -> str:
    if failures.job == _ADHOC:
        return f"a materialization of {failures.variant}"
    tags = failures.newest.tags
    if _BACKFILL in tags:
        return f"the backfill {failures.variant} of {failures.job}"
    return f"{failures.job} {f'({failures.variant})' if failures.variant else ''}".strip()


def _started(record: dg.RunRecord) -> datetime:
    return record.create_timestamp.astimezone(UTC)


def _reason(instance: dg.DagsterInstance, run: dg.DagsterRun) -> _Reason:
    """The failed step's own words; where no step failed, the run's."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        data = entry.dagster_event.step_failure_data if entry.dagster_event else None
        if data is not None and data.user_failure_data is not None:
            failure = data.user_failure_data
            said = {name: str(value.value) for name, value in failure.metadata.items()}
            return _Reason(
                said.get("error", ""),
                (failure.description or "")[:_TEXT],
                said.get("next_step", "see the run's page"),
                passes=said.get("passes_by_itself") == "True",
            )
        if data is not None and data.error is not None:
            return _Reason("", _first_line(data.error.message), "see the run's page", passes=False)
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE):
        return _Reason("", _first_line(entry.message), "see the run's page", passes=False)
    return _Reason("", "the run ended without a word", "see the run's page", passes=False)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_TEXT]


def _cause(reason: _Reason) -> str:
    if reason.error in STORE_IS_AWAY:
        return STORE
    if reason.passes and reason.error in _DATABASE_ERRORS:
        return DATABASE
    return {"BreakerTripped": BREAKER, "UnfitError": _DOCTOR}.get(reason.error, "")


def _by_cause(found: Sequence[tuple[str, OpenProblem]]) -> list[OpenProblem]:
    """One problem for all jobs that fail for a reason which none of them can help."""
    shared: dict[str, list[OpenProblem]] = defaultdict(list)
    for cause, problem in found:
        shared[cause].append(problem)
    own = shared.pop("", [])
    return [*own, *(_joined(cause, problems) for cause, problems in shared.items())]


def _joined(cause: str, problems: Sequence[OpenProblem]) -> OpenProblem:
    title, step = _CAUSES[cause]
    first = problems[0]
    jobs = tuple(each.title for each in problems)
    return replace(
        first,
        key=cause,
        level=max((each.level for each in problems), key=LEVELS.index),
        title=title,
        next_step=step or first.next_step,
        since=min((each.since for each in problems if each.since), default=None),
        records=jobs[:RECORDS_SHOWN],
        count=len(jobs),
        ends=True,
    )
