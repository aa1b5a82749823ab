"""Orders of the store as staging rows: the live cursor, and days read again.

Belongs here: how the order pull appears in the graph. The flow itself: flows/orders.py.
Dagster: https://docs.dagster.io/guides/build/partitions-and-backfills
"""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.defs.catalog import (
    COUNTERPOINT,
    EVERY_FIVE_MINUTES,
    OWNERS,
    RETRIES,
    WRITES,
    store_days,
)
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.events import results
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import table_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.orders import pull_orders, stage_day
from woocp_pipelines.rules.clock import read_day
from woocp_pipelines.settings import Settings


class OrderConfig(FlowConfig):
    """Choices for one run of the order sync."""

    full: bool = Field(
        default=False,
        description=(
            "Also look for what no change shows: unbooked orders are read again by id, so that "
            "deleted ones are found, then refunds and the orders of the last 30 days. Costs one "
            "request per 50 to 100 orders."
        ),
    )


@dg.asset(
    deps=["woo_orders", "counterpoint_items"],
    group_name="orders",
    kinds={COUNTERPOINT},
    owners=OWNERS["orders"],
    metadata=table_metadata(USER_ORDER_STAGING),
    freshness_policy=EVERY_FIVE_MINUTES,
    retry_policy=RETRIES,
    pool=WRITES,
    output_required=False,
)
def order_staging(
    context: dg.AssetExecutionContext, config: OrderConfig, woocp: WoocpResource
) -> Iterator[dg.MaterializeResult[None]]:
    """A row is one order of the store as last read, with what has become of it.

    Read every five minutes from the last modified time on, with some minutes of overlap; the
    mark moves in the transaction that stores the rows. Key: the order's id. On-hold orders are
    held, a changed order replaces its row, a change of a booked order is a revision for people.
    An order that cannot be read becomes a dead letter and stops no other. Every night, what no
    change shows is looked for, too: deleted orders, refunds, edits in the legacy order storage.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        report = pull_orders(flow, mode=config.chosen, full=config.full)
        events = list(results(context, flow, report, {"order_staging": USER_ORDER_STAGING}))
    yield from events


def order_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The live staging and its days; the days begin with the first order that may be staged."""
    return [order_staging, _order_days(settings)]


def _order_days(settings: Settings) -> dg.AssetsDefinition:
    @dg.asset(
        partitions_def=store_days(settings),
        deps=["woo_orders", "counterpoint_items"],
        group_name="orders",
        kinds={COUNTERPOINT},
        owners=OWNERS["orders"],
        metadata=table_metadata(USER_ORDER_STAGING),
        retry_policy=RETRIES,
        pool=WRITES,
        output_required=False,
    )
    def order_days(
        context: dg.AssetExecutionContext, config: FlowConfig, woocp: WoocpResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        """A partition is one day of the store, whose orders were read again by creation date.

        For a backfill, materialize the days wanted. It goes through the same function as the
        live staging and never moves its mark, so the live sync goes on meanwhile; an order that
        is known and unchanged stays as it is. The row count is that of all staged orders.
        """
        with failing_clearly(), woocp.open(context.run.run_id) as flow:
            day = read_day(context.partition_key)
            report = stage_day(flow, day, mode=config.chosen)
            events = list(results(context, flow, report, {"order_days": USER_ORDER_STAGING}))
        yield from events

    return order_days
