"""Dagster's own history, which nothing else removes: runs with their events, logs and outputs.

Belongs here: which runs are too old, deleting them, and folders that no run belongs to any more.
Ticks are removed by Dagster itself (dagster.yaml, retention). The latest event of an asset stays.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from woocp_pipelines.settings import Retention

# A night's work at most: several times what a day brings.
_RUNS: Final = 10_000
PAGE: Final = 200
_PARTITION: Final = "dagster/partition"
_RUN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A folder may be there a moment before its run is.
_FRESH: Final = timedelta(days=1)
_FAILED: Final = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted, or in plan mode would be."""

    runs: int
    folders: int


def prune(
    instance: dg.DagsterInstance,
    retention: Retention,
    now: datetime,
    *,
    apply: bool,
    page: int = PAGE,
) -> Removed:
    """Delete runs that are too old, read `page` at a time, and the folders of runs that are gone.

    Runs of days (partitions) are kept for `raw_days`: which days were made is told by their
    events, and a day that looks as never made would be made again by the next backfill.
    """
    old = list(_too_old(instance, retention, now, page))
    root = Path(instance.storage_directory())
    for run_id in old if apply else ():
        instance.delete_run(run_id)
        _remove(root / run_id)
    left = [folder for folder in _folders(root, now) if not instance.has_run(folder.name)]
    for folder in left if apply else ():
        _remove(folder)
    return Removed(len(old), len(left))


def _too_old(
    instance: dg.DagsterInstance, retention: Retention, now: datetime, page: int
) -> Iterator[str]:
    left = _RUNS
    for statuses, days in (
        ([dg.DagsterRunStatus.SUCCESS], retention.run_days),
        (_FAILED, retention.failed_run_days),
    ):
        before = dg.RunsFilter(statuses=statuses, created_before=now - timedelta(days=days))
        keep_days_from = now - timedelta(days=max(days, retention.raw_days))
        for record in _records(instance, before, page):
            of_day = _PARTITION in record.dagster_run.tags
            if of_day and record.create_timestamp.timestamp() >= keep_days_from.timestamp():
                continue
            if left == 0:
                return
            left -= 1
            yield record.dagster_run.run_id


def _records(
    instance: dg.DagsterInstance, which: dg.RunsFilter, page: int
) -> Iterator[dg.RunRecord]:
    """Oldest first, page by page: nothing may be deleted while this is read."""
    cursor = None
    while found := instance.get_run_records(which, limit=page, cursor=cursor, ascending=True):
        yield from found
        cursor = found[-1].dagster_run.run_id


def _folders(root: Path, now: datetime) -> list[Path]:
    if not root.is_dir():
        return []
    fresh = (now - _FRESH).timestamp()
    return [
        folder
        for folder in sorted(root.iterdir())
        if _RUN_ID.fullmatch(folder.name) and folder.is_dir() and folder.stat().st_mtime < fresh
    ]


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
