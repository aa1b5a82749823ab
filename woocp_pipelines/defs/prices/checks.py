"""Checks on price rules. Belongs here: what must hold of them. Does not: repairing it."""

from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.defs.catalog import RETRIES
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import listed
from woocp_pipelines.defs.resources import WoocpResource


@dg.asset_check(asset="price_book", retry_policy=RETRIES)
def every_filter_is_understood(woocp: WoocpResource) -> dg.AssetCheckResult:
    """Every condition of a price rule is one that the price engine can decide.

    A rule with another one is never skipped: whoever it may concern gets an error, not a guess.
    """
    with failing_clearly(), woocp.open() as flow, reading(flow.engine) as connection:
        book = read_price_book(
            connection, time_zone=flow.settings.store.time_zone, read_at=flow.now()
        )
    unsupported = book.unsupported_filters
    return dg.AssetCheckResult(
        passed=not unsupported,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "undecidable_filters": len(unsupported),
            **listed(
                "filters",
                [{"filter": one.text, "reason": one.reason} for one in unsupported],
                ("filter", "reason"),
            ),
        },
    )


PRICE_CHECKS: Final = [every_filter_is_understood]
