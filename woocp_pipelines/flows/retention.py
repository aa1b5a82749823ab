"""Keeping no more than must be kept: nightly, a bounded amount at a time.

Belongs here: what is emptied, deleted and erased, in which order. Does not: the statements
(counterpoint/retention.py, counterpoint/erasures.py), nor Dagster's own history, which only
Dagster can delete (defs/operations/run_history.py). Plan mode counts and touches nothing.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.erasures import ErasedOrder, erase, find_erased
from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock
from woocp_pipelines.counterpoint.retention import BATCH, KINDS, Kind, Limit
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.transactions import each_in_transaction, in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.gone_accounts import GoneAccounts, erase_gone, find_gone
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.settings import Mode

# A night's work at most; what is left is done the next night.
_BATCHES: Final = 100
_ERASURES: Final = 500
_REPORTS: Final = "reports"
_OURS: Final = (
    "USER_ORDER_STAGING",
    "USER_CUSTOMER_STAGING",
    "USER_CUSTOMER_MAP",
    "USER_DEAD_LETTER",
    "USER_SYNC_LOG",
    "USER_SYNC_STATE",
    "USER_ORDER_KEY",
)


@dataclass(slots=True)
class RetentionReport:
    """How many of each kind went (in plan mode: would go), and who was erased.

    `accounts`: customers whom the shop deleted; None where it was not asked.
    """

    mode: Mode
    counts: dict[str, int] = field(default_factory=dict)
    erased: list[ErasedOrder] = field(default_factory=list)
    accounts: GoneAccounts | None = None
    seconds: float = 0.0
    skip_reason: str = ""


def keep_no_longer(
    context: FlowContext, *, mode: Mode | None = None, however_many: bool = False
) -> RetentionReport:
    """Empty what is past `retention.raw_days`, and erase whom the shop has erased.

    Args:
        context: both systems, settings and clock.
        mode: instead of the general one of woocp.toml.
        however_many: a person has looked at it: all accounts that are gone are erased.

    Raises:
        StoreError: the shop did not say which accounts it has; all the rest is done.
    """
    report = RetentionReport(mode or context.settings.mode)
    start = time.perf_counter()
    if report.mode == "plan":
        _plan(context, report)
    else:
        _apply(context, report, however_many=however_many)
    report.seconds = time.perf_counter() - start
    return report


def _plan(context: FlowContext, report: RetentionReport) -> None:
    limit = _limit(context)
    with reading(context.engine) as connection:
        ready = _has_tables(connection)
        if ready:
            for kind in KINDS:
                report.counts[kind.name] = kind.count(connection, context.store_id, limit)
            report.erased = find_erased(connection, context.store_id, _ERASURES)
    report.counts["reports_deleted"] = len(_old_reports(context, limit))
    if ready:
        report.accounts = find_gone(context)


def _apply(context: FlowContext, report: RetentionReport, *, however_many: bool) -> None:
    limit = _limit(context)
    try:
        with flow_lock(context.engine, "maintenance"):
            # First what somebody asked for by law.
            report.erased = _erase(context)
            for kind in KINDS:
                report.counts[kind.name] = _empty(context, kind, limit)
            _delete_reports(context, report, limit)
            # Last: of a shop that is away nothing else has to wait.
            report.accounts = find_gone(context, however_many=however_many)
            erase_gone(context, report.accounts)
    except LockBusyError as busy:
        if busy.name != "woocp:maintenance":
            raise
        report.skip_reason = "another maintenance is at work"


def _delete_reports(context: FlowContext, report: RetentionReport, limit: Limit) -> None:
    old = _old_reports(context, limit)
    for file in old:
        file.unlink(missing_ok=True)
    report.counts["reports_deleted"] = len(old)


def _erase(context: FlowContext) -> list[ErasedOrder]:
    with reading(context.engine) as connection:
        found = find_erased(connection, context.store_id, _ERASURES)
    each_in_transaction(
        context.engine, found, lambda connection, order: erase(connection, context.store_id, order)
    )
    return found


def _empty(context: FlowContext, kind: Kind, limit: Limit) -> int:
    """Batch by batch, each in a transaction of its own, so that nobody waits for long."""
    total = 0
    for _ in range(_BATCHES):
        done = in_transaction(
            context.engine, lambda connection: kind.empty(connection, context.store_id, limit)
        )
        total += done
        if done < BATCH:
            break
    return total


def _limit(context: FlowContext) -> Limit:
    days = timedelta(days=context.settings.retention.raw_days)
    moment = context.now() - days
    return Limit(moment, store_local(moment, context.settings.store.zone))


def _has_tables(connection: Connection) -> bool:
    return all(table_exists(connection, name) for name in _OURS)


def _old_reports(context: FlowContext, limit: Limit) -> list[Path]:
    folder = context.settings.connections.home / _REPORTS
    if not folder.is_dir():
        return []
    oldest = limit.utc.timestamp()
    return sorted(file for file in folder.glob("*.csv") if file.stat().st_mtime < oldest)
