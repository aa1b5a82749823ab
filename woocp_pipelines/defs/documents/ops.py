"""The steps of order creation: claim, validate, create, notify.

Belongs here: one op for each step of flows/documents.py and flows/outbox.py. Steps hand on the
claim's token and nothing else: outputs are pickled to disk, and orders have no business there.
Each step reads the rows again and trusts nothing earlier. An empty token means nothing claimed.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.defs.catalog import RETRIES, WRITES
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.documents.summary import add_reports, asset_metadata
from woocp_pipelines.defs.events import is_skipped, metadata_of, observe
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import report_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows import documents, outbox
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import FlowReport

ASSET: Final = "counterpoint_documents"
NOTHING_CLAIMED: Final = ""
_UPSTREAM: Final = ("orders", "days", "customers", "rules")


@dg.op(
    ins={name: dg.In(dg.Nothing) for name in _UPSTREAM},
    out=dg.Out(str, description="Token of the claim; empty when nothing was claimed."),
    retry_policy=RETRIES,
    pool=WRITES,
)
def claim_pending_orders(
    context: dg.OpExecutionContext, config: FlowConfig, woocp: WoocpResource
) -> str:
    """Claim the oldest pending orders by one UPDATE with token and expiry; a plan claims none."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        if config.mode_of(flow, "documents") == "plan":
            return NOTHING_CLAIMED
        return documents.claim_orders(flow) or NOTHING_CLAIMED


@dg.op(out=dg.Out(str), retry_policy=RETRIES, pool=WRITES)
def validate_orders(context: dg.OpExecutionContext, woocp: WoocpResource, token: str) -> str:
    """Refuse those that cannot be booked, each with its reason; the others stay claimed."""
    if token != NOTHING_CLAIMED:
        with failing_clearly(), woocp.open(context.run_id) as flow:
            report = documents.validate_orders(flow, token)
            context.add_output_metadata(report_metadata(report, flow.settings))
    return token


@dg.op(out=dg.Out(str, is_required=False), retry_policy=RETRIES, pool=WRITES)
def create_documents(
    context: dg.OpExecutionContext, config: FlowConfig, woocp: WoocpResource, token: str
) -> Iterator[dg.Output[str]]:
    """Book each claimed order in one transaction, then what else is pending, claim by claim."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        report = _create(flow, config, token)
        if is_skipped(context.log, report):
            return
        metadata = metadata_of(flow, report, USER_ORDER_KEY)
    yield dg.Output(token, metadata=metadata)


# No pool: a store that answers slowly must not hold up the next booking.
@dg.op(out=dg.Out(dg.Nothing, is_required=False), retry_policy=RETRIES)
def notify_store(
    context: dg.OpExecutionContext, config: FlowConfig, woocp: WoocpResource, token: str
) -> Iterator[dg.Output[None]]:
    """Send all notes that are due, of this run and of earlier ones; store failures are data."""
    context.log.info(f"claim {token or 'none'}: documents done, sending notes")  # noqa: G004
    with failing_clearly(), woocp.open(context.run_id) as flow:
        report = outbox.notify_store(flow, mode=config.chosen)
        planned = config.mode_of(flow, "documents") == "plan"
    is_skipped(context.log, report)
    metadata = asset_metadata(context, ASSET, report)
    if planned:
        observe(context, ASSET, metadata)
        return
    yield dg.Output(None, metadata=metadata)


def _create(flow: FlowContext, config: FlowConfig, token: str) -> FlowReport:
    if token == NOTHING_CLAIMED:
        return documents.create_documents(flow, mode=config.chosen)
    booked = documents.book_orders(flow, token)
    if booked.outcome == "skipped":
        return booked
    # A claim takes a limited number of orders; the rest need not wait for the next run.
    return add_reports(booked, documents.create_documents(flow, mode="apply"))
