"""What starts a job as soon as there is something to do, and what tells how a service is.

Belongs here: the list, and cheap questions to the database; the run does the work. The health of
the pricing service: prices/service.py; that of the syncs, and alerts: operations/.
Dagster: https://docs.dagster.io/guides/automate/sensors
"""

from collections.abc import Sequence
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.pending import count_claimable, pending_fingerprint
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.defs.catalog import describe
from woocp_pipelines.defs.operations.alerts import build_alerts_sensor
from woocp_pipelines.defs.operations.health_checks import build_sync_health_sensor
from woocp_pipelines.defs.overlap import unfinished_run
from woocp_pipelines.defs.prices.service import build_health_sensor
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.settings import Settings

_SECONDS: Final = 30
_JOB: Final = "order_creation"


def build_sensors(settings: Settings) -> Sequence[dg.SensorDefinition]:
    """All sensors."""
    return [
        _pending_orders(settings),
        build_health_sensor(settings),
        build_sync_health_sensor(settings),
        build_alerts_sensor(settings),
    ]


def _pending_orders(settings: Settings) -> dg.SensorDefinition:
    running = settings.connections.sandbox

    @dg.sensor(
        name="pending_orders",
        job_name=_JOB,
        minimum_interval_seconds=_SECONDS,
        description=describe(
            settings,
            "Starts order_creation when staged orders can be claimed now. In plan mode, where "
            "they stay pending, only when their set has changed.",
        ),
        default_status=dg.DefaultSensorStatus.RUNNING
        if running
        else dg.DefaultSensorStatus.STOPPED,
    )
    def pending_orders(
        context: dg.SensorEvaluationContext, woocp: WoocpResource
    ) -> dg.RunRequest | dg.SkipReason | dg.SensorResult:
        if skip := unfinished_run(context.instance, _JOB):
            return skip
        if missing := woocp.missing():
            return dg.SkipReason(missing)
        # A database that cannot be read raises: a failed tick is seen, a skipped one is not.
        with woocp.open() as flow:
            return _decide(flow, context.cursor)

    return pending_orders


def _decide(
    flow: FlowContext, cursor: str | None
) -> dg.RunRequest | dg.SkipReason | dg.SensorResult:
    planning = flow.settings.mode_of("documents") == "plan"
    with reading(flow.engine) as connection:
        if not table_exists(connection, USER_ORDER_STAGING.name, "CLAIM_TOKEN"):
            return dg.SkipReason("the staging table is not upgraded; run `woocp db upgrade`")
        if not planning:
            claimable = count_claimable(connection, flow.store_id)
            return dg.RunRequest() if claimable else dg.SkipReason("no order is pending")
        fingerprint = pending_fingerprint(connection, flow.store_id)
    if fingerprint == (cursor or ""):
        return dg.SkipReason("plan mode: the pending orders are those of the last plan")
    requests = [dg.RunRequest()] if fingerprint else []
    return dg.SensorResult(run_requests=requests, cursor=fingerprint)
