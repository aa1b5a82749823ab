"""What a flow's report becomes in Dagster: a materialization, an observation, or nothing.

Belongs here: that decision. Does not: the words of the metadata (metadata.py).

An applied run materializes. A plan wrote nothing, so it only observes: a plan never makes an
asset look fresh, nor a day of a backfill look done. A run that found its flow at work elsewhere
(`woocp sync` in a shell) gives no event at all, and its downstream steps are skipped.
"""

from collections.abc import Iterator

import dagster as dg
from sqlalchemy import Table

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.overview import count_rows
from woocp_pipelines.defs.metadata import Metadata, report_metadata
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import FlowReport


def results(
    context: dg.AssetExecutionContext,
    flow: FlowContext,
    report: FlowReport,
    tables: dict[str, Table],
) -> Iterator[dg.MaterializeResult[None]]:
    """Events for each asset that a flow writes.

    Args:
        context: the running step.
        flow: the flow's context; rows are counted with it.
        report: what the flow did.
        tables: asset name and the table whose rows it stands for.
    """
    if is_skipped(context.log, report):
        return
    for name, table in tables.items():
        metadata = metadata_of(flow, report, table)
        if context.has_partition_key:
            metadata["dagster/partition_row_count"] = report.read
        if report.mode == "plan":
            observe(context, name, metadata)
        else:
            yield dg.MaterializeResult(
                asset_key=name, metadata=metadata, data_version=_orders_version(report)
            )


def metadata_of(flow: FlowContext, report: FlowReport, table: Table) -> Metadata:
    """The report with the number of rows that the asset has now."""
    with reading(flow.engine) as connection:
        of_store = flow.store_id if "STORE_ID" in table.c else None
        rows = count_rows(connection, table, of_store)
    return report_metadata(report, flow.settings, row_count=rows)


def _orders_version(report: FlowReport) -> dg.DataVersion | None:
    """The newest change seen: an idle run makes nothing downstream look old."""
    mark = report.facts.get("watermark")
    return dg.DataVersion(str(mark)) if report.flow == "orders" and mark else None


def observe(
    context: dg.AssetExecutionContext | dg.OpExecutionContext, name: str, metadata: Metadata
) -> None:
    """Show a plan on the asset's page without saying that anything was written."""
    partition = context.partition_key if context.has_partition_key else None
    context.log_event(
        dg.AssetObservation(
            asset_key=name,
            description="A plan: nothing was written.",
            metadata=metadata,
            partition=partition,
        )
    )


def is_skipped(log: dg.DagsterLogManager, report: FlowReport) -> bool:
    """True when the flow is at work elsewhere; the log then says so."""
    if report.outcome == "skipped":
        log.warning(f"{report.flow}: nothing done, {report.skip_reason}")  # noqa: G004
        return True
    return False
