"""Is the pricing service there: a check that anybody can run, and a sensor that looks every minute.

Belongs here: how the service's health appears in the graph. Asking it: flows/pricing_health.py.
The sensor tells what changed, and all of it again every quarter of an hour; a service that is away
is a failed check, never a failed tick.
Dagster: https://docs.dagster.io/guides/automate/sensors
"""

import json
from datetime import datetime, timedelta
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import RETRIES, describe, environment_of
from woocp_pipelines.defs.metadata import Metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.pricing_health import ServiceHealth, ask_health, service_url
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.settings import Settings

SERVICE: Final = "pricing_service"
CHECK: Final = "contract_prices_are_answered"
SENSOR: Final = "pricing_service_health"
EVERY_SECONDS: Final = 60
TELL_AGAIN: Final = timedelta(minutes=15)
_NOT_CONFIGURED: Final = (
    "no pricing service is configured here; set WOOCP_PRICING_HOST and WOOCP_PRICING_PORT to where "
    "it listens"
)


@dg.asset_check(asset=SERVICE, name=CHECK, retry_policy=RETRIES)
def contract_prices_are_answered(woocp: WoocpResource) -> dg.AssetCheckResult:
    """The pricing service answers, from a price book that Counterpoint keeps up to date.

    A warning while it answers from the last good book; an error when it cannot price or cannot be
    reached: the shop then shows no contract prices. A sensor reports it every minute.
    """
    url = service_url(woocp.settings)
    if url is None:
        raise dg.Failure(_NOT_CONFIGURED, allow_retries=False)
    health, now = ask_health(url), utc_now()
    return dg.AssetCheckResult(
        passed=health.state == "ok",
        severity=_severity(health),
        description=_sentence(health),
        metadata=_metadata(health, now, woocp.settings),
    )


def build_health_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor; running in the sandbox, and where a service is named: asking writes nothing."""
    running = settings.connections.sandbox or service_url(settings) is not None

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=EVERY_SECONDS,
        description=describe(
            settings,
            f"Asks the pricing service how it is (GET /api/health) and shows it on the asset "
            f"{SERVICE}: what changed, and everything again every 15 minutes.",
        ),
        default_status=dg.DefaultSensorStatus.RUNNING
        if running
        else dg.DefaultSensorStatus.STOPPED,
    )
    def pricing_service_health(
        context: dg.SensorEvaluationContext, woocp: WoocpResource
    ) -> dg.SensorResult | dg.SkipReason:
        url = service_url(woocp.settings)
        if url is None:
            return dg.SkipReason(_NOT_CONFIGURED)
        health, now = ask_health(url), utc_now()
        if not _is_news(health, context.cursor, now):
            return dg.SkipReason(f"as before: {_sentence(health)}")
        return dg.SensorResult(
            asset_events=_events(health, now, woocp.settings),
            cursor=json.dumps({"told": health.fingerprint, "at": now.isoformat()}),
        )

    return pricing_service_health


def _is_news(health: ServiceHealth, cursor: str | None, now: datetime) -> bool:
    if not cursor:
        return True
    last = json.loads(cursor)
    told_at = datetime.fromisoformat(last["at"])
    # A clock that was set back must not keep it silent.
    return last["told"] != health.fingerprint or not told_at <= now < told_at + TELL_AGAIN


def _events(
    health: ServiceHealth, now: datetime, settings: Settings
) -> list[dg.AssetObservation | dg.AssetCheckEvaluation | dg.AssetMaterialization]:
    metadata, sentence = _metadata(health, now, settings), _sentence(health)
    return [
        dg.AssetObservation(asset_key=SERVICE, description=sentence, metadata=metadata),
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(SERVICE),
            check_name=CHECK,
            passed=health.state == "ok",
            severity=_severity(health),
            description=sentence,
            metadata=metadata,
        ),
    ]


def _severity(health: ServiceHealth) -> dg.AssetCheckSeverity:
    warn = health.state in ("ok", "degraded")
    return dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR


def _sentence(health: ServiceHealth) -> str:
    step = f"; {health.next_step}" if health.next_step else ""
    return f"{health.state} at {health.url} ({health.found}){step}"


def _metadata(health: ServiceHealth, now: datetime, settings: Settings) -> Metadata:
    metadata: Metadata = {
        "status": health.state,
        "database": health.database,
        "address": health.url,
        "found": health.found,
        "environment": environment_of(settings),
    }
    if health.next_step:
        metadata["next_step"] = health.next_step
    if health.latency_ms is not None:
        # As a number, so that it is plotted; it is no money.
        metadata["query_latency_ms"] = float(health.latency_ms)
    age = health.book_age_seconds(now)
    if age is not None:
        metadata["book_age_seconds"] = age
    return metadata
