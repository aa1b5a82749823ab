"""What shoppers were charged against Counterpoint's prices, day by day.

Belongs here: how the price audit appears in the graph. The audit itself: flows/price_audit.py.
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
    environment_of,
    store_days,
)
from woocp_pipelines.defs.config import ReadingConfig
from woocp_pipelines.defs.events import observe
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import ROW_COUNT, Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.price_audit import AuditedLine, PriceAudit, audit_prices
from woocp_pipelines.flows.price_audit_file import write_audit
from woocp_pipelines.rules.clock import read_day
from woocp_pipelines.rules.money import ZERO, plain
from woocp_pipelines.rules.price_audit import NOT_JUDGED, OPEN_CAUSES, Cause
from woocp_pipelines.settings import Settings

_Told = dg.MaterializeResult[None] | dg.AssetCheckResult
CHECK: Final = "charged_prices_match"
_COLUMNS: Final = (
    "order",
    "line",
    "item",
    "quantity",
    "charged",
    "counterpoint_then",
    "counterpoint_now",
    "difference",
    "cause",
    "rule",
    "customer",
    "remark",
)
_EXPLAINED: Final[tuple[Cause, ...]] = ("price_changed", "discount", "rounding")
_RULES: Final = (
    "Both prices of Counterpoint come from today's rules and item prices, since it keeps no older "
    "ones. For the price at the time of the order, the dates of groups are applied as of then; "
    "switches (ENABLED) as of now."
)
"""What a reader must know of `counterpoint_then`; stands beside every table."""


def price_audit_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset; its days are those of `order_days`."""

    @dg.asset(
        partitions_def=store_days(settings),
        deps=["order_staging", "order_days", "price_book"],
        group_name="prices",
        kinds={COUNTERPOINT},
        owners=OWNERS["prices"],
        freshness_policy=EVERY_DAY,
        retry_policy=RETRIES,
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset="price_audit",
                description=(
                    "Fails while lines of the day were charged another price than Counterpoint's "
                    "and nothing explains it: contract or rule not applied in the shop, or no "
                    "cause found. Look at the orders in the table."
                ),
            )
        ],
    )
    def price_audit(
        context: dg.AssetExecutionContext, config: ReadingConfig, woocp: WoocpResource
    ) -> Iterator[_Told]:
        """A row is one line of a web order: charged, Counterpoint's price then and now, cause.

        A partition is one day of the store, by the time of the orders. Reads staged orders and
        Counterpoint's prices and changes nothing in either. Every line is written to
        reports/price-audit-DAY.csv in the home folder, whatever the modes of woocp.toml; a run
        started with mode: plan shows the same and writes no file. The rules are today's; only
        their dates are applied as of the order.
        """
        with failing_clearly(), woocp.open(context.run.run_id) as flow:
            day = read_day(context.partition_key)
            audit = audit_prices(flow, day)
            metadata = _metadata(audit, flow)
            if not config.planned:
                path = write_audit(audit, flow.settings.connections.home)
                metadata["file"] = dg.MetadataValue.path(path.resolve())
        yield from _told(context, audit, metadata, planned=config.planned)

    return price_audit


def _told(
    context: dg.AssetExecutionContext, audit: PriceAudit, metadata: Metadata, *, planned: bool
) -> Iterator[_Told]:
    check = _check(audit)
    if planned:
        observe(context, "price_audit", metadata)
        yield check
    else:
        yield dg.MaterializeResult(metadata=metadata, check_results=[check])


def _check(audit: PriceAudit) -> dg.AssetCheckResult:
    found = audit.of(OPEN_CAUSES)
    return dg.AssetCheckResult(
        check_name=CHECK,
        asset_key="price_audit",
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "day": audit.day.isoformat(),
            "unexplained_lines": len(found),
            "compared": len(audit.judged),
            **listed("unexplained", [_row(line) for line in found], _COLUMNS),
        },
    )


def _metadata(audit: PriceAudit, flow: FlowContext) -> Metadata:
    open_lines, unjudged = audit.of(OPEN_CAUSES), audit.of(NOT_JUDGED)
    causes = Counter(line.cause for line in audit.lines)
    differing = [*open_lines, *unjudged, *audit.of(_EXPLAINED)]
    unread = [{"order": number, "reason": reason} for number, reason in audit.unread]
    return {
        "state": "degraded" if open_lines or unread else "clean",
        "read": audit.orders,
        "refused": len(unread),
        "seconds": round(audit.seconds, 3),
        "environment": environment_of(flow.settings),
        "about_these_prices": _RULES,
        **{f"lines_{cause}": count for cause, count in sorted(causes.items())},
        **money_totals(audit, flow.settings.store.currency),
        ROW_COUNT: len(audit.lines),
        "dagster/partition_row_count": len(audit.lines),
        **listed("differences", [_row(line) for line in differing], _COLUMNS),
        **listed("unread_orders", unread, ("order", "reason")),
    }


def money_totals(audit: PriceAudit, currency: str) -> Metadata:
    """What unexplained lines, and what roundings, were charged above and below Counterpoint."""
    return {
        **_above_and_below("unexplained", audit.of(OPEN_CAUSES), currency),
        **_above_and_below("rounded", audit.of(["rounding"]), currency),
    }


def _above_and_below(what: str, lines: list[AuditedLine], currency: str) -> Metadata:
    """Money as text, as everywhere in the metadata: a float would lose cents."""
    found = [line.difference or ZERO for line in lines]
    above = sum((each for each in found if each > ZERO), ZERO)
    below = -sum((each for each in found if each < ZERO), ZERO)
    return {
        f"money_{what}_above": f"{above:.2f} {currency}",
        f"money_{what}_below": f"{below:.2f} {currency}",
    }


def _row(line: AuditedLine) -> dict[str, str]:
    prices = (line.charged, line.then, line.now)
    charged, then, now = ("" if price is None else plain(price) for price in prices)
    unit = "" if line.unit in ("", "0") else f" in unit {line.unit}"
    return {
        "order": line.order,
        "line": str(line.line),
        "item": f"{line.item_no or line.sku or '?'}{unit}",
        "quantity": plain(line.quantity),
        "charged": charged,
        "counterpoint_then": then,
        "counterpoint_now": now,
        "difference": "" if line.difference is None else f"{line.difference:.2f}",
        "cause": line.cause,
        "rule": line.rule,
        "customer": line.cust_no,
        "remark": line.remark,
    }
