"""One quick look at how the syncs are (CP §3.9): for `woocp health`, Dagster's checks, alerts.

Belongs here: looking, bounded in time, and never raising: what cannot be reached is a finding.
Does not: thresholds (rules/health.py), telling anybody (alerts/). Nothing is written, and the store
is not asked: whether it answers is seen by what the runs met.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from woocp_pipelines.counterpoint import health
from woocp_pipelines.counterpoint.catalog import database_name
from woocp_pipelines.counterpoint.engine import open_engine, reading
from woocp_pipelines.counterpoint.migrations import current, newest
from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.flows.inventory_breaker import read_latest_blocked
from woocp_pipelines.flows.pricing_health import ask_health, service_url
from woocp_pipelines.rules.clock import Clock, utc_now
from woocp_pipelines.rules.doctor.server import is_no_company
from woocp_pipelines.rules.health import WATCHED_FLOWS, sync_findings
from woocp_pipelines.rules.health_facts import Finding, Level, SyncFacts, worst
from woocp_pipelines.rules.health_services import (
    database_answers,
    database_is_away,
    no_company,
    no_price_service,
    price_service,
    tables,
    tables_are_gone,
)
from woocp_pipelines.settings import FlowName, Settings
from woocp_pipelines.waiting import TooSlowError, within

# A sensor has sixty seconds for everything, a monitor outside seldom more than ten.
DATABASE_SECONDS: Final = 12.0
_LOGIN_SECONDS: Final = 5
_STATEMENT_SECONDS: Final = 5
_FLOWS: Final[tuple[FlowName, ...]] = (
    "customers",
    "orders",
    "documents",
    "inventory",
    "outbox",
    "fulfilment",
)


@dataclass(frozen=True, slots=True)
class Health:
    """What was found at one moment (UTC)."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The level of the worst finding."""
        return worst(self.findings)


def look_at_health(settings: Settings, *, clock: Clock = utc_now) -> Health:
    """Look once; some twenty seconds at most, a fraction of one as a rule."""
    now = clock()
    return Health(now, (*_database_findings(settings, now), _price_finding(settings, now)))


def _database_findings(settings: Settings, now: datetime) -> list[Finding]:
    address = settings.connections.database_url
    if address is None:
        return [database_is_away("WOOCP_DATABASE_URL is not set")]
    try:
        found = within(
            DATABASE_SECONDS,
            lambda: _read_facts(settings, address.get_secret_value(), now),
            "Counterpoint's database",
        )
    except DBAPIError as error:
        return [database_is_away(shown(error))]
    except (SQLAlchemyError, TooSlowError, OSError, ImportError, ValueError) as error:
        return [database_is_away(f"{type(error).__name__}: {error}")]
    if isinstance(found, SyncFacts):
        return [database_answers(), tables(upgraded=True, planning=False), *sync_findings(found)]
    return [database_answers(), found]


def _read_facts(settings: Settings, address: str, now: datetime) -> SyncFacts | Finding:
    """What the tables say, or what is wrong with the tables."""
    engine = _impatient(open_engine(address))
    try:
        with reading(engine) as connection:
            missing = health.missing_tables(connection)
            if is_no_company(missing):
                return no_company(database_name(connection), missing)
            ours = [name for name in missing if name.startswith("USER_")]
            if not ours and health.is_upgraded(connection):
                return _facts(connection, settings, now)
        if ours and current(engine) == newest():
            return tables_are_gone(ours)
        return tables(upgraded=False, planning=_planned(settings) >= set(_FLOWS))
    finally:
        engine.dispose()


def _facts(connection: Connection, settings: Settings, now: datetime) -> SyncFacts:
    store = settings.store.id
    pending, oldest_pending = health.read_pending(connection, store)
    expired, oldest_expiry = health.read_expired_claims(connection, store)
    unsent, oldest_unsent = health.read_unsent(connection, store)
    return SyncFacts(
        now=now,
        planned=_planned(settings),
        pending=pending,
        oldest_pending=oldest_pending,
        expired_claims=expired,
        oldest_expiry=oldest_expiry,
        letters=health.read_letters(connection, store, now),
        last_success=health.read_last_success(connection, store, WATCHED_FLOWS),
        failed_runs=health.read_failed_runs(connection, store, _FLOWS, now),
        unsent=unsent,
        oldest_unsent=oldest_unsent,
        blocked_run=read_latest_blocked(connection, store),
    )


def _planned(settings: Settings) -> frozenset[str]:
    return frozenset(flow for flow in _FLOWS if settings.mode_of(flow) == "plan")


def _impatient(engine: Engine) -> Engine:
    """The same engine, which gives up on a server that does not answer."""
    if engine.dialect.name != "mssql":
        return engine

    @event.listens_for(engine, "do_connect")
    def _login(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["timeout"] = _LOGIN_SECONDS

    @event.listens_for(engine, "connect")
    def _statements(raw: Any, _record: Any) -> None:
        raw.timeout = _STATEMENT_SECONDS

    return engine


def _price_finding(settings: Settings, now: datetime) -> Finding:
    url = service_url(settings)
    if url is None:
        return no_price_service()
    said = ask_health(url)
    seconds = said.book_age_seconds(now)
    return price_service(
        said.state,
        f"{said.state} at {said.url} ({said.found})",
        said.next_step,
        None if seconds is None else timedelta(seconds=seconds),
        timedelta(hours=settings.pricing.refuse_after_hours),
    )
