"""Why runs fail: in their own words, or for what several jobs need and none of them can help.

Belongs here: the reason of a failed run, the causes that jobs share, and which runs prove that a
cause is gone. Does not: which failures are still open (alert_runs.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import dagster as dg

from woocp_pipelines.alerts.health_problems import BREAKER, DATABASE, STORE
from woocp_pipelines.counterpoint.health import STORE_IS_AWAY
from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health_facts import LEVELS

DOCTOR: Final = "doctor"
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    STORE: ("the store cannot be used", "open the shop; look at its host's status and at the key"),
    DATABASE: (
        "Counterpoint's database does not answer",
        "bring Counterpoint's SQL Server and the network to it back; what waits is done then",
    ),
    BREAKER: ("a stock change waits for approval", ""),
    DOCTOR: ("woocp does not write: doctor found something red", "run `woocp doctor`"),
}
CAUSES: Final = tuple(_CAUSES)
# Jobs that end well only if they could read the system. What merely notes that it is away, such as
# the examination, or may have had nothing to ask, proves nothing.
_NEEDS_STORE: Final = ("customer_sync", "order_sync", "order_backfill", "inventory_sync")
_NEEDS_DATABASE: Final = (*FLOW_OF_JOB, "order_backfill", "price_book_reading", "reconciliation")
_TEXT: Final = 500
# All that Dagster says of a run that never started; an event before it has the error.
_FROM_OUTSIDE: Final = "marked as failed from outside"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run failed, in its own words."""

    error: str
    text: str
    next_step: str
    database_is_away: bool = False

    @property
    def cause(self) -> str:
        """The cause that jobs share; '' for one of the run's own."""
        if self.error in STORE_IS_AWAY:
            return STORE
        if self.database_is_away:
            return DATABASE
        return {"BreakerTripped": BREAKER, "UnfitError": DOCTOR}.get(self.error, "")


def proving_jobs(cause: str, job: str) -> Sequence[str]:
    """The jobs whose success shows that a cause which stopped `job` is gone."""
    # Doctor and the breaker stop one flow and let others pass.
    return {STORE: _NEEDS_STORE, DATABASE: _NEEDS_DATABASE}.get(cause, (job,))


def reason_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Reason:
    """The failed step's own words; where no step failed, the run's."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        data = entry.dagster_event.step_failure_data if entry.dagster_event else None
        if data is not None and data.user_failure_data is not None:
            failure = data.user_failure_data
            said = {name: str(value.value) for name, value in failure.metadata.items()}
            return Reason(
                said.get("error", ""),
                (failure.description or "")[:_TEXT],
                said.get("next_step", "see the run's page"),
                database_is_away=said.get("database_is_away") == "True",
            )
        if data is not None and data.error is not None:
            return Reason("", _first_line(data.error.message), "see the run's page")
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE):
        if _FROM_OUTSIDE in entry.message and (found := _engine_error(instance, run)):
            return Reason("", found, "see the run's page")
        return Reason("", _first_line(entry.message), "see the run's page")
    return Reason("", "the run ended without a word", "see the run's page")


def _engine_error(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Why Dagster could not start the run or go on with it; '' where it did not say."""
    said = ""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        data = entry.dagster_event.engine_event_data if entry.dagster_event else None
        if data is not None and data.error is not None:
            said = _first_line(data.error.message)
    return said


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_TEXT]


def by_cause(found: Sequence[tuple[str, OpenProblem]]) -> list[OpenProblem]:
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
        records=jobs,
        count=len(jobs),
        ends=True,
    )
