"""Read orders on their way into staging: what was read, what was decided, how far it goes.

Belongs here: the records of one page, and the mark. Does not: storing them (order_pages.py).

Marks are times of the store and never of a local clock. What the store dates in the future moves
no mark, so a clock of ours that is behind costs a second look, and none of the two, however wrong,
hides an order.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import known_gmt, store_day_bounds
from woocp_pipelines.rules.order_goods import Goods, read_goods
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.order_staging import Decision, before_start, is_too_old
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected
from woocp_pipelines.rules.web_order import WebOrder

Raw = dict[str, Any]
MARK: Final = "orders.modified_mark"
# Stores that cannot list their statuses show trashed orders in a list of their own.
TRASH_MARK: Final = "orders.trash_mark"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """One order of a page: read, or with the reason why it could not be read or taken over.

    `again`: a person wants it tried again, changed or not.
    """

    raw: Raw
    order: WebOrder | None
    problems: tuple[Problem, ...] = ()
    again: bool = False

    @property
    def goods(self) -> Sequence[Goods]:
        """What it takes from stock, as far as that can be read."""
        return self.order.lines if self.order else read_goods(self.raw).lines

    @property
    def created(self) -> datetime | None:
        """When it was ordered; None where that cannot be read."""
        return known_gmt(self.raw.get("date_created_gmt"))

    @property
    def modified(self) -> datetime:
        """When the store changed it last; the client has made sure that it is there."""
        return datetime.fromisoformat(f"{self.raw['date_modified_gmt']}+00:00")


@dataclass(frozen=True, slots=True)
class Decided:
    """One order of a page with what becomes of it."""

    item: ReadOrder
    decision: Decision


@dataclass(frozen=True, slots=True)
class Mark:
    """How far changes have been read: `moment`; `held` is the oldest order left for later.

    `name`: under which it is remembered.
    """

    moment: datetime | None
    held: datetime | None = None
    name: str = MARK

    def after(self, page: Sequence[Decided], now: datetime) -> "Mark":
        """The mark once a page is stored.

        It stays behind an order that was being booked: its change has not been looked at. A time
        in the future says nothing about what was read: with it, or with the time of now in its
        place, as the mark, orders of a store whose clock is behind would never be read.
        """
        past = [each.item.modified for each in page if each.item.modified <= now]
        moment = max([*past, *([self.moment] if self.moment else [])], default=None)
        busy = [each.item.modified for each in page if each.decision.action == "busy"]
        held = min([*busy, *([self.held] if self.held else [])], default=None)
        return replace(self, moment=min(moment, held) if moment and held else moment, held=held)


def first_moment(context: FlowContext) -> datetime | None:
    """The first moment of `orders.start_date`."""
    start = context.settings.orders.start_date
    return store_day_bounds(start, context.settings.store.zone)[0] if start else None


def tell_start(context: FlowContext, report: FlowReport) -> None:
    """Say why a plan shows few orders or none: nobody named the day from which on they count."""
    if context.settings.orders.start_date is None:
        report.facts["start_date"] = (
            "orders.start_date is not set: only orders that changed in the last day are looked at, "
            "and apply takes none over; set it in woocp.toml, then plan again"
        )


def read_page(page: Sequence[Raw], first_moment: datetime | None) -> list[ReadOrder]:
    """Read every order of a page; one that cannot be read, or taken over, says why.

    `first_moment`: of `orders.start_date`; older orders are never staged.
    """
    return [_read(raw, first_moment) for raw in page]


def _read(raw: Raw, first_moment: datetime | None) -> ReadOrder:
    try:
        order = read_order(raw)
        return ReadOrder(raw, order, _paid_too_late(order, first_moment))
    except RefusedError as error:
        return ReadOrder(raw, None, tuple(error.problems))
    except RULE_FAULTS as error:
        _log.exception("order %s", raw["id"])
        return ReadOrder(raw, None, (unexpected(error),))


def _paid_too_late(order: WebOrder, first_moment: datetime | None) -> tuple[Problem, ...]:
    """An order of before the start, paid since: those who entered the older ones may not have it.

    Older orders paid before are none of our business.
    """
    if order.paid is None or not is_too_old(order.created, first_moment):
        return ()
    late = not is_too_old(order.paid, first_moment)
    return (before_start(order.created, order.paid),) if late else ()
