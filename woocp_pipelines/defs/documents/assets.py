"""Order creation as one asset made of four steps.

Belongs here: the composition. The steps: ops.py; what they do: flows/documents.py.
Dagster: https://docs.dagster.io/guides/build/assets/graph-backed-assets
"""

from typing import Any, Final

import dagster as dg

from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.defs.catalog import COUNTERPOINT, EVERY_FIVE_MINUTES, OWNERS
from woocp_pipelines.defs.config import FlowConfig
from woocp_pipelines.defs.documents.ops import (
    ASSET,
    claim_pending_orders,
    create_documents,
    notify_store,
    validate_orders,
)
from woocp_pipelines.defs.metadata import table_metadata

_DESCRIPTION: Final = """A row is one web order that has its documents in Counterpoint.

Pending orders are claimed, validated and booked exactly once, one transaction each: the order
(and, when paid, its deposit ticket), keys, committed stock, customer totals. What cannot be booked
becomes a dead letter with its reason and next step, and delays no other. Afterwards the store gets
one private note per order. Key: the order's id in USER_ORDER_KEY, from which nothing is deleted.
"""
_UPSTREAM: Final = {
    "orders": "order_staging",
    "days": "order_days",
    "customers": "counterpoint_customers",
    "rules": "counterpoint_price_rules",
}


@dg.config_mapping
def _one_mode_for_all_steps(config: FlowConfig) -> dict[str, Any]:
    choice = {"config": {"mode": config.mode.name}}
    return {
        "claim_pending_orders": choice,
        "create_documents": choice,
        "notify_store": choice,
    }


@dg.graph_multi_asset(
    name=ASSET,
    group_name="documents",
    ins={name: dg.AssetIn(key=key, dagster_type=dg.Nothing) for name, key in _UPSTREAM.items()},
    outs={
        ASSET: dg.AssetOut(
            is_required=False,
            dagster_type=dg.Nothing,
            description=_DESCRIPTION,
            kinds={COUNTERPOINT},
            owners=OWNERS["documents"],
            metadata=table_metadata(USER_ORDER_KEY),
        )
    },
    config=_one_mode_for_all_steps,
)
def counterpoint_documents(orders: Any, days: Any, customers: Any, rules: Any) -> Any:
    """Claim, validate, book, tell the store."""
    token = claim_pending_orders(orders=orders, days=days, customers=customers, rules=rules)
    return notify_store(create_documents(validate_orders(token)))


def _kept_fresh(spec: dg.AssetSpec) -> dg.AssetSpec:
    # A graph asset drops the policy that its AssetOut was given.
    return spec.replace_attributes(freshness_policy=EVERY_FIVE_MINUTES)


DOCUMENT_ASSETS: Final = [counterpoint_documents.map_asset_specs(_kept_fresh)]
