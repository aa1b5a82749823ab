"""The health of the syncs in the graph: an asset with a check for each subject, and a sensor.

Belongs here: how the look (flows/health.py) appears in Dagster. The thresholds: rules/health.py.
The checks belong to no job, so a sync is never slower for them; the sensor reports them.
Dagster: https://docs.dagster.io/guides/test/asset-checks
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import RETRIES, describe, environment_of
from woocp_pipelines.defs.metadata import Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.health import Health, look_at_health
from woocp_pipelines.rules.health import WATCHED_FLOWS
from woocp_pipelines.rules.health_facts import LEVELS, Finding, Level, worst
from woocp_pipelines.settings import Settings

ASSET: Final = "sync_health"
SENSOR: Final = "health"
EVERY_SECONDS: Final = 120
TELL_AGAIN: Final = timedelta(minutes=15)
# What to do stands before the details: the UI cuts wide tables off on the right.
_COLUMNS: Final = ("level", "found", "next_step", "check", "threshold")

# The name of each check, a sentence that is true when it passes, and what it looks at.
_SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "every_sync_works": (
        "database",
        "tables",
        "store",
        "failed_runs",
        *(f"last_success_{flow}" for flow in WATCHED_FLOWS),
    ),
    "orders_are_booked_in_time": ("oldest_pending_order", "expired_claims"),
    "refused_orders_are_dealt_with": ("refused_orders", "old_dead_letters", "other_dead_letters"),
    "the_store_is_told_in_time": ("unsent_notes",),
    "no_stock_change_waits": ("stock_breaker",),
}
_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "every_sync_works": (
        "The database answers, no run of the last hour failed, and every flow in apply mode has "
        "ended well lately: orders, documents, stock and fulfilment within 3 hours (critical: 6), "
        "customers within 26 (50)."
    ),
    "orders_are_booked_in_time": (
        "No order has been pending for more than 1 hour (critical: 2), and none is claimed by a "
        "run that is gone."
    ),
    "refused_orders_are_dealt_with": (
        "No order is refused (critical: more than 5 older than 1 hour), no order or revision has "
        "waited for people for more than 6 hours (critical: 24), nothing else for more than 24."
    ),
    "the_store_is_told_in_time": (
        "No note of a booking has waited for the store for more than 1 hour (critical: 24)."
    ),
    "no_stock_change_waits": ("The circuit breaker holds no run of the inventory sync back."),
}
CHECKS: Final = tuple(_SUBJECTS)


def health_asset() -> dg.AssetSpec:
    """What the checks are shown on; nothing materializes it."""
    return dg.AssetSpec(
        ASSET,
        description=(
            "A row is one thing that is looked at every two minutes: how long orders wait, what "
            "was refused, when each sync last ended well. The sensor `health` looks; `woocp "
            "health` gives the same answer to a monitor outside."
        ),
        deps=["order_staging", "counterpoint_documents", "woo_stock", "counterpoint_customers"],
        group_name="operations",
        kinds={"alert"},
        owners=["team:web-shop"],
    )


@dg.multi_asset_check(
    name="look_at_sync_health",
    specs=[
        dg.AssetCheckSpec(name, asset=ASSET, description=said)
        for name, said in _DESCRIPTIONS.items()
    ],
    retry_policy=RETRIES,
    # Without it the page has no button to look now.
    can_subset=True,
)
def health_checks(
    context: dg.AssetCheckExecutionContext, woocp: WoocpResource
) -> Iterator[dg.AssetCheckResult]:
    """Look once, and answer for each subject that was asked for."""
    health = look_at_health(woocp.settings)
    for name in sorted(key.name for key in context.selected_asset_check_keys):
        found = _findings(health, name)
        yield dg.AssetCheckResult(
            asset_key=ASSET,
            check_name=name,
            passed=worst(found) == "ok",
            severity=_severity(worst(found)),
            description=_sentence(found),
            metadata=_metadata(found),
        )


HEALTH_CHECKS: Final = [health_checks]


def build_sync_health_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor; running in the sandbox, and where alerts go to somebody."""

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=EVERY_SECONDS,
        description=describe(
            settings,
            f"Looks how the syncs are, as `woocp health` does, and shows it on the asset {ASSET}: "
            "what changed, and everything again every 15 minutes.",
        ),
        default_status=watching(settings),
    )
    def health(
        context: dg.SensorEvaluationContext, woocp: WoocpResource
    ) -> dg.SensorResult | dg.SkipReason:
        if missing := woocp.missing():
            return dg.SkipReason(missing)
        found = look_at_health(woocp.settings)
        fingerprint = _fingerprint(found)
        if not _is_news(fingerprint, context.cursor, found.at):
            return dg.SkipReason(f"as before: {found.level}")
        return dg.SensorResult(
            asset_events=_events(found, woocp.settings),
            cursor=json.dumps({"told": fingerprint, "at": found.at.isoformat()}),
        )

    return health


def watching(settings: Settings) -> dg.DefaultSensorStatus:
    """Who named a channel for alerts wants them: unlike a sync, looking writes nothing."""
    access = settings.alert_access
    wanted = settings.connections.sandbox or access.tells_somebody or access.ping_url
    return dg.DefaultSensorStatus.RUNNING if wanted else dg.DefaultSensorStatus.STOPPED


def _findings(health: Health, subject: str) -> list[Finding]:
    """What belongs to a subject; without the database nothing is known of any."""
    checks = _SUBJECTS[subject]
    found = [each for each in health.findings if each.check in checks]
    return found or [each for each in health.findings if each.check in {"database", "tables"}]


def _events(
    health: Health, settings: Settings
) -> Sequence[dg.AssetObservation | dg.AssetCheckEvaluation | dg.AssetMaterialization]:
    shown = {"status": health.level, "environment": environment_of(settings)}
    events: list[dg.AssetObservation | dg.AssetCheckEvaluation | dg.AssetMaterialization] = [
        dg.AssetObservation(
            asset_key=ASSET,
            description=health.level,
            metadata={**shown, **_metadata(health.findings)},
        )
    ]
    for name in CHECKS:
        found = _findings(health, name)
        events.append(
            dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(ASSET),
                check_name=name,
                passed=worst(found) == "ok",
                severity=_severity(worst(found)),
                description=_sentence(found),
                metadata=_metadata(found),
            )
        )
    return events


def _severity(level: Level) -> dg.AssetCheckSeverity:
    error = level == "critical"
    return dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN


def _sentence(found: Sequence[Finding]) -> str:
    bad = [each for each in found if each.level != "ok"]
    said = (f"{each.level}: {each.check.replace('_', ' ')}: {each.found}" for each in bad)
    return "; ".join(said) or "all is well"


def _metadata(found: Sequence[Finding]) -> Metadata:
    rows = [
        {
            "level": each.level,
            "check": each.check,
            "found": each.found,
            "threshold": each.threshold,
            "next_step": each.next_step,
        }
        for each in sorted(found, key=lambda each: -LEVELS.index(each.level))
    ]
    records = [{"record": record} for each in found for record in each.records]
    return {**listed("findings", rows, _COLUMNS), **listed("records", records, ("record",))}


def _fingerprint(health: Health) -> str:
    """Changes when a level does: ages grow with every look, and are no news by themselves."""
    said = [(each.check, each.level, each.records) for each in health.findings]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _is_news(fingerprint: str, cursor: str | None, now: datetime) -> bool:
    if not cursor:
        return True
    last = json.loads(cursor)
    told_at = datetime.fromisoformat(last["at"])
    # A clock that was set back must not keep it silent.
    return bool(last["told"] != fingerprint) or not told_at <= now < told_at + TELL_AGAIN
