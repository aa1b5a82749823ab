"""What was shipped or cancelled in Counterpoint, told to the store.

Belongs here: how fulfilment appears in the graph. The flow itself: flows/fulfilment.py.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT
from woocp_pipelines.defs.catalog import EVERY_HALF_HOUR, OWNERS, RETRIES, WOOCOMMERCE
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.events import results
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import table_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.fulfilment import sync_fulfilment


@dg.asset(
    deps=["counterpoint_shipments"],
    group_name="fulfilment",
    kinds={WOOCOMMERCE},
    owners=OWNERS["fulfilment"],
    metadata=table_metadata(USER_ORDER_FULFILMENT),
    freshness_policy=EVERY_HALF_HOUR,
    retry_policy=RETRIES,
    output_required=False,
)
def order_fulfilment(
    context: dg.AssetExecutionContext, config: FlowConfig, woocp: WoocpResource
) -> Iterator[dg.MaterializeResult[None]]:
    """A row is one booked order and what the store was last told of its shipment.

    Judged on the document's lines and its release tickets, every half hour: a part is a note, the
    whole completes the order, a cancellation is a note; tracking numbers follow. Each is told
    once. Only an order that is processing is completed; one that the shop refunded, cancelled or
    put on hold meanwhile is left as it is and becomes a dead letter until the shop lets it go, and
    so does a document that is cancelled, closed before all was shipped, or gone, or whose release
    tickets leave open what was shipped.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        report = sync_fulfilment(flow, mode=config.chosen)
        events = list(results(context, flow, report, {"order_fulfilment": USER_ORDER_FULFILMENT}))
    yield from events


FULFILMENT_ASSETS: Final = [order_fulfilment]
