"""Counterpoint's quantities in the store.

Belongs here: how the inventory sync appears in the graph. The flow itself: flows/inventory.py.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.defs.catalog import EVERY_FIVE_MINUTES, OWNERS, RETRIES, WOOCOMMERCE
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.events import results
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import table_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.inventory import sync_inventory


class NotApprovedError(Exception):
    """An approval that did nothing must not look like one that did."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing was approved: {reason}; start the job again when it has ended")


class InventoryConfig(FlowConfig):
    """Choices for one run of the inventory sync."""

    full: bool = Field(
        default=False,
        description=(
            "Read the whole store, not only what changed since the last run; also finds products "
            "that were deleted. Costs one request per 100 products."
        ),
    )
    approve: str = Field(
        default="",
        description=(
            "Id of a run that the circuit breaker stopped. Lets this run change as much as that "
            "one wanted to, once. Look at a plan first."
        ),
    )


@dg.asset(
    deps=["counterpoint_stock", "counterpoint_items", "order_staging", "woo_products"],
    group_name="inventory",
    kinds={WOOCOMMERCE},
    owners=OWNERS["inventory"],
    metadata=table_metadata(USER_PRODUCT_MAP),
    freshness_policy=EVERY_FIVE_MINUTES,
    retry_policy=RETRIES,
    output_required=False,
)
def woo_stock(
    context: dg.AssetExecutionContext, config: InventoryConfig, woocp: WoocpResource
) -> Iterator[dg.MaterializeResult[None]]:
    """A row is one sellable thing of the store, a product or a variation, and its stock there.

    The quantity is Counterpoint's (less what is committed), minus web orders not yet booked,
    minus the buffer, in the selling unit, rounded down. Every five minutes, only differences are
    written; the whole store is read at night. A run that would change or empty too much of the
    shop stops and waits for approval. Products that cannot be matched, and those whose item has no
    stock row, keep what they show and become dead letters.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        report = sync_inventory(
            flow, mode=config.chosen, approve=config.approve or None, full=config.full
        )
        if config.approve and report.outcome == "skipped":
            raise NotApprovedError(report.skip_reason)
        events = list(results(context, flow, report, {"woo_stock": USER_PRODUCT_MAP}))
    yield from events


INVENTORY_ASSETS: Final = [woo_stock]
