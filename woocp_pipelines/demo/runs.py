"""The syncs as Dagster runs, one after the other, recorded where `woocp dev` shows them.

Belongs here: running a job in this process and reading what its flows wrote into USER_SYNC_LOG.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
from sqlalchemy import Engine, select

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import USER_SYNC_LOG

# Dagster prints every event of a run; people want the report.
_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class FlowRun:
    """One flow in one run of a job: the report that it left in USER_SYNC_LOG."""

    flow: str
    report: dict[str, Any]


def run_job(defs: dg.Definitions, instance: dg.DagsterInstance, name: str) -> str:
    """Run a job in this process; gives the run's id.

    Raises:
        CommandError: the run failed; with the failed steps' own words.
    """
    job = defs.resolve_job_def(name)
    result = job.execute_in_process(instance=instance, run_config=_QUIET, raise_on_error=False)
    if not result.success:
        raise CommandError(f"run {result.run_id} of {name} failed: {_failures(result)}")
    return result.run_id


def flows_of(engine: Engine, run_id: str) -> list[FlowRun]:
    """The flows that a run of a job has run, in order."""
    log = USER_SYNC_LOG
    statement = (
        select(log.c.FLOW, log.c.REPORT_JSON)
        .where(log.c.SYNC_ID == run_id[:50])
        .order_by(log.c.LOG_ID)
    )
    with reading(engine) as connection:
        rows = connection.execute(statement).all()
    return [FlowRun(row.FLOW, json.loads(row.REPORT_JSON)) for row in rows]


def _failures(result: dg.ExecuteInProcessResult) -> str:
    words = []
    for event in result.get_step_failure_events():
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        words.append(f"{event.step_key}: {error.message.strip() if error else 'no reason given'}")
    return "; ".join(words) or "see the run in `woocp dev`"
