"""What is known about the health of the syncs, and the shape of a finding about it.

Belongs here: the types that reading (counterpoint/health.py), judging (rules/health.py) and telling
share. Times are UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

Level = Literal["ok", "warning", "critical"]
LEVELS: Final[tuple[Level, ...]] = ("ok", "warning", "critical")
RECORDS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; times are UTC.

    `records` are the first few it is about, `count` how many there are, where that is more.
    """

    check: str
    level: Level
    found: str
    threshold: str
    next_step: str = ""
    since: datetime | None = None
    records: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Letters:
    """Open dead letters of one kind, counted by record; `over` is by age in hours."""

    count: int = 0
    oldest: datetime | None = None
    over: Mapping[int, int] = field(default_factory=dict)
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A flow that ended by an error; `of_store` when it was the store that failed.

    `run_id` is that of the command or run that it was a part of: flows start each other.
    """

    run_id: str
    flow: str
    ended: datetime
    error: str
    of_store: bool


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What the USER_* tables say, at one moment (UTC). Flows in plan mode are named."""

    now: datetime
    planned: frozenset[str]
    pending: int = 0
    oldest_pending: datetime | None = None
    expired_claims: int = 0
    oldest_expiry: datetime | None = None
    letters: Mapping[str, Letters] = field(default_factory=dict)
    last_success: Mapping[str, datetime | None] = field(default_factory=dict)
    failed_runs: Sequence[FailedRun] = ()
    unsent: int = 0
    oldest_unsent: datetime | None = None
    blocked_run: str | None = None


def worst(findings: Sequence[Finding]) -> Level:
    """The level of the whole."""
    return max((each.level for each in findings), key=LEVELS.index, default="ok")
