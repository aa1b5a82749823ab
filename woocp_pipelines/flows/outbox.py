"""Telling the store what was booked and shipped: notes once, meta, status (CP §3.5, §3.6, §4.8.8).

Belongs here: sending what is due, and keeping what came of it. Does not: the requests of one
message (outbox_telling.py), its plan (outbox_plan.py), nor what is to be told (booking.py,
fulfilment.py). Store failures are data: the message waits for its next attempt and stands in the
dead letters meanwhile.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import follow_content
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
from woocp_pipelines.flows.outbox_plan import plan_messages
from woocp_pipelines.flows.outbox_telling import tell
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.fulfilment_problems import FULFILMENT_CODES, not_told
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import NotFound, StoreError

_FAILURES_IN_A_ROW: Final = 3


def notify_store(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Send every message that is due; plan mode shows what that would change in the store.

    Raises:
        StoreError: plan mode only: the orders could not be read.
    """
    return run_flow(context, "outbox", _drain, mode=mode)


def _drain(context: FlowContext, report: FlowReport) -> None:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_STORE_OUTBOX"):
            return
        due = read_due(connection, context.store_id, context.now())
    if report.mode == "plan":
        report.read = len(due)
        report.created = plan_messages(context, report, due)
    else:
        _send_all(context, report, due)
    with reading(context.engine) as connection:
        report.waiting = count_open(connection, context.store_id)


def _send_all(context: FlowContext, report: FlowReport, due: Sequence[Message]) -> None:
    failures, failed = 0, set[int]()
    for message in due:
        # What was told of an order later must not stand in its notes first.
        if message.woo_order_id in failed:
            continue
        report.read += 1
        report.changes.append(Change(str(message.woo_order_id), _what(message), "", message.note))
        if _send(context, report, message):
            failures = 0
            continue
        failures += 1
        failed.add(message.woo_order_id)
        if failures >= _FAILURES_IN_A_ROW:
            # The store is down, not these orders: what is left stays due and goes with a later run.
            break


def _what(message: Message) -> str:
    return "note and status" if message.completes else "note"


def _send(context: FlowContext, report: FlowReport, message: Message) -> bool:
    """Send one message; False when the store failed, which an order that is gone is not."""
    try:
        told = tell(context, message)
    except StoreError as error:
        _keep(context, report, message, error)
        return isinstance(error, NotFound)
    now = context.now()

    def work(connection: Connection) -> None:
        if told.done:
            mark_sent(connection, message, now)
        else:
            found = told.problem.found if told.problem else ""
            mark_failed(connection, message, found, now, final=True)
        if told.paid:
            before, after = told.paid
            follow_content(
                connection, context.store_id, message.woo_order_id, before=before, after=after
            )
        if told.standing:
            problems = [told.problem] if told.problem else []
            revision = fulfilment_record(context, message.woo_order_id, message.number)
            report_problems(connection, revision, problems, now, codes=FULFILMENT_CODES)
        close_problems(connection, _record(context, message), now)

    in_transaction(context.engine, work)
    if told.problem:
        report.refuse("revision", message.number, told.problem)
    report.created += 1 if told.done else 0
    completed = int(report.facts.get("orders_completed", 0))
    report.facts["orders_completed"] = completed + told.completed
    return True


def fulfilment_record(context: FlowContext, order_id: int, number: str) -> Record:
    """Whose problem it is where a document and the shop's order do not go together."""
    return Record(
        store_id=context.store_id,
        flow="fulfilment",
        kind="revision",
        key=str(order_id),
        woo_order_id=order_id,
        woo_order_number=number[:50],
    )


def _keep(context: FlowContext, report: FlowReport, message: Message, error: StoreError) -> None:
    gone = isinstance(error, NotFound)
    problem = not_told(str(error), gone=gone)
    report.refuse("outbox", str(message.woo_order_id), problem)
    now = context.now()

    def work(connection: Connection) -> None:
        due = mark_failed(connection, message, str(error), now, final=gone)
        report_problems(connection, _record(context, message), [problem], now, due)

    in_transaction(context.engine, work)


def _record(context: FlowContext, message: Message) -> Record:
    key = str(message.woo_order_id)
    return Record(context.store_id, "outbox", "outbox", key, woo_order_id=message.woo_order_id)
