"""One USER_SYNC_LOG row per apply run (CP §2.1; the old scripts never wrote it, §6.9 bug 59)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, null

from woocp_pipelines.counterpoint.tables import USER_SYNC_LOG
from woocp_pipelines.rules.clock import store_local

Direction = Literal["CP_TO_WOO", "WOO_TO_CP", "INTERNAL"]

# The retailer's monitoring queries expect these names (CP §2.1).
OPERATIONS: Final[dict[str, tuple[str, Direction]]] = {
    "customers": ("customer_sync", "WOO_TO_CP"),
    "orders": ("order_sync", "WOO_TO_CP"),
    "documents": ("order_processing", "INTERNAL"),
    "inventory": ("inventory_sync", "CP_TO_WOO"),
    "outbox": ("order_notification", "CP_TO_WOO"),
    "fulfilment": ("fulfillment_status_sync", "CP_TO_WOO"),
}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run did, in the words of USER_SYNC_LOG. Counts are records."""

    store_id: str
    flow: str
    run_id: str
    started: datetime
    ended: datetime
    read: int
    created: int
    updated: int
    skipped: int
    failed: int
    report_json: str
    error: str | None = None


def write_run(connection: Connection, record: RunRecord, zone: ZoneInfo) -> None:
    """Add the run's row."""
    operation, direction = OPERATIONS[record.flow]
    connection.execute(
        insert(USER_SYNC_LOG).values(
            SYNC_ID=record.run_id[:50],
            OPERATION_TYPE=operation,
            DIRECTION=direction,
            DRY_RUN=False,
            START_TIME=store_local(record.started, zone),
            END_TIME=store_local(record.ended, zone),
            DURATION_SECONDS=round((record.ended - record.started).total_seconds(), 2),
            RECORDS_INPUT=record.read,
            RECORDS_CREATED=record.created,
            RECORDS_UPDATED=record.updated,
            RECORDS_SKIPPED=record.skipped,
            RECORDS_FAILED=record.failed,
            SUCCESS=record.error is None,
            ERROR_MESSAGE=null() if record.error is None else record.error,
            CREATED_BY="woocp",
            STORE_ID=record.store_id,
            FLOW=record.flow,
            STARTED_GMT=record.started,
            ENDED_GMT=record.ended,
            REPORT_JSON=record.report_json,
        )
    )
