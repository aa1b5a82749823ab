"""Runs as flows write them down, for tests of what is told about them. Builders; no assertions."""

from datetime import datetime

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.sync_log import RunRecord, write_run
from woocp_pipelines.settings import FlowName, Settings


def log_run(
    connection: Connection,
    settings: Settings,
    flow: FlowName,
    ended: datetime,
    error: str | None = None,
) -> None:
    """A run that found nothing to do; without an error it was good."""
    record = RunRecord(
        store_id=settings.store.id,
        flow=flow,
        run_id=f"{flow}{ended}",
        started=ended,
        ended=ended,
        read=0,
        created=0,
        updated=0,
        skipped=0,
        failed=0,
        report_json="{}",
        error=error,
    )
    write_run(connection, record, settings.store.zone)
