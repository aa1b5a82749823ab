"""The checks of a day's reconciliation.

Belongs here: when each fails, and how gravely. Does not: finding differences.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.defs.metadata import listed
from woocp_pipelines.defs.operations.reconciliation_tables import (
    CUSTOMERS,
    DIFFERENCES,
    STOCK,
    customer_rows,
    difference_rows,
    stock_rows,
)
from woocp_pipelines.flows.reconciliation import DayReport
from woocp_pipelines.rules.reconciliation_causes import GRAVE

_ASSET: Final = "reconciliation"
EXPLAINED: Final = "every_cent_is_explained"
SETTLED: Final = "every_difference_is_settled"
IN_STEP: Final = "stock_and_customers_agree"
CHECKS: Final = [
    dg.AssetCheckSpec(
        EXPLAINED,
        asset=_ASSET,
        description=(
            "Fails above zero cents that no cause explains, and while an order's money cannot be "
            "read. Compare each document of the table with its order, line by line."
        ),
    ),
    dg.AssetCheckSpec(
        SETTLED,
        asset=_ASSET,
        description=(
            "Fails while a difference has a known cause and still waits for somebody: a refused "
            "order, a refund to be entered. An error where money may be lost or counted twice "
            "(missing, missing_document, duplicate), else a warning. The table says what to do."
        ),
    ),
    dg.AssetCheckSpec(
        IN_STEP,
        asset=_ASSET,
        description=(
            "Fails while products of the shop show another quantity than they should now (looked "
            "at for yesterday and today only), or customers with orders of the day have no map "
            "row. Look at the runs of inventory_sync and customer_sync."
        ),
    ),
]


def check_results(report: DayReport) -> Iterator[dg.AssetCheckResult]:
    """The result of each check."""
    yield _explained(report)
    yield _settled(report)
    yield _in_step(report)


def _explained(report: DayReport) -> dg.AssetCheckResult:
    found = [each for each in report.differences if each.difference.unexplained]
    unread = [{"order": number, "reason": reason} for number, reason in report.unread]
    return dg.AssetCheckResult(
        check_name=EXPLAINED,
        asset_key=_ASSET,
        passed=not report.unexplained_cents and not unread,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "day": report.day.isoformat(),
            "unexplained_cents": report.unexplained_cents,
            **listed("unexplained", difference_rows(found), DIFFERENCES),
            **listed("unread_orders", unread, ("order", "reason")),
        },
    )


def _settled(report: DayReport) -> dg.AssetCheckResult:
    found = report.open_differences
    grave = any(each.difference.cause in GRAVE for each in found)
    severity = dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=SETTLED,
        asset_key=_ASSET,
        passed=not found,
        severity=severity,
        metadata={
            "day": report.day.isoformat(),
            "open_differences": len(found),
            **listed("open", difference_rows(found), DIFFERENCES),
        },
    )


def _in_step(report: DayReport) -> dg.AssetCheckResult:
    stock = report.stock
    why_not = stock.why_not if stock else "only for yesterday and today"
    differing = len(stock.differing) if stock else 0
    unreadable = stock is not None and bool(stock.why_not)
    return dg.AssetCheckResult(
        check_name=IN_STEP,
        asset_key=_ASSET,
        passed=not differing and not unreadable and not report.customers,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "day": report.day.isoformat(),
            "customers_without_map": len(report.customers),
            "products_differing": differing,
            **({"products_compared": stock.compared} if stock else {}),
            **({"stock_not_compared": why_not} if why_not else {}),
            **listed("customers", customer_rows(report), CUSTOMERS),
            **listed("stock", stock_rows(stock), STOCK),
        },
    )
