"""Shipments and cancellations of Counterpoint, told to the store once (CP §3.6, §3.7, Q12).

Belongs here: reading, judging and noting what is to be told, an order at a time. Does not: the
judgement (rules/fulfilment.py), nor telling it (outbox.py), which has its own retries and sends
what is due at the end of a run, whatever run noted it (fulfilment_sending.py).

The message and the mark of what was told are one transaction: a run that dies tells nothing twice
and forgets nothing. Only what changed makes a request to the store.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letter_sets import LetterSet, report_all
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.fulfilment_marks import write_first_looks, write_mark
from woocp_pipelines.counterpoint.fulfilment_reading import Watched, read_watched
from woocp_pipelines.counterpoint.fulfilment_records import found_of, told_of
from woocp_pipelines.counterpoint.outbox import Message, add_news
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.fulfilment_sending import plan_sending, resume_stopped
from woocp_pipelines.flows.outbox import fulfilment_record, notify_store
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.clock import store_local_date
from woocp_pipelines.rules.fulfilment import Standing, State, judge
from woocp_pipelines.rules.fulfilment_news import News, news_of
from woocp_pipelines.rules.fulfilment_problems import (
    UNREADABLE,
    document_gone,
    document_unreadable,
)
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem
from woocp_pipelines.settings import Mode

_log = logging.getLogger(__name__)
# What a run counts, by the state that orders have now.
_COUNTED: Final[dict[State, str]] = {
    "OPEN": "not_shipped",
    "PART": "partly_shipped",
    "SHIPPED": "shipped",
    "CANCELLED": "cancelled",
    "SHORT": "closed_short",
    "MISSING": "missing",
    "GONE": "gone",
}
# Those that no request to the store decides; an order that changed since is past them.
_CODES: Final = ("DOCUMENT_GONE",)


@dataclass(frozen=True, slots=True)
class Judged:
    """One watched order: how it stands, what was told, and what is to be told."""

    order_id: int
    number: str
    document: str
    told: Standing | None
    messages: int
    standing: Standing
    news: News | None

    @property
    def is_changed(self) -> bool:
        """Whether the mark must be written; a day alone is in no mark."""
        now, told = self.standing, self.told
        return told is None or (now.state, now.lines, now.tracking) != (
            told.state,
            told.lines,
            told.tracking,
        )

    @property
    def problem(self) -> Problem | None:
        """What people must know without the store being asked."""
        newly_gone = self.standing.state == "GONE" and self.told and self.told.state != "GONE"
        return document_gone(self.number, self.document) if newly_gone else None


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
    judged = _judge_all(context, report)
    if judged is None:
        return
    for each in judged:
        fact = _COUNTED[each.standing.state]
        report.facts[fact] = int(report.facts.get(fact, 0)) + 1
        if each.problem:
            report.refuse("revision", each.number, each.problem)
    told = [(each, each.news) for each in judged if each.news]
    report.created, report.unchanged = len(told), len(judged) - len(told)
    if report.mode == "plan":
        plan_sending(context, report, [_message(each, news) for each, news in told])
        return
    report.changes += [Change(each.number, news.kind, "", news.note) for each, news in told]
    _write_first_looks(context, [each for each in judged if _is_first_look(each)])
    for each in judged:
        if each.is_changed and not _is_first_look(each):
            in_transaction(context.engine, partial(_note, context, each))
    resume_stopped(context, report)


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


def _judge_all(context: FlowContext, report: FlowReport) -> list[Judged] | None:
    """Every watched order; None before `woocp db upgrade`."""
    settings, now = context.settings, context.now()
    closed_since = now - timedelta(days=settings.fulfilment.tracking_days)
    with reading(context.engine) as connection:
        if not table_exists(connection, USER_ORDER_FULFILMENT.name):
            report.facts["next_step"] = "run `woocp db upgrade`; until then nothing can be planned"
            return None
        watched = read_watched(connection, context.store_id, closed_since)
    report.read = len(watched)
    today = store_local_date(now, settings.store.zone).date()
    judged = [_judge(context, each, today) for each in watched]
    unreadable = [each for each in judged if not isinstance(each, Judged)]
    for record, problem in unreadable:
        report.refuse("revision", record.woo_order_number or record.key, problem)
    if report.mode == "apply":
        _report_unreadable(context, unreadable)
    return [each for each in judged if isinstance(each, Judged)]


def _judge(context: FlowContext, watched: Watched, today: date) -> Judged | tuple[Record, Problem]:
    """Judge one order, or say why none can: rows that no rule knows stop no other order."""
    header = watched.header
    number = header.WOO_ORDER_NO or str(header.WOO_ORDER_ID)
    document = f"DOC_ID: {header.DOC_ID}, TKT_NO: {header.TKT_NO or 'unknown'}"
    try:
        told = told_of(watched)
        standing = judge(
            found_of(watched),
            told,
            today=today,
            ship_date=context.settings.fulfilment.ship_date,
        )
        news = news_of(standing, told, document, today)
    except RULE_FAULTS as error:
        _log.exception("fulfilment of order %s", number)
        record = fulfilment_record(context, header.WOO_ORDER_ID, number)
        return record, document_unreadable(document, error)
    return Judged(header.WOO_ORDER_ID, number, document, told, header.MESSAGES or 0, standing, news)


def _report_unreadable(context: FlowContext, found: Sequence[tuple[Record, Problem]]) -> None:
    """Letters of orders that cannot be judged; those that can be by now are closed."""
    letters = LetterSet(context.store_id, "fulfilment", "revision", UNREADABLE)
    now = context.now()
    in_transaction(context.engine, lambda connection: report_all(connection, letters, found, now))


def _is_first_look(each: Judged) -> bool:
    return each.told is None and each.news is None


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
