"""Assets as problems: a check that failed, and one that nothing has brought up to date for long.

Belongs here: the latest result of each check, the age of each scheduled asset. A failed check does
not fail its run, so nobody else would tell.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import dagster as dg

from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB, Graph
from woocp_pipelines.defs.operations.alert_ticks import States, is_running
from woocp_pipelines.defs.operations.dagster_types import (
    AssetCheckExecutionRecordStatus,
    ScheduleInstigatorData,
    TimeWindowFreshnessPolicy,
)
from woocp_pipelines.defs.operations.reconciliation_checks import OF_ALL_DAYS, OTHER_DAYS
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health import span
from woocp_pipelines.settings import Settings

_FAILED: Final = AssetCheckExecutionRecordStatus.FAILED
_PLANNED: Final = AssetCheckExecutionRecordStatus.PLANNED
_PARTITION: Final = "dagster/partition"
# CP §3.9: the last success of a frequent flow is critical after six hours.
_CRITICAL_AGE: Final = timedelta(hours=6)
_FACTS: Final = 8
# Of no use to somebody who reads a mail.
_UNSHOWN: Final = frozenset({"first_seen", "attempts", "arithmetic"})
_COUNTED: Final = ("open_dead_letters", "open_differences", "products_differing")
_NAMING: Final = frozenset(
    {
        *("id", "place", "record", "code", "cause", "day", "order", "line"),
        *("product", "web_customer", "group", "rule"),
    }
)


@dataclass(frozen=True, slots=True)
class FailedChecks:
    """The problems, and the names of the checks that are being made again now."""

    problems: tuple[OpenProblem, ...]
    running: frozenset[str]


def failed_check_problems(
    instance: dg.DagsterInstance, graph: Graph, *, but: Collection[str]
) -> FailedChecks:
    """Checks whose latest result is a failure."""
    found, running = [], set()
    checked = graph.repository.asset_graph
    for key in sorted(checked.asset_check_keys, key=str):
        if key.name in but:
            continue
        record = instance.get_latest_asset_check_evaluation_record(key)
        if record is None:
            continue
        run = instance.get_run_by_id(record.run_id) if record.status == _FAILED else None
        day = run.tags.get(_PARTITION, "") if run else ""
        name = _key_of(key)
        if record.status == _PLANNED:
            running.add(name)
        elif record.status == _FAILED and record.evaluation is not None:
            description = checked.get_check_spec(key).description or ""
            found.append(_failed_check(key, record.evaluation, name, day, description))
    return FailedChecks(tuple(found), frozenset(running))


def _key_of(key: dg.AssetCheckKey) -> str:
    """The key of a check's problem; of one that speaks for one day only, that follows."""
    return f"check:{key.asset_key.to_user_string()}:{key.name}"


def _failed_check(
    key: dg.AssetCheckKey, evaluation: Any, name: str, day: str, description: str
) -> OpenProblem:
    asset = key.asset_key.to_user_string()
    rows = list(_rows(evaluation.metadata))
    severe = evaluation.severity == dg.AssetCheckSeverity.ERROR
    facts = evaluation.description or ", ".join(_facts(evaluation.metadata))
    of_day = day if key.name not in OF_ALL_DAYS else ""
    return OpenProblem(
        key=f"{name}:{of_day}" if of_day else name,
        level="critical" if severe else "warning",
        title=f"the check {key.name} of {asset} failed{f' for {of_day}' if of_day else ''}",
        what=(facts or "see the check's page") + _other_days(evaluation.metadata),
        next_step=_step(evaluation.metadata, description),
        page=f"/assets/{asset}?view=checks&checkDetail={key.name}",
        records=tuple(_text(row) for row in rows),
        count=max(len(rows), *_counts(evaluation.metadata)),
        names=tuple(_name(row) for row in rows),
        # Of another day the check says nothing: only its own could be made good.
        ends=not of_day,
    )


