"""The sensor that tells people what is wrong, once, and when it is over.

Belongs here: putting the sources together, and the sign of life. The sources: alert_runs.py,
alert_ticks.py, alert_assets.py and the look at the syncs' health. What is told when:
rules/alerting.py; the words and ways: alerts/. The sensor's cursor remembers what was told, so it
needs no database of ours.
Dagster: https://docs.dagster.io/guides/automate/sensors
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import dagster as dg
from pydantic import SecretStr

from woocp_pipelines.alerts.channels import Telling, open_channels, tell
from woocp_pipelines.alerts.health_problems import (
    BREAKER,
    DATABASE,
    critical_findings,
    health_problems,
    keys_without,
)
from woocp_pipelines.alerts.memory import read_memory, write_memory
from woocp_pipelines.alerts.messages import place_of
from woocp_pipelines.alerts.web import send_ping
from woocp_pipelines.defs.catalog import describe
from woocp_pipelines.defs.operations import health_checks
from woocp_pipelines.defs.operations.alert_assets import (
    FailedChecks,
    failed_check_problems,
    stale_asset_problems,
)
from woocp_pipelines.defs.operations.alert_causes import CAUSES
from woocp_pipelines.defs.operations.alert_graph import Graph
from woocp_pipelines.defs.operations.alert_runs import FailedRuns, failed_run_problems
from woocp_pipelines.defs.operations.alert_ticks import (
    failed_tick_problems,
    read_states,
    stopped_schedule_problems,
)
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.health import look_at_health
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.rules.health_facts import Finding
from woocp_pipelines.settings import Settings

T = TypeVar("T")
SENSOR: Final = "alerts"
# How the keys of failed runs' problems begin.
_OF_RUNS: Final = ("run:", *CAUSES)
EVERY_SECONDS: Final = 60
# The look at health tells the same, with thresholds; or its own check is the look.
_TOLD_BY_HEALTH: Final = frozenset(
    {
        *health_checks.CHECKS,
        "every_order_could_be_booked",
        "contract_prices_are_answered",
    }
)


@dataclass(slots=True)
class Look:
    """What is wrong now, and of what nothing can be said now."""

    problems: list[OpenProblem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    unknown_starts: list[str] = field(default_factory=list)
    health: tuple[Finding, ...] = ()
    # Sources that could not be looked at.
    missing: list[str] = field(default_factory=list)

    def is_unknown(self, key: str) -> bool:
        """Whether the source that would know is away."""
        return key in self.unknown or key.startswith(tuple(self.unknown_starts))

    def critical(self, *, runs_are_over: bool) -> list[str]:
        """What somebody must act on now; `runs_are_over` as in critical_findings."""
        problems = [each.title for each in self.problems if each.level == "critical"]
        return problems + critical_findings(self.health, runs_are_over=runs_are_over)

    def ask(self, source: str, keys: Iterable[str], read: Callable[[], T], default: T) -> T:
        """What a source says; one that fails is a problem itself and ends no other.

        Args:
            source: its name, for people.
            keys: the beginnings of the keys of its problems.
            read: asks it.
            default: the answer when it fails.
        """
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - told to people as a problem of its own
            self.unknown_starts += keys
            self.missing.append(source)
            self.problems.append(
                OpenProblem(
                    key=f"source:{source}",
                    level="warning",
                    title=f"alerts cannot look at {source}",
                    what=f"{type(error).__name__}: {error}"[:300],
                    next_step=f"what goes wrong there is not told; report it, and look at {source} "
                    "in Dagster meanwhile",
                )
            )
            return default


def build_alerts_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor; running in the sandbox, and where alerts go to somebody."""

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=EVERY_SECONDS,
        description=describe(
            settings,
            "Tells people by mail and Slack (WOOCP_ALERT_…) what is wrong: once, again if it gets "
            "worse or stays for a day, and when it is over. Looks at runs, checks, schedules, "
            "sensors, the age of assets and `woocp health`; calls WOOCP_ALERT_PING_URL while "
            "nothing is critical. The result of a tick lists what is open now.",
        ),
        default_status=health_checks.watching(settings),
    )
    def alerts(
        context: dg.SensorEvaluationContext, woocp: WoocpResource
    ) -> dg.SensorResult | dg.SkipReason:
        if missing := woocp.missing():
            return dg.SkipReason(missing)
        repository = context.repository_def
        if repository is None:
            raise dg.DagsterInvalidInvocationError("alerts need the definitions they look at")
        origin = context.code_location_origin
        return look_and_tell(
            context.instance,
            Graph(repository),
            woocp.settings,
            context.cursor,
            utc_now(),
            origin.location_name if origin else None,
        )

    return alerts


