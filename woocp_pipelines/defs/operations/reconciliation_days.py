"""What the days of the reconciliation said when each was looked at last.

Belongs here: reading it from the metadata of their runs. A check of Dagster has one result for all
days, that of the last run: without the other days a good day would hide a bad one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import dagster as dg

from woocp_pipelines.rules.reconciliation_causes import GRAVE, UNEXPLAINED

ASSET: Final = "reconciliation"
DAYS: Final = 30
_CENTS: Final = ("web_cents", "documents_cents", "payments_cents", "unexplained_cents")
_LOST: Final = tuple(f"differences_{cause}" for cause in sorted(GRAVE - UNEXPLAINED))


@dataclass(frozen=True, slots=True)
class DayPoint:
    """What the run of one day said, in cents of the store's currency, and how many records.

    `lost`: differences by which money may be lost or counted twice.
    """

    day: date
    web_cents: int
    documents_cents: int
    payments_cents: int
    unexplained_cents: int
    unread: int = 0
    open_differences: int = 0
    lost: int = 0

    @property
    def is_settled(self) -> bool:
        """Nothing of the day waits for anybody."""
        return not (self.unexplained_cents or self.unread or self.open_differences)


def days_around(instance: dg.DagsterInstance, day: date, today: date) -> list[DayPoint]:
    """The newest run of each other day of the weeks before and after it, and of the last ones."""
    ends = (day, day + timedelta(days=DAYS), today)
    return [
        point
        for point in _said(instance, {each for end in ends for each in _days_to(end)})
        if point.day != day
    ]


def days_to_repeat(instance: dg.DagsterInstance, today: date) -> list[date]:
    """The days of the last weeks that were not settled when they were looked at."""
    return [point.day for point in _said(instance, _days_to(today)) if not point.is_settled]


def _days_to(end: date) -> set[date]:
    return {end - timedelta(days=number) for number in range(DAYS)}


def _said(instance: dg.DagsterInstance, days: Iterable[date]) -> list[DayPoint]:
    """One small question for each day: their runs bear tables and a picture, and are many."""
    return [point for day in sorted(days) if (point := _newest(instance, day))]


def _newest(instance: dg.DagsterInstance, day: date) -> DayPoint | None:
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(ASSET), asset_partitions=[day.isoformat()]),
        limit=1,
    ).records
    said = records[0].asset_materialization if records else None
    return _point(day, said.metadata) if said else None


def _point(day: date, metadata: Mapping[str, dg.MetadataValue[Any]]) -> DayPoint | None:
    if not all(name in metadata for name in _CENTS):
        return None

    def number(name: str) -> int:
        return int(metadata[name].value) if name in metadata else 0

    web, documents, payments, unexplained = (number(name) for name in _CENTS)
    return DayPoint(
        day,
        web,
        documents,
        payments,
        unexplained,
        unread=number("refused"),
        open_differences=number("open_differences"),
        lost=sum(number(name) for name in _LOST),
    )
