"""The nightly job `maintenance`: no more is kept than must be.

Belongs here: how it appears in the graph. The doing: flows/retention.py and run_history.py.
"""

from typing import Final

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.erasures import ErasedOrder, next_step
from woocp_pipelines.defs.catalog import MINUTES_OF_LONG_JOBS, RETRIES, describe, job_tags
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import Metadata, listed
from woocp_pipelines.defs.operations.run_history import prune
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.gone_accounts import GoneAccounts
from woocp_pipelines.flows.retention import RetentionReport, keep_no_longer
from woocp_pipelines.settings import Settings

# One sentence: this is what the alert says.
_HELD_BACK_STEP: Final = (
    "set WOOCP_STORE_URL right, or, if these accounts are gone for good, run the job maintenance "
    "with erase_however_many: true; it is done with all else"
)
_ERASED: Final = ("order", "document", "customer", "next_step")
_DESCRIPTION: Final = """Remove what is kept no longer ([retention] in woocp.toml), every night.

Orders that are done with, customers that are in Counterpoint and closed dead letters lose names,
addresses and content after raw_days, rows of the sync log and CSV reports go; whom the shop erased
is erased here, too, and the documents in Counterpoint that still name the person are listed; an
account that the shop deleted is taken out of staging and map, which keep the numbers; so many at
once that it may be the wrong shop fail the run, after all else is done. Runs of
Dagster, with events, logs and outputs, go after run_days and failed_run_days. Plan mode counts and
touches nothing. Never touched: orders that are still to be booked, documents and customers of
Counterpoint, and the keys by which no order is booked twice.
"""


class RetentionConfig(FlowConfig):
    """What a person may choose for a run of the maintenance."""

    erase_however_many: bool = Field(
        default=False,
        description=(
            "True, once you have seen that WOOCP_STORE_URL names your shop: erase all accounts "
            "that the shop has no more, also where they are most of your customers."
        ),
    )


# No pool: it writes to woocp's own tables alone, a small batch at a time.
@dg.op(
    name="apply_retention",
    out=dg.Out(dg.Nothing, description="How many of each kind, and who was erased."),
    retry_policy=RETRIES,
)
def retention_op(
    context: dg.OpExecutionContext, config: RetentionConfig, woocp: WoocpResource
) -> dg.Output[None]:
    """Empty what is past its time; erase whom the shop has erased."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        report = keep_no_longer(flow, mode=config.chosen, however_many=config.erase_however_many)
    if report.mode == "apply" and report.accounts and report.accounts.held_back:
        # Only a failed run is told to anybody; Dagster shows of it what was done all the same.
        raise dg.Failure(
            description=report.accounts.held_back,
            metadata={**_metadata(report), "next_step": _HELD_BACK_STEP},
            allow_retries=False,
        )
    return dg.Output(None, metadata=_metadata(report))


@dg.op(
    name="prune_dagster_history",
    out=dg.Out(dg.Nothing, description="How many runs and folders."),
)
def history_op(
    context: dg.OpExecutionContext, config: FlowConfig, woocp: WoocpResource
) -> dg.Output[None]:
    """Delete runs that are too old with their events, logs and outputs."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        mode, retention, now = (
            config.chosen or flow.settings.mode,
            flow.settings.retention,
            flow.now(),
        )
    removed = prune(context.instance, retention, now, apply=mode == "apply")
    return dg.Output(
        None,
        metadata={
            "mode": mode,
            "runs_deleted": removed.runs,
            "orphaned_folders_deleted": removed.folders,
        },
    )


def build_maintenance_job(settings: Settings) -> dg.JobDefinition:
    """The job `maintenance`."""

    @dg.job(
        name="maintenance",
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "maintenance", MINUTES_OF_LONG_JOBS),
    )
    def job() -> None:
        # Neither waits for the other: a database that is away must not fill Dagster's disk.
        retention_op()
        history_op()

    return job


def _metadata(report: RetentionReport) -> Metadata:
    if report.skip_reason:
        return {"state": "skipped", "reason": report.skip_reason}
    return {
        "mode": report.mode,
        "seconds": round(report.seconds, 3),
        **report.counts,
        **_accounts(report.accounts),
        "persons_erased": len(report.erased),
        **listed("erased", [_row(order) for order in report.erased], _ERASED),
    }


def _accounts(found: GoneAccounts | None) -> Metadata:
    if found is None:
        return {}
    said: Metadata = {"accounts_asked_for": found.looked_at}
    if found.held_back:
        return {**said, "accounts_erased": 0, "accounts_held_back": found.held_back}
    return {**said, "accounts_erased": len(found.user_ids)}


def _row(order: ErasedOrder) -> dict[str, str]:
    document = f"{order.ticket} (DOC_ID {order.doc_id})" if order.doc_id else ""
    return {
        "order": order.number,
        "document": document,
        "customer": order.cust_no or "",
        "next_step": next_step(order),
    }
