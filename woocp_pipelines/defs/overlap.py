"""No second run of a job while one is unfinished.

Belongs here: the question that schedules and sensors ask before they start a run. The net below
it: the tag limit of one run (dagster.yaml) and the flow's lock in the database.
"""

from typing import Final

import dagster as dg

_UNFINISHED: Final = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def unfinished_run(instance: dg.DagsterInstance, job_name: str) -> dg.SkipReason | None:
    """Why not to start a run of this job now, or None."""
    found = instance.get_run_records(
        dg.RunsFilter(job_name=job_name, statuses=list(_UNFINISHED)), limit=1
    )
    if not found:
        return None
    run = found[0].dagster_run
    return dg.SkipReason(f"{job_name}: run {run.run_id} is not finished ({run.status.value})")
