"""Shipments and cancellations of Counterpoint, told to the store once (CP §3.6, §3.7, Q12).

Belongs here: a run, and noting what is to be told, an order at a time. Does not: reading and
judging orders (fulfilment_judging.py), nor telling it (outbox.py), which has its own retries and
sends what is due at the end of a run, whatever run noted it (fulfilment_sending.py).

The message and the mark of what was told are one transaction: a run that dies tells nothing twice
and forgets nothing. Only what changed makes a request to the store.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letter_sets import LetterSet, report_all
from woocp_pipelines.counterpoint.dead_letters import report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.fulfilment_marks import write_first_looks, write_mark
from woocp_pipelines.counterpoint.fulfilment_watch import read_looked_until, write_looked_until
from woocp_pipelines.counterpoint.outbox import Message, add_news
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.fulfilment_judging import Judged, Unreadable, judge_all, read_orders
from woocp_pipelines.flows.fulfilment_sending import plan_sending, resume_stopped
from woocp_pipelines.flows.outbox import fulfilment_record, notify_store
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.fulfilment import State
from woocp_pipelines.rules.fulfilment_news import News
from woocp_pipelines.rules.fulfilment_problems import UNREADABLE
from woocp_pipelines.settings import Mode

# What a run counts, by the state that orders have now.
_COUNTED: Final[dict[State, str]] = {
    "OPEN": "not_shipped",
    "PART": "partly_shipped",
    "UNCLEAR": "shipment_unclear",
    "SHIPPED": "shipped",
    "CANCELLED": "cancelled",
    "SHORT": "closed_short",
    "MISSING": "missing",
    "GONE": "gone",
}
# Those that no request to the store decides; an order that changed since is past them.
_CODES: Final = ("DOCUMENT_GONE", "SHIPMENT_UNCLEAR")
# More than clocks of two machines differ, and longer than any booking takes.
_BEFORE_BOOKINGS_END: Final = timedelta(days=1)
_SELDOM: Final = timedelta(hours=1)


def sync_fulfilment(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Tell the store what was shipped or cancelled since the last run; plan mode shows it.

    An apply run sends at its end what the outbox has due, with completions that were refused
    while the shop had stopped the order, and has not any more. What the store refused is among
    the report's refused records, what waits for another attempt in its facts. A plan reads the
    orders of all these messages and shows what each would change, and refuses the same.

    Raises:
        DBAPIError: Counterpoint could not be read or written.
        StoreError: plan mode only: the orders could not be read.
    """
    report = run_flow(context, "fulfilment", _note_all, mode=mode)
    if report.mode == "apply" and report.outcome == "done":
        _send(context, report, mode or context.settings.mode_of("outbox"))
    return report


def _send(context: FlowContext, report: FlowReport, mode: Mode) -> None:
    if mode == "plan":
        report.facts["messages_not_sent"] = "the outbox has mode plan: they wait there"
        return
    sent = notify_store(context, mode=mode)
    report.seconds += sent.seconds
    report.refused += sent.refused
    report.facts |= {
        "messages_sent": sent.created,
        "messages_waiting": sent.waiting,
        "orders_completed": sent.facts.get("orders_completed", 0),
    }
    if sent.outcome == "skipped":
        report.facts["messages_not_sent"] = sent.skip_reason


def _note_all(context: FlowContext, report: FlowReport) -> None:
    now = context.now()
    with reading(context.engine) as connection:
        if not table_exists(connection, USER_ORDER_FULFILMENT.name):
            report.facts["next_step"] = "run `woocp db upgrade`; until then nothing can be planned"
            return
        looked_until = read_looked_until(connection, context.store_id)
        watched = read_orders(context, connection, looked_until, now)
    judged, unreadable = judge_all(context, watched, now)
    report.read = len(watched)
    for record, problem in unreadable:
        report.refuse("revision", record.woo_order_number or record.key, problem)
    told = _count(report, judged)
    if report.mode == "plan":
        plan_sending(context, report, [_message(each, news) for each, news in told])
        return
    _report_unreadable(context, unreadable)
    report.changes += [Change(each.number, news.kind, "", news.note) for each, news in told]
    _write_first_looks(context, [each for each in judged if _is_first_look(each)])
    for each in judged:
        if each.is_changed and not _is_first_look(each):
            in_transaction(context.engine, partial(_note, context, each))
    if not unreadable:
        _remember(context, looked_until, now)
    resume_stopped(context, report)


def _count(report: FlowReport, judged: Sequence[Judged]) -> list[tuple[Judged, News]]:
    """Put orders in the report; gives those of which there is news."""
    for each in judged:
        fact = _COUNTED[each.standing.state]
        report.facts[fact] = int(report.facts.get(fact, 0)) + 1
        if each.problem:
            report.refuse("revision", each.number, each.problem)
    told = [(each, each.news) for each in judged if each.news]
    report.created, report.unchanged = len(told), len(judged) - len(told)
    return told


def _remember(context: FlowContext, looked_until: datetime | None, now: datetime) -> None:
    """From now on no order that was booked long before this run is looked for without a mark."""
    until = now - _BEFORE_BOOKINGS_END
    if looked_until is not None and until - looked_until < _SELDOM:
        return

    def work(connection: Connection) -> None:
        write_looked_until(connection, context.store_id, until, context.now())

    in_transaction(context.engine, work)


def _message(each: Judged, news: News) -> Message:
    """News as the outbox would hold it."""
    return Message(
        outbox_id=0,
        woo_order_id=each.order_id,
        note=news.note,
        meta=news.meta,
        attempts=0,
        kind=news.kind,
        completes=news.completes,
        number=each.number,
        document=each.document,
    )


def _report_unreadable(context: FlowContext, found: Sequence[Unreadable]) -> None:
    """Letters of orders that cannot be judged; those that can be by now are closed."""
    letters = LetterSet(context.store_id, "fulfilment", "revision", UNREADABLE)
    now = context.now()
    in_transaction(context.engine, lambda connection: report_all(connection, letters, found, now))


def _is_first_look(each: Judged) -> bool:
    return each.told is None and each.news is None and each.problem is None


def _write_first_looks(context: FlowContext, looks: Sequence[Judged]) -> None:
    if not looks:
        return
    pairs = [(each.order_id, each.standing) for each in looks]
    in_transaction(
        context.engine,
        lambda connection: write_first_looks(connection, context.store_id, pairs, context.now()),
    )


def _note(context: FlowContext, each: Judged, connection: Connection) -> None:
    """Mark and message, or neither."""
    now, messages = context.now(), each.messages + (1 if each.news else 0)
    write_mark(
        connection,
        context.store_id,
        each.order_id,
        each.standing,
        read=None if each.told is None else each.messages,
        messages=messages,
        now=now,
    )
    if each.news:
        add_news(
            connection,
            context.store_id,
            each.order_id,
            each.news,
            messages,
            number=each.number,
            document=each.document,
            now=now,
        )
    record = fulfilment_record(context, each.order_id, each.number)
    problems = [each.problem] if each.problem else []
    report_problems(connection, record, problems, now, codes=_CODES)
