"""When jobs run by themselves: in the store's time zone, two minutes apart.

Belongs here: the timetable. Running in the sandbox; elsewhere stopped until a person has looked
at a plan and switches them on. No run keys: a key is never run twice, also after a failure.
Dagster: https://docs.dagster.io/guides/automate/schedules
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import describe, store_days
from woocp_pipelines.defs.inventory.assets import InventoryConfig
from woocp_pipelines.defs.operations.reconciliation_days import days_to_repeat
from woocp_pipelines.defs.orders.assets import OrderConfig
from woocp_pipelines.defs.overlap import unfinished_run
from woocp_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the timetable; `yesterday` is for jobs of days: the store's last whole day.

    `again`: which further days of those up to today a run is asked for.
    """

    name: str
    job: str
    cron: str
    description: str
    config: dg.RunConfig | None = None
    yesterday: bool = False
    again: Callable[[dg.DagsterInstance, date], list[date]] = lambda _instance, _today: []


_TIMETABLE: Final = (
    _Entry(
        "customer_sync_every_night",
        "customer_sync",
        "49 23 * * *",
        "Customers, every night at 23:49.",
    ),
    _Entry(
        "order_sync_every_5_minutes",
        "order_sync",
        "*/5 * * * *",
        "Orders, every five minutes; an idle run is one request to the store.",
    ),
    _Entry(
        "order_sync_in_full_every_night",
        "order_sync",
        "33 3 * * *",
        "Orders with what no change shows, every night at 3:33: deleted ones, refunds, edits in "
        "the legacy order storage.",
        dg.RunConfig(ops={"order_staging": OrderConfig(full=True)}),
    ),
    _Entry(
        "order_creation_every_5_minutes",
        "order_creation",
        "1-59/5 * * * *",
        "Documents, every five minutes behind the sensor, also when nothing is pending: "
        "notes to the store that wait for another attempt are sent by it.",
    ),
    _Entry(
        "inventory_sync_every_5_minutes",
        "inventory_sync",
        "2-59/5 * * * *",
        "Stock, every five minutes, two minutes after the orders.",
    ),
    _Entry(
        "inventory_sync_in_full_every_night",
        "inventory_sync",
        "4 3 * * *",
        "Stock with the whole store read, every night at 3:04; finds deleted products.",
        dg.RunConfig(ops={"woo_stock": InventoryConfig(full=True)}),
    ),
    _Entry(
        "fulfilment_sync_every_30_minutes",
        "fulfilment_sync",
        "8,38 * * * *",
        "Shipments, every half hour; costs the store nothing while nothing was shipped.",
    ),
    _Entry(
        "price_book_reading_every_night",
        "price_book_reading",
        "17 4 * * *",
        "The price rules, every night at 4:17.",
    ),
    _Entry(
        "price_review_every_night",
        "price_review",
        "23 4 * * *",
        "What the orders of yesterday were charged, every night at 4:23.",
        yesterday=True,
    ),
    _Entry(
        "reconciliation_every_night",
        "reconciliation",
        "41 4 * * *",
        "The orders of yesterday against documents and payments, every night at 4:41, and those of "
        "the last weeks' days that were not settled when they were looked at.",
        yesterday=True,
        again=days_to_repeat,
    ),
    _Entry(
        "maintenance_every_night",
        "maintenance",
        "11 5 * * *",
        "What is kept no longer is removed, every night at 5:11.",
    ),
    _Entry(
        "examination_every_night",
        "examination",
        "11 4 * * *",
        "Counterpoint, the store and Dagster as `woocp doctor` sees them, every night at 4:11.",
    ),
)


def build_schedules(settings: Settings) -> Sequence[dg.ScheduleDefinition]:
    """All schedules."""
    return [_schedule(settings, entry) for entry in _TIMETABLE]


def _schedule(settings: Settings, entry: _Entry) -> dg.ScheduleDefinition:
    running = settings.connections.sandbox

    @dg.schedule(
        name=entry.name,
        job_name=entry.job,
        cron_schedule=entry.cron,
        execution_timezone=settings.store.time_zone,
        description=describe(settings, entry.description),
        default_status=(
            dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED
        ),
    )
    def evaluate(
        context: dg.ScheduleEvaluationContext,
    ) -> list[dg.RunRequest] | dg.RunRequest | dg.SkipReason:
        if skip := unfinished_run(context.instance, entry.job):
            return skip
        if not entry.yesterday:
            return dg.RunRequest(run_config=entry.config or {})
        today = context.scheduled_execution_time.astimezone(settings.store.zone).date()
        return _of_days(settings, today - timedelta(days=1), entry.again(context.instance, today))

    return evaluate


def _of_days(
    settings: Settings, yesterday: date, again: Sequence[date]
) -> list[dg.RunRequest] | dg.SkipReason:
    start = store_days(settings).start.date()
    days = [day for day in sorted({yesterday, *again}) if day >= start]
    if not days:
        return dg.SkipReason(f"{yesterday} is before the first day of orders, {start}")
    return [dg.RunRequest(partition_key=day.isoformat()) for day in days]
