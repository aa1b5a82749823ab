"""The customer sync as assets: what the store has, and who that is in Counterpoint.

Belongs here: how the flow appears in the graph. The flow itself: flows/customers.py.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP, USER_CUSTOMER_STAGING
from woocp_pipelines.defs.catalog import COUNTERPOINT, EVERY_DAY, OWNERS, RETRIES, WRITES
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.customers.tiers import WOO_CUSTOMER_TIERS, tier_results
from woocp_pipelines.defs.events import results
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import table_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.customers import sync_customers

_TABLES: Final = {
    "customer_staging": USER_CUSTOMER_STAGING,
    "counterpoint_customers": USER_CUSTOMER_MAP,
}

CUSTOMER_STAGING: Final = dg.AssetSpec(
    "customer_staging",
    deps=["woo_customers", "order_staging"],
    description=(
        "A row is one customer of the store as last seen, and what was done about it.\n\n"
        "Registered customers from the store's full list, and the buyers of paid orders without a "
        "document. Key: the store's customer id, or the order of a guest. An unchanged customer is "
        "recognised by a hash of its content and costs nothing. What is edited in the store later "
        "is noted here and rewrites nothing in Counterpoint; dead letters of users whom the store "
        "has no more are closed."
    ),
    group_name="customers",
    kinds={COUNTERPOINT},
    owners=OWNERS["customers"],
    metadata=table_metadata(USER_CUSTOMER_STAGING),
    freshness_policy=EVERY_DAY,
    skippable=True,
)
COUNTERPOINT_CUSTOMERS: Final = dg.AssetSpec(
    "counterpoint_customers",
    deps=["customer_staging"],
    description=(
        "A row is one store customer who is a Counterpoint customer: the pair of both numbers.\n\n"
        "Matched by an earlier pair, then by e-mail, else created in AR_CUST, each in a "
        "transaction of its own. More than one match is never guessed: it becomes a dead letter, "
        "as does an incomplete registration without a paid order, a second user of a customer, and "
        "a pair that a person has ended. A shipping address that is new to Counterpoint is added; "
        "none is changed or deleted."
    ),
    group_name="customers",
    kinds={COUNTERPOINT},
    owners=OWNERS["customers"],
    metadata=table_metadata(USER_CUSTOMER_MAP),
    freshness_policy=EVERY_DAY,
    skippable=True,
)


# One step for all: the flow stages and matches a customer in the same transaction, and reads the
# store's customer list once.
@dg.multi_asset(
    name="sync_customers",
    specs=[CUSTOMER_STAGING, COUNTERPOINT_CUSTOMERS, WOO_CUSTOMER_TIERS],
    retry_policy=RETRIES,
    pool=WRITES,
)
def customers(
    context: dg.AssetExecutionContext, config: FlowConfig, woocp: WoocpResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Bring every web customer to Counterpoint once, and tell the store who they are there."""
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        report = sync_customers(flow, mode=config.chosen)
        events = [
            *results(context, flow, report, _TABLES),
            *tier_results(context, flow, report),
        ]
    yield from events


CUSTOMER_ASSETS: Final = [customers]