def _rows(metadata: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The rows of the tables that a check shows; what to do stands last, whatever a page needs."""
    for value in metadata.values():
        if isinstance(value, dg.TableMetadataValue):
            names = [column.name for column in value.schema.columns if column.name not in _UNSHOWN]
            names.sort(key="next_step".__eq__)
            for row in value.records:
                yield {name: str(row.data.get(name, "")) for name in names}


def _counts(metadata: Mapping[str, Any]) -> Iterator[int]:
    """How many there are, where a check counts more than its tables show."""
    yield 0
    for name in _COUNTED:
        found = metadata.get(name)
        if isinstance(found, dg.IntMetadataValue):
            yield found.value or 0


def _text(row: Mapping[str, str]) -> str:
    """A row on one line; a bare number says of what."""
    texts = (
        f"{name.replace('_', ' ')} {text}" if text.isdecimal() else text
        for name, text in row.items()
    )
    return "; ".join(filter(None, texts))


def _name(row: Mapping[str, str]) -> str:
    """What tells a row from others: amounts and words may change while it is the same."""
    named = [text for name, text in row.items() if name in _NAMING]
    return "; ".join(named or list(row.values())[:1])


def _other_days(metadata: Mapping[str, Any]) -> str:
    found = metadata.get(OTHER_DAYS)
    if not isinstance(found, dg.TableMetadataValue):
        return ""
    return f"; open days besides: {', '.join(str(row.data['day']) for row in found.records)}"


def _facts(metadata: Mapping[str, Any]) -> list[str]:
    plain = (dg.IntMetadataValue, dg.FloatMetadataValue, dg.TextMetadataValue)
    return [
        f"{name.replace('_', ' ')} {value.value}"
        for name, value in metadata.items()
        if isinstance(value, plain) and not name.startswith("dagster/")
    ][:_FACTS]


def _step(metadata: Mapping[str, Any], description: str) -> str:
    said = metadata.get("next_step")
    if isinstance(said, dg.TextMetadataValue) and said.value:
        return said.value
    # What a failure means and who acts, as the UI has it beside the check.
    return " ".join(description.split()) or "open the check's page"


def stale_asset_problems(
    instance: dg.DagsterInstance,
    graph: Graph,
    states: States,
    settings: Settings,
    now: datetime,
    *,
    failing_jobs: Collection[str],
) -> list[OpenProblem]:
    """Scheduled assets that are older than their freshness policy allows.

    What explains itself is left out: a job that fails, is switched off, or only plans.
    """
    found: list[OpenProblem] = []
    for job in sorted({each.job_name for each in graph.repository.schedule_defs}):
        running = [each for each in graph.schedules_of(job) if is_running(each, states)]
        flow = FLOW_OF_JOB.get(job)
        # A job that is no flow reads, whatever the modes of woocp.toml.
        only_plans = flow is not None and settings.mode_of(flow) == "plan"
        if not running or job in failing_jobs or only_plans:
            continue
        started = _started(states, [each.name for each in running])
        for key in graph.assets_of(job):
            policy = graph.repository.asset_graph.get(key).freshness_policy
            event = instance.get_latest_materialization_event(key)
            made = datetime.fromtimestamp(event.timestamp, UTC) if event else None
            # What stood still while its schedule was off is not late before it had its time again.
            since = max(filter(None, (made, started)), default=None)
            if isinstance(policy, TimeWindowFreshnessPolicy) and since is not None:
                allowed = policy.fail_window.to_timedelta()
                if now - since > allowed:
                    found.append(_stale(key, made, since, allowed, now, job))
    return found


def _started(states: States, schedules: Iterable[str]) -> datetime | None:
    """Since when a schedule of these is switched on; None where nobody knows."""
    data = [states[name].instigator_data for name in schedules if name in states]
    moments = [
        each.start_timestamp
        for each in data
        if isinstance(each, ScheduleInstigatorData) and each.start_timestamp
    ]
    return datetime.fromtimestamp(min(moments), UTC) if moments else None


def _stale(
    key: dg.AssetKey,
    made: datetime | None,
    since: datetime,
    allowed: timedelta,
    now: datetime,
    job: str,
) -> OpenProblem:
    asset, age = key.to_user_string(), now - since
    said = f"last materialized {span(now - made)} ago" if made else f"not once in {span(age)}"
    if made and made < since:
        said += f", not since its schedule was switched on {span(age)} ago"
    return OpenProblem(
        key=f"fresh:{asset}",
        level="critical" if age > max(_CRITICAL_AGE, 2 * allowed) else "warning",
        title=f"{asset} is not up to date",
        what=f"{said}; {span(allowed)} are allowed",
        next_step=f"look at the runs of {job}: are they started, do they end?",
        page=f"/jobs/{job}/runs",
        since=since + allowed,
    )
