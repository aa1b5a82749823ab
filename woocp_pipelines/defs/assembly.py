"""All definitions put together.

Belongs here: assembly, with a seam for tests, demo and sandbox. Does not: a definition of its own,
nor reading settings (definitions.py).
Dagster: https://docs.dagster.io/guides/build/projects-and-components/definitions
"""

from collections.abc import Mapping

import dagster as dg

from woocp_pipelines.defs.catalog import environment_of, marked
from woocp_pipelines.defs.customers.assets import CUSTOMER_ASSETS
from woocp_pipelines.defs.customers.checks import CUSTOMER_CHECKS
from woocp_pipelines.defs.documents.assets import DOCUMENT_ASSETS
from woocp_pipelines.defs.documents.checks import DOCUMENT_CHECKS
from woocp_pipelines.defs.external import external_assets
from woocp_pipelines.defs.fulfilment.assets import FULFILMENT_ASSETS
from woocp_pipelines.defs.fulfilment.checks import FULFILMENT_CHECKS
from woocp_pipelines.defs.inventory.assets import INVENTORY_ASSETS
from woocp_pipelines.defs.inventory.checks import INVENTORY_CHECKS
from woocp_pipelines.defs.jobs import build_jobs
from woocp_pipelines.defs.operations.doctor import DOCTOR_CHECKS
from woocp_pipelines.defs.operations.health_checks import HEALTH_CHECKS, health_asset
from woocp_pipelines.defs.operations.reconciliation import reconciliation_asset
from woocp_pipelines.defs.orders.assets import order_assets
from woocp_pipelines.defs.orders.checks import ORDER_CHECKS
from woocp_pipelines.defs.prices.assets import price_assets
from woocp_pipelines.defs.prices.checks import PRICE_CHECKS
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.defs.schedules import build_schedules
from woocp_pipelines.defs.sensors import build_sensors
from woocp_pipelines.settings import Settings


def build_defs(
    settings: Settings, *, resources: Mapping[str, object] | None = None
) -> dg.Definitions:
    """Assemble all definitions.

    Args:
        settings: of both systems; the zone of schedules and the first day of backfills.
        resources: what to use instead of the usual resources, by key.
    """
    own = [
        *CUSTOMER_ASSETS,
        *order_assets(settings),
        *DOCUMENT_ASSETS,
        *INVENTORY_ASSETS,
        *FULFILMENT_ASSETS,
        *price_assets(settings),
        reconciliation_asset(settings),
    ]
    return dg.Definitions(
        assets=marked([*own, *external_assets(settings), health_asset()], settings),
        asset_checks=[
            *CUSTOMER_CHECKS,
            *ORDER_CHECKS,
            *DOCUMENT_CHECKS,
            *INVENTORY_CHECKS,
            *FULFILMENT_CHECKS,
            *PRICE_CHECKS,
            *DOCTOR_CHECKS,
            *HEALTH_CHECKS,
        ],
        jobs=build_jobs(settings),
        schedules=build_schedules(settings),
        sensors=build_sensors(settings),
        resources={"woocp": WoocpResource(settings=settings), **(resources or {})},
        # A run takes half a second instead of twelve: no process is started per step.
        executor=dg.in_process_executor,
        metadata={
            "environment": environment_of(settings),
            "mode": settings.mode,
            "store_id": settings.store.id,
        },
    )
