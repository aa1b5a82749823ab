"""What the store knows of its customers, as an asset: tier, number, bid number, role.

Belongs here: how the second half of the customer sync appears in the graph; it runs in the same
step as the first (assets.py), since both need the store's customer list and it is read once.
The flow itself: flows/customer_push.py.
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import EVERY_DAY, OWNERS, WOOCOMMERCE
from woocp_pipelines.defs.dead_letters import dead_letter_check
from woocp_pipelines.defs.events import is_skipped, observe
from woocp_pipelines.defs.metadata import report_metadata
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_findings import is_push_key
from woocp_pipelines.flows.customer_push import push_part
from woocp_pipelines.flows.report import FlowReport

WOO_CUSTOMER_TIERS: Final = dg.AssetSpec(
    "woo_customer_tiers",
    deps=["counterpoint_customers", "counterpoint_accounts"],
    description=(
        "A row is one user of the store who is a web customer of Counterpoint: customer number, "
        "category, price tier and bid number in the user's meta, and the role of the tier.\n\n"
        "Only differences are written. A user has exactly one role of a tier and keeps all other "
        "roles; roles need an application password, without one they are counted as not done. A "
        "role of a tier is never taken from a user whose customer woocp has made itself and who "
        "is RETAIL still: that is a dead letter. Users of customers that are off the web are "
        "listed and left alone."
    ),
    group_name="customers",
    kinds={WOOCOMMERCE},
    owners=OWNERS["customers"],
    freshness_policy=EVERY_DAY,
    skippable=True,
)
TIER_CHECK: Final = dead_letter_check(
    WOO_CUSTOMER_TIERS.key.to_user_string(),
    kind="customer",
    name="the_store_knows_every_customer",
    description=(
        "Fails while the store did not take over what Counterpoint says of a customer: a tier or a "
        "role that one side does not know, a login without the right, a user that cannot be saved."
    ),
    keys=is_push_key,
)


def tier_results(
    context: dg.AssetExecutionContext, flow: FlowContext, report: FlowReport
) -> Iterator[dg.MaterializeResult[None]]:
    """The event of `woo_customer_tiers`, with its own part of the customer sync's report."""
    if is_skipped(context.log, report):
        return
    part = push_part(report)
    metadata = report_metadata(part, flow.settings, row_count=part.read)
    name = WOO_CUSTOMER_TIERS.key.to_user_string()
    if report.mode == "plan":
        observe(context, name, metadata)
    else:
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)