def look_and_tell(
    instance: dg.DagsterInstance,
    graph: Graph,
    settings: Settings,
    cursor: str | None,
    now: datetime,
    location: str | None = None,
) -> dg.SensorResult:
    """One look: what is wrong, whom that was told, and the cursor that remembers it.

    Args:
        instance: Dagster's.
        graph: the definitions.
        settings: of the deployment.
        cursor: what the last look remembered.
        now: UTC.
        location: the name of our code location, where other ones share the instance.
    """
    told = {key for each in read_memory(cursor).values() for key in each.told}
    look = look_for_problems(instance, graph, settings, now, location, known=told)
    return _told(look, settings, cursor, now)


def look_for_problems(
    instance: dg.DagsterInstance,
    graph: Graph,
    settings: Settings,
    now: datetime,
    location: str | None = None,
    *,
    known: Collection[str] = (),
) -> Look:
    """All that is wrong now, from every source; `known` are the keys that people were told of."""
    look = Look()
    _look_at_health(look, settings, now)
    failed = look.ask(
        "runs",
        _OF_RUNS,
        lambda: failed_run_problems(instance, graph, now, known=known),
        FailedRuns((), frozenset()),
    )
    look.problems += failed.problems
    look.unknown |= failed.unknown
    checks = look.ask(
        "checks",
        ("check:",),
        lambda: failed_check_problems(instance, graph, but=_TOLD_BY_HEALTH),
        FailedChecks((), frozenset()),
    )
    look.problems += checks.problems
    look.unknown |= checks.running
    look.unknown_starts += [f"{name}:" for name in checks.running]
    _look_at_automation(look, instance, graph, settings, now, location, failed.jobs)
    return look


def _look_at_health(look: Look, settings: Settings, now: datetime) -> None:
    health = look.ask(
        "health",
        ("health:", DATABASE, BREAKER),
        lambda: look_at_health(settings, clock=lambda: now),
        None,
    )
    if health is not None:
        look.health = tuple(health.findings)
        look.problems += health_problems(health.findings)
        look.unknown |= keys_without(health.findings)


def _look_at_automation(
    look: Look,
    instance: dg.DagsterInstance,
    graph: Graph,
    settings: Settings,
    now: datetime,
    location: str | None,
    failing_jobs: frozenset[str],
) -> None:
    def read() -> list[OpenProblem]:
        states = read_states(instance, location)
        return [
            *failed_tick_problems(instance, graph, states, but=[SENSOR]),
            *stopped_schedule_problems(graph, states, settings),
            *stale_asset_problems(
                instance, graph, states, settings, now, failing_jobs=failing_jobs
            ),
        ]

    look.problems += look.ask("automation", ("tick:", "stopped:", "fresh:"), read, [])


def _told(look: Look, settings: Settings, cursor: str | None, now: datetime) -> dg.SensorResult:
    access, channels = settings.alert_access, open_channels(settings.alert_access)
    telling = tell(
        channels,
        read_memory(cursor),
        look.problems,
        place_of(settings),
        now,
        unknown=look.is_unknown,
    )
    said = [f"{len(look.problems)} open problems", *telling.said]
    if not channels:
        said.append("nobody is told: no WOOCP_ALERT_… channel is set")
    if access.ping_url is not None:
        said.append(_sign_of_life(look, telling, access.ping_url))
    titles = [f"{each.level}: {each.title}" for each in look.problems]
    return dg.SensorResult(
        skip_reason="; ".join([*said, *titles]),
        cursor=write_memory(telling.memory) if channels else None,
    )


def _sign_of_life(look: Look, telling: Telling, url: SecretStr) -> str:
    """The monitor outside notices when it does not come, whatever the reason."""
    told = {key for each in telling.memory.values() for key in each.told}
    # Where there is no channel, nobody was told that they are over.
    over = bool(telling.memory) and not any(key.startswith(_OF_RUNS) for key in told)
    if critical := look.critical(runs_are_over=over):
        return f"no ping: something is critical: {', '.join(critical)}"
    if look.missing:
        return f"no ping: alerts cannot look at {', '.join(look.missing)}"
    if not telling.all_sent:
        return "no ping: alerts do not go out"
    return send_ping(url).said
