"""The watched orders of a run, each judged for itself.

Belongs here: reading them and what comes of each: how it stands, what is to be told, what people
must know. Does not: the judgement (rules/fulfilment.py), nor noting it (fulfilment.py).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record
from woocp_pipelines.counterpoint.fulfilment_reading import Watched, read_watched
from woocp_pipelines.counterpoint.fulfilment_records import found_of, told_of
from woocp_pipelines.counterpoint.fulfilment_watch import Horizon, read_watched_ids
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.outbox import fulfilment_record
from woocp_pipelines.rules.clock import store_local_date
from woocp_pipelines.rules.fulfilment import Standing, judge
from woocp_pipelines.rules.fulfilment_news import News, news_of
from woocp_pipelines.rules.fulfilment_problems import (
    document_gone,
    document_unreadable,
    shipment_unclear,
)
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem

_log = logging.getLogger(__name__)
# A document that was nowhere may come back from wherever it was moved to.
_GONE_DAYS: Final = 30
Unreadable = tuple[Record, Problem]


@dataclass(frozen=True, slots=True)
class Judged:
    """One watched order: how it stands, what was told, and what is to be told."""

    order_id: int
    number: str
    document: str
    tickets: str
    told: Standing | None
    messages: int
    standing: Standing
    news: News | None

    @property
    def is_changed(self) -> bool:
        """Whether the mark must be written; a day alone is in no mark."""
        return self.told is None or _kept(self.standing) != _kept(self.told)

    @property
    def problem(self) -> Problem | None:
        """What people must know without the store being asked."""
        if self.standing.state == "UNCLEAR" and self.is_changed:
            return shipment_unclear(self.number, self.document, self.tickets)
        newly_gone = self.standing.state == "GONE" and self.told and self.told.state != "GONE"
        return document_gone(self.number, self.document) if newly_gone else None


def _kept(standing: Standing) -> tuple[object, ...]:
    """What of a standing is in its mark."""
    return (
        standing.state,
        standing.lines,
        standing.tracking,
        standing.beyond,
        standing.is_closed,
    )


def read_orders(
    context: FlowContext, connection: Connection, looked_until: datetime | None, now: datetime
) -> list[Watched]:
    """Every watched order.

    Args:
        context: both systems.
        connection: of one moment where the database allows it (`reading`).
        looked_until: every order booked before was looked at by some run; None: nobody knows.
        now: UTC.
    """
    horizon = Horizon(
        closed_since=now - timedelta(days=context.settings.fulfilment.tracking_days),
        gone_since=now - timedelta(days=_GONE_DAYS),
        looked_until=looked_until,
    )
    order_ids = read_watched_ids(connection, context.store_id, horizon)
    return list(read_watched(connection, context.store_id, order_ids))


def judge_all(
    context: FlowContext, watched: Iterable[Watched], now: datetime
) -> tuple[list[Judged], list[Unreadable]]:
    """Judge every order; those that no rule is prepared for, with what is wrong, apart."""
    today = store_local_date(now, context.settings.store.zone).date()
    judged = [_judge(context, each, today) for each in watched]
    return (
        [each for each in judged if isinstance(each, Judged)],
        [each for each in judged if not isinstance(each, Judged)],
    )


def _judge(context: FlowContext, watched: Watched, today: date) -> Judged | Unreadable:
    """Judge one order, or say why none can: rows that no rule knows stop no other order."""
    header = watched.header
    number = header.WOO_ORDER_NO or str(header.WOO_ORDER_ID)
    document = f"DOC_ID: {header.DOC_ID}, TKT_NO: {header.TKT_NO or 'unknown'}"
    try:
        found, told = found_of(watched), told_of(watched)
        standing = judge(
            found,
            told,
            today=today,
            ship_date=context.settings.fulfilment.ship_date,
        )
        news = news_of(standing, told, document, today)
    except RULE_FAULTS as error:
        _log.exception("fulfilment of order %s", number)
        record = fulfilment_record(context, header.WOO_ORDER_ID, number)
        return record, document_unreadable(document, error)
    tickets = ", ".join(dict.fromkeys(each.ticket for each in found.releases))
    return Judged(
        header.WOO_ORDER_ID,
        number,
        document,
        tickets,
        told,
        header.MESSAGES or 0,
        standing,
        news,
    )
