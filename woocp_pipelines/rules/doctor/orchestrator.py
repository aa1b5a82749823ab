"""What is made of Dagster's own settings (dagster.md §4): asked where Dagster is, never by the CLI.

Belongs here: judging facts that the asset check reads of its instance. A sandbox may have anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from woocp_pipelines.rules.doctor.findings import Finding

_FILE = "dagster.yaml"


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """How the instance is set up.

    Attributes:
        on_sqlite: its storage is a file of this machine.
        telemetry: it tells its maker how it is used.
        monitors_runs: runs whose process died are ended.
        limits_syncs: at most one run of each tag `sync`.
        limits_pools: pools let one op through at a time unless said otherwise.
        prunes_ticks: ticks of schedules and sensors are thrown away some day.
    """

    on_sqlite: bool
    telemetry: bool
    monitors_runs: bool
    limits_syncs: bool
    limits_pools: bool
    prunes_ticks: bool


def judge_instance(facts: InstanceFacts) -> Iterator[Finding]:
    """What of it does not suit production."""
    if facts.on_sqlite:
        yield _finding(
            "storage",
            "SQLite",
            "PostgreSQL",
            "webserver, daemon and runs wait for one file, and a run fails when it waits too long",
            "set storage.postgres as deploy/dagster.yaml has it",
        )
    if facts.telemetry:
        yield _finding(
            "telemetry",
            "on",
            "off",
            "names of jobs and how often they run leave the house",
            "set telemetry: {enabled: false}",
        )
    if not facts.monitors_runs:
        yield _finding(
            "run_monitoring",
            "off",
            "on",
            "a run whose process died looks alive for ever, and no other run of its job starts",
            "set run_monitoring as deploy/dagster.yaml has it",
        )
    if not facts.limits_syncs:
        yield _finding(
            "concurrency",
            "no limit for the tag sync",
            "one run for each value of the tag sync",
            "a run started by hand runs beside that of the schedule; the database's lock ends one "
            "of them as skipped",
            "set concurrency.runs.tag_concurrency_limits as deploy/dagster.yaml has it",
        )
    if not facts.limits_pools:
        yield _finding(
            "pools",
            "no limit",
            "default_limit 1",
            "several runs write to Counterpoint at once and wait for each other's locks",
            "set concurrency.pools as deploy/dagster.yaml has it",
        )
    if not facts.prunes_ticks:
        yield _finding(
            "retention",
            "ticks are kept for ever",
            "ticks are thrown away after some days",
            "a schedule every five minutes leaves a hundred thousand ticks a year",
            "set retention as deploy/dagster.yaml has it",
        )


def _finding(name: str, found: str, expected: str, why: str, fix: str) -> Finding:
    return Finding(
        id=f"dagster.{name}",
        level="yellow",
        found=found,
        expected=expected,
        why=why,
        fix=f"{_FILE}: {fix}",
    )
