"""The jobs: what can be started, with its limits.

Belongs here: name, assets, tags. Does not: when they run (schedules.py, sensors.py).
"""

from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from woocp_pipelines.defs.catalog import (
    MINUTES_OF_FREQUENT_JOBS,
    MINUTES_OF_LONG_JOBS,
    describe,
    job_tags,
)
from woocp_pipelines.defs.inventory.approval import build_approval_job
from woocp_pipelines.defs.operations.dead_letters import build_dead_letters_job
from woocp_pipelines.defs.operations.doctor import build_examination_job
from woocp_pipelines.defs.operations.maintenance import build_maintenance_job
from woocp_pipelines.defs.operations.order_timeline import build_timeline_job
from woocp_pipelines.defs.operations.replay import build_replay_job
from woocp_pipelines.defs.operations.settle import build_settle_job
from woocp_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class _Plan:
    """A job before it knows its settings; `sync` is the tag that at most one run has."""

    name: str
    assets: tuple[str, ...]
    sync: str
    minutes: int
    description: str


_JOBS: Final = (
    _Plan(
        "customer_sync",
        ("customer_staging", "counterpoint_customers", "woo_customer_tiers"),
        "customers",
        MINUTES_OF_LONG_JOBS,
        "Bring every web customer to Counterpoint once, and the price tiers to the store.",
    ),
    _Plan(
        "order_sync",
        ("order_staging",),
        "orders",
        MINUTES_OF_FREQUENT_JOBS,
        "Read what changed in the store's orders since the last run and stage it.",
    ),
    _Plan(
        "order_backfill",
        ("order_days",),
        # A tag of its own: days read again never hold up the live sync.
        "order_backfill",
        MINUTES_OF_LONG_JOBS,
        "Read the orders of chosen days again, by creation date; one run for each day.",
    ),
    _Plan(
        "order_creation",
        ("counterpoint_documents",),
        "documents",
        MINUTES_OF_FREQUENT_JOBS,
        "Create the documents of all pending orders in Counterpoint, then tell the store.",
    ),
    _Plan(
        "inventory_sync",
        ("woo_stock",),
        "inventory",
        MINUTES_OF_FREQUENT_JOBS,
        "Write to the store the quantities that Counterpoint can promise.",
    ),
    _Plan(
        "fulfilment_sync",
        ("order_fulfilment",),
        "fulfilment",
        MINUTES_OF_FREQUENT_JOBS,
        "Tell the store what was shipped or cancelled in Counterpoint, and complete its orders.",
    ),
    _Plan(
        "price_book_reading",
        ("price_book",),
        "price_book",
        MINUTES_OF_FREQUENT_JOBS,
        "Read all price rules and list those that cannot be decided or never win.",
    ),
    _Plan(
        "price_review",
        ("price_audit",),
        "price_audit",
        MINUTES_OF_LONG_JOBS,
        "Compare what the orders of chosen days were charged with Counterpoint's prices; one run "
        "for each day.",
    ),
    _Plan(
        "reconciliation",
        ("reconciliation",),
        "reconciliation",
        MINUTES_OF_LONG_JOBS,
        "Compare the orders of chosen days with Counterpoint's documents and payments; one run "
        "for each day.",
    ),
)


# Dagster does not export the type of an asset job.
def build_jobs(settings: Settings) -> list[Any]:
    """All jobs; those of assets run the checks of their assets, too."""
    return [
        dg.define_asset_job(
            plan.name,
            selection=dg.AssetSelection.assets(*plan.assets),
            description=describe(settings, plan.description),
            tags=job_tags(settings, plan.sync, plan.minutes),
        )
        for plan in _JOBS
    ] + [
        build_approval_job(settings),
        build_replay_job(settings),
        build_settle_job(settings),
        build_dead_letters_job(settings),
        build_timeline_job(settings),
        build_maintenance_job(settings),
        build_examination_job(settings),
    ]
