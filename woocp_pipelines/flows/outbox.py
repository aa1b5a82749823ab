"""Telling the store what was booked: a private note once, and order meta (CP §3.5, §4.8.8).

Belongs here: sending what is due. An order's status is never touched. Store failures are data:
the message waits for its next attempt and stands in the dead letters meanwhile.
"""

from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.outbox import (
    Message,
    count_open,
    mark_failed,
    mark_sent,
    read_due,
)
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.replaying import GONE
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import NotFound, StoreError
from woocp_pipelines.woocommerce.order_notes import ensure_private_note
from woocp_pipelines.woocommerce.orders import write_order_meta

_FAILURES_IN_A_ROW: Final = 3


def notify_store(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Send every message that is due; plan mode lists them."""
    return run_flow(context, "outbox", _drain, mode=mode)


def _drain(context: FlowContext, report: FlowReport) -> None:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_STORE_OUTBOX"):
            return
        due = read_due(connection, context.store_id, context.now())
    failures = 0
    for message in due:
        report.read += 1
        report.changes.append(Change(str(message.woo_order_id), "note", "", message.note))
        if report.mode == "plan":
            report.created += 1
            continue
        failures = 0 if _send(context, report, message) else failures + 1
        if failures >= _FAILURES_IN_A_ROW:
            # The store is down, not these orders: what is left stays due and goes with a later run.
            break
    with reading(context.engine) as connection:
        report.waiting = count_open(connection, context.store_id)


def _send(context: FlowContext, report: FlowReport, message: Message) -> bool:
    """Send one message; False when the store failed, which an order that is gone is not."""
    try:
        ensure_private_note(context.store, message.woo_order_id, message.note)
        write_order_meta(context.store, message.woo_order_id, message.meta)
    except StoreError as error:
        _keep(context, report, message, error)
        return isinstance(error, NotFound)
    now = context.now()

    def work(connection: Connection) -> None:
        mark_sent(connection, message, now)
        close_problems(connection, _record(context, message), now)

    in_transaction(context.engine, work)
    report.created += 1
    return True


def _keep(context: FlowContext, report: FlowReport, message: Message, error: StoreError) -> None:
    gone = isinstance(error, NotFound)
    problem = Problem(
        code=GONE if gone else "STORE_REFUSED_NOTE",
        field="note",
        found=str(error),
        expected="the note and the meta data on the order",
        next_step="nothing: the order is booked, its store record is gone"
        if gone
        else "nothing if the store comes back: it is sent again; else see the store's error log",
        retryable=not gone,
    )
    report.refuse("outbox", str(message.woo_order_id), problem)
    now = context.now()

    def work(connection: Connection) -> None:
        due = mark_failed(connection, message, str(error), now, final=gone)
        report_problems(connection, _record(context, message), [problem], now, due)

    in_transaction(context.engine, work)


def _record(context: FlowContext, message: Message) -> Record:
    key = str(message.woo_order_id)
    return Record(context.store_id, "outbox", "outbox", key, woo_order_id=message.woo_order_id)
