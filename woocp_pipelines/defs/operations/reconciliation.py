"""Every web order of a day against Counterpoint's documents and payments, to the cent.

Belongs here: how the reconciliation appears in the graph. The comparison: flows/reconciliation.py;
the picture of the last weeks: reconciliation_plot.py.
Dagster: https://docs.dagster.io/guides/build/partitions-and-backfills
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import (
    COUNTERPOINT,
    EVERY_DAY,
    OWNERS,
    RETRIES,
    WOOCOMMERCE,
    environment_of,
    store_days,
)
from woocp_pipelines.defs.config import ReadingConfig
from woocp_pipelines.defs.events import observe
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import ROW_COUNT, Metadata, listed
from woocp_pipelines.defs.operations.reconciliation_checks import CHECKS, check_results
from woocp_pipelines.defs.operations.reconciliation_days import (
    ASSET,
    DAYS,
    DayPoint,
    days_around,
)
from woocp_pipelines.defs.operations.reconciliation_plot import plot_metadata
from woocp_pipelines.defs.operations.reconciliation_tables import (
    CUSTOMERS,
    DIFFERENCES,
    STOCK,
    customer_rows,
    difference_rows,
    stock_rows,
)
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.reconciliation import DayReport, reconcile_day
from woocp_pipelines.flows.reconciliation_file import write_reconciliation
from woocp_pipelines.rules.clock import read_day
from woocp_pipelines.rules.money import ZERO, cents
from woocp_pipelines.rules.reconciliation_totals import DayTotals
from woocp_pipelines.settings import Settings

_DEPS: Final = ["woo_orders", "order_staging", "order_days", "counterpoint_documents", "woo_stock"]
_DESCRIPTION: Final = """A row is one web order of the day: charged, refunded, documents, payments.

A partition is one day of the store, by the time at which orders were placed. Both systems are
read afresh and nothing is changed in either. Every difference has a cause; cents that no cause
explains fail the check. Every order is written to reports/reconciliation-DAY.csv in the home
folder, whatever the modes of woocp.toml; a run started with mode: plan shows the same and writes
no file. For yesterday and today the shop's stock is compared, too."""
_Told = dg.MaterializeResult[None] | dg.AssetCheckResult


def reconciliation_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset; its days are those of `order_days`."""

    # Not `dg.asset`: it would name its op like the asset, and the job has that name.
    @dg.multi_asset(
        name="reconcile_day",
        specs=[
            dg.AssetSpec(
                ASSET,
                deps=_DEPS,
                description=_DESCRIPTION,
                group_name="operations",
                kinds={COUNTERPOINT, WOOCOMMERCE},
                owners=OWNERS["operations"],
                freshness_policy=EVERY_DAY,
                # A plan materializes nothing.
                skippable=True,
            )
        ],
        partitions_def=store_days(settings),
        retry_policy=RETRIES,
        check_specs=CHECKS,
    )
    def reconciliation(
        context: dg.AssetExecutionContext, config: ReadingConfig, woocp: WoocpResource
    ) -> Iterator[_Told]:
        """See `_DESCRIPTION`."""
        with failing_clearly(), woocp.open(context.run.run_id) as flow:
            day = read_day(context.partition_key)
            report = reconcile_day(flow, day)
            metadata = _metadata(report, flow)
            if not config.planned:
                path = write_reconciliation(report, flow.settings.connections.home)
                metadata["file"] = dg.MetadataValue.path(path.resolve())
            today = flow.clock().astimezone(flow.settings.store.zone).date()
        others = days_around(context.instance, day, today)
        points = [each for each in others if -DAYS < (each.day - day).days < 0]
        points.append(_point(report, flow))
        metadata |= plot_metadata(points, flow.settings.store.currency)
        checks = list(check_results(report, others))
        if config.planned:
            observe(context, ASSET, metadata)
            yield from checks
        else:
            yield dg.MaterializeResult(asset_key=ASSET, metadata=metadata, check_results=checks)

    return reconciliation


def _metadata(report: DayReport, flow: FlowContext) -> Metadata:
    causes = Counter(each.difference.cause for each in report.differences)
    unread = [{"order": number, "reason": reason} for number, reason in report.unread]
    degraded = report.unexplained_cents or report.open_differences or unread
    point = _point(report, flow)
    return {
        "state": "degraded" if degraded else "clean",
        "read": sum(each.orders for each in report.totals),
        "refused": len(unread),
        "unexplained_cents": report.unexplained_cents,
        "open_differences": len(report.open_differences),
        "seconds": round(report.seconds, 3),
        "environment": environment_of(flow.settings),
        **{f"differences_{cause}": count for cause, count in sorted(causes.items())},
        **_money(report.totals),
        **_unread_payments(report.totals),
        "web_cents": point.web_cents,
        "documents_cents": point.documents_cents,
        "payments_cents": point.payments_cents,
        ROW_COUNT: len(report.rows),
        "dagster/partition_row_count": len(report.rows),
        **listed("differences", difference_rows(report.differences), DIFFERENCES),
        **listed("unread_orders", unread, ("order", "reason")),
        **listed("customers_without_map", customer_rows(report), CUSTOMERS),
        **listed("stock_differing", stock_rows(report.stock), STOCK),
    }


def _money(totals: tuple[DayTotals, ...]) -> Metadata:
    """Money as text, as everywhere in the metadata; whole cents stand beside it to be plotted."""
    return {
        f"money_{name}_{each.currency}": f"{getattr(each, name):.2f} {each.currency}"
        for each in totals
        for name in ("charged", "refunded", "web", "unpaid", "documents", "payments")
    }


def _unread_payments(totals: tuple[DayTotals, ...]) -> Metadata:
    return {
        "orders_with_payments_not_read": sum(each.unread_orders for each in totals),
        **{f"payments_{each.currency}": each.says_unread for each in totals if each.unread_orders},
    }


def _point(report: DayReport, flow: FlowContext) -> DayPoint:
    """The day in the store's currency."""
    currency = flow.settings.store.currency
    own = next((each for each in report.totals if each.currency == currency), DayTotals(currency))
    web, documents, payments = (
        int(cents(amount or ZERO).scaleb(2)) for amount in (own.web, own.documents, own.payments)
    )
    return DayPoint(report.day, web, documents, payments, report.unexplained_cents)
