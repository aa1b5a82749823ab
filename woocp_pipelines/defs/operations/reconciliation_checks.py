"""The checks of a day's reconciliation.

Belongs here: when each fails, and how gravely. Does not: finding differences.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import dagster as dg

from woocp_pipelines.defs.metadata import Metadata, listed
from woocp_pipelines.defs.operations.reconciliation_days import ASSET, DayPoint
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

_OTHERS: Final = ("day", "unexplained_cents", "unread_orders", "open_differences")
EXPLAINED: Final = "every_cent_is_explained"
SETTLED: Final = "every_difference_is_settled"
IN_STEP: Final = "stock_and_customers_agree"
# Their latest result speaks for every day of the last weeks, whichever was looked at last.
OF_ALL_DAYS: Final = frozenset({EXPLAINED, SETTLED})
OTHER_DAYS: Final = "other_days"
CHECKS: Final = [
    dg.AssetCheckSpec(
        EXPLAINED,
        asset=ASSET,
        description=(
            "Fails above zero cents that no cause explains, and while an order's money cannot be "
            "read, on this day or another of the last weeks; every night looks at those again. "
            "Compare each document of the table with its order, line by line."
        ),
    ),
    dg.AssetCheckSpec(
        SETTLED,
        asset=ASSET,
        description=(
            "Fails while a difference has a known cause and still waits for somebody: a refused "
            "order, a refund to be entered. An error where money may be lost or counted twice "
            "(missing, missing_document, duplicate), else a warning. The table says what to do. "
            "Other days of the last weeks count, too; every night looks at those again."
        ),
    ),
    dg.AssetCheckSpec(
        IN_STEP,
        asset=ASSET,
        description=(
            "Fails while products of the shop show another quantity than they should now (looked "
            "at for yesterday and today only), or customers with orders of the day have no map "
            "row. Look at the runs of inventory_sync and customer_sync."
        ),
    ),
]


def check_results(report: DayReport, others: Sequence[DayPoint]) -> Iterator[dg.AssetCheckResult]:
    """The result of each check, of this day and of `others`."""
    yield _explained(report, [each for each in others if each.unexplained_cents or each.unread])
    yield _settled(report, [each for each in others if each.open_differences])
    yield _in_step(report)


def _other_days(others: Sequence[DayPoint]) -> Metadata:
    rows = [
        {
            "day": each.day.isoformat(),
            "unexplained_cents": str(each.unexplained_cents),
            "unread_orders": str(each.unread),
            "open_differences": str(each.open_differences),
        }
        for each in others
    ]
    return listed(OTHER_DAYS, rows, _OTHERS)


def _explained(report: DayReport, others: Sequence[DayPoint]) -> dg.AssetCheckResult:
    found = [each for each in report.differences if each.difference.unexplained]
    unread = [{"order": number, "reason": reason} for number, reason in report.unread]
    return dg.AssetCheckResult(
        check_name=EXPLAINED,
        asset_key=ASSET,
        passed=not report.unexplained_cents and not unread and not others,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "day": report.day.isoformat(),
            "unexplained_cents": report.unexplained_cents,
            **listed("unexplained", difference_rows(found), DIFFERENCES),
            **listed("unread_orders", unread, ("order", "reason")),
            **_other_days(others),
        },
    )


def _settled(report: DayReport, others: Sequence[DayPoint]) -> dg.AssetCheckResult:
    found = report.open_differences
    grave = any(each.difference.cause in GRAVE for each in found) or any(
        each.lost for each in others
    )
    severity = dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=SETTLED,
        asset_key=ASSET,
        passed=not found and not others,
        severity=severity,
        metadata={
            "day": report.day.isoformat(),
            "open_differences": len(found),
            **listed("open", difference_rows(found), DIFFERENCES),
            **_other_days(others),
        },
    )


def _in_step(report: DayReport) -> dg.AssetCheckResult:
    stock = report.stock
    why_not = stock.why_not if stock else "only for yesterday and today"
    differing = len(stock.differing) if stock else 0
    unreadable = stock is not None and bool(stock.why_not)
    return dg.AssetCheckResult(
        check_name=IN_STEP,
        asset_key=ASSET,
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
