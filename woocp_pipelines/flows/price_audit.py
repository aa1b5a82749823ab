"""Orders of a day as they were charged, against what Counterpoint's rules charge (CP §5).

Belongs here: reading a day's orders, their items, customers and a book of prices, and one row for
every line. Reads only, in a number of statements that does not grow with the orders. Which
difference means what: rules/price_audit.py; the file for people: price_audit_file.py.

The rules are today's: Counterpoint keeps no older ones. For the price at the time of the order the
dates of groups are applied as of then; switches (ENABLED) are known as of now only.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.audited_orders import (
    AuditedOrder,
    read_booked_prices,
    read_orders_created,
)
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.items import SkuResolver, read_resolver
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.counterpoint.prices.reading_once import Scope
from woocp_pipelines.counterpoint.staged_lines import read_first_sight
from woocp_pipelines.flows.audit_customers import Buyer, find_buyers
from woocp_pipelines.flows.audit_prices import Asked, AuditBooks, offers_for
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.rules.document_building.amounts import line_extensions
from woocp_pipelines.rules.money import CENT, ZERO
from woocp_pipelines.rules.order_checks import goods_correction
from woocp_pipelines.rules.order_content import decode_order
from woocp_pipelines.rules.order_goods import FirstSight, recalled
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.price_audit import (
    NOT_JUDGED,
    Cause,
    Charged,
    Offers,
    cause_of,
)
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine, WebOrder

_log = logging.getLogger(__name__)
_Seen = Mapping[tuple[int, int], FirstSight]


class NotUpgradedError(Exception):
    """The staging table is not there yet, or is the one of before woocp."""


@dataclass(frozen=True, slots=True)
class AuditedLine:
    """One line of one order: what was charged, what Counterpoint says, and the cause.

    Prices are per selling unit; `difference` is the whole line's, charged less Counterpoint's at
    the time of the order; None where that could not be decided.
    """

    order: str
    line: int
    sku: str
    item_no: str
    unit: str
    cust_no: str
    quantity: Decimal
    charged: Decimal | None
    now: Decimal | None
    then: Decimal | None
    difference: Decimal | None
    cause: Cause
    rule: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class PriceAudit:
    """A day of the store. `unread`: number of an order that could not be looked at, and why."""

    day: date
    at: datetime
    orders: int
    lines: tuple[AuditedLine, ...]
    unread: tuple[tuple[str, str], ...]
    seconds: float

    def of(self, causes: Iterable[Cause]) -> list[AuditedLine]:
        """Lines with one of these causes, the largest difference first."""
        wanted = frozenset(causes)
        chosen = (line for line in self.lines if line.cause in wanted)
        return sorted(chosen, key=lambda line: -abs(line.difference or ZERO))

    @property
    def judged(self) -> list[AuditedLine]:
        """Lines whose price could be compared."""
        return [line for line in self.lines if line.cause not in NOT_JUDGED]


@dataclass(frozen=True, slots=True)
class _Order:
    """An order read back; `totals` are its lines as booking takes them over (EXT_PRC)."""

    audited: AuditedOrder
    raw: Mapping[str, Any]
    order: WebOrder
    totals: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class _World:
    """What the lines of a day are looked at with."""

    context: FlowContext
    resolver: SkuResolver
    books: AuditBooks
    booked: Mapping[tuple[int, int], Decimal]
    now: datetime


def audit_prices(context: FlowContext, day: date) -> PriceAudit:
    """Compare what the orders of a store-local day were charged with Counterpoint's prices.

    Raises:
        NotUpgradedError: before `woocp db upgrade` no order is known.
        PriceBookError: no price book can be made of what Counterpoint gave.
    """
    start, now = time.perf_counter(), context.now()
    since, until = store_day_bounds(day, context.settings.store.zone)
    with reading(context.engine) as connection:
        if not is_upgraded(connection):
            raise NotUpgradedError("there are no staged orders; run `woocp db upgrade`")
        audited = read_orders_created(connection, context.store_id, since, until)
        seen = read_first_sight(connection, context.store_id, [each.order_id for each in audited])
        orders, unread = _read_orders(audited, seen)
        lines = tuple(_audit(context, connection, orders, now))
    seconds = time.perf_counter() - start
    return PriceAudit(day, now, len(orders), lines, tuple(unread), seconds)


def _read_orders(
    audited: Iterable[AuditedOrder], seen: _Seen
) -> tuple[list[_Order], list[tuple[str, str]]]:
    orders, unread = [], []
    for each in audited:
        try:
            orders.append(_read(each, seen))
        except RefusedError as error:
            unread.append((each.number, str(error)))
        except RULE_FAULTS as error:
            _log.exception("order %s", each.number)
            unread.append((each.number, f"{type(error).__name__}: {error}"))
    return orders, unread


def _read(audited: AuditedOrder, seen: _Seen) -> _Order:
    """The order as kept; a line that lost its product since is what booking takes it for."""
    if audited.order_json is None:
        raise RefusedError(
            Problem(
                code="NO_ORDER_JSON",
                field="ORDER_JSON",
                found="nothing",
                expected="the order as the store gave it, kept for retention.raw_days",
                next_step="read the day again: materialize order_days",
            )
        )
    raw = decode_order(audited.order_json)
    order = read_order(raw)
    correction = goods_correction(order)
    # More than a cent is no rounding: such an order is refused by booking, and says so there.
    kept = correction if abs(correction) <= CENT and order.lines else ZERO
    totals = tuple(line_extensions(order, kept))
    lines = [recalled(line, seen.get((audited.order_id, line.line_id))) for line in order.lines]
    return _Order(audited, raw, replace(order, lines=tuple(lines)), totals)


def _audit(
    context: FlowContext, connection: Connection, orders: Sequence[_Order], now: datetime
) -> Iterator[AuditedLine]:
    if not orders:
        return
    settings = context.settings
    web_lines = [line for each in orders for line in each.order.lines]
    resolver = read_resolver(connection, context.store_id, web_lines, settings.units.suffixes)
    buyers = find_buyers(context, connection, [each.raw for each in orders])
    sold = (resolver.resolve(line) for line in web_lines)
    scope = Scope(
        item_nos=frozenset(each.item_no for each in sold if isinstance(each, SoldAs)),
        cust_nos=frozenset(buyer.cust_no for buyer in buyers if buyer.cust_no is not None),
    )
    zone = settings.store.time_zone
    codes = RuleCodes(context.settings.prices.methods)
    book = read_price_book(connection, time_zone=zone, read_at=now, scope=scope, codes=codes)
    doc_ids = {each.audited.doc_id for each in orders if each.audited.doc_id is not None}
    booked = read_booked_prices(connection, sorted(doc_ids))
    world = _World(context, resolver, AuditBooks.of(book), booked, now)
    for order, buyer in zip(orders, buyers, strict=True):
        for number in range(1, len(order.order.lines) + 1):
            yield _line(world, order, number, buyer)


def _line(world: _World, order: _Order, number: int, buyer: Buyer) -> AuditedLine:
    web, total = order.order.lines[number - 1], order.totals[number - 1]
    sold = world.resolver.resolve(web)
    charged = None
    if web.quantity > ZERO:
        booked = world.booked.get((order.audited.doc_id or 0, number))
        charged = Charged(web.quantity, total, web.subtotal, booked)
    found = _Found(order.audited.number, number, web, charged, buyer)
    if isinstance(sold, Problem):
        return found.unjudged("item_unknown", sold.sentence())
    if charged is None:
        return found.unjudged("undecidable", f"quantity {web.quantity} has no price", sold)
    if buyer.problem:
        return found.unjudged("no_customer", buyer.problem, sold)
    created = order.order.created
    asked = Asked(sold.item_no, sold.sell_unit, web.quantity, buyer.cust_no, created)
    offers = offers_for(world.books, world.context.settings, asked, world.now)
    if isinstance(offers, str):
        return found.unjudged("undecidable", offers, sold)
    return found.judged(charged, offers, sold)


@dataclass(frozen=True, slots=True)
class _Found:
    """A line on its way to its row."""

    order: str
    number: int
    web: WebLine
    charged: Charged | None
    buyer: Buyer

    def unjudged(self, cause: Cause, remark: str, sold: SoldAs | None = None) -> AuditedLine:
        return self._row(cause, sold, remark=remark)

    def judged(self, charged: Charged, offers: Offers, sold: SoldAs) -> AuditedLine:
        cause, then = cause_of(charged, offers), offers.then
        remark = ""
        if self.buyer.cust_no is None:
            # The price of somebody without account; only where it fits is anything known.
            remark = "not a customer of Counterpoint: compared with the price for anybody"
            cause = cause if cause in ("equal", "rounding", "discount") else "no_customer"
        return self._row(cause, sold, offers, charged.total - then.extended, remark=remark)

    def _row(
        self,
        cause: Cause,
        sold: SoldAs | None,
        offers: Offers | None = None,
        difference: Decimal | None = None,
        *,
        remark: str,
    ) -> AuditedLine:
        now = offers.now if offers else None
        return AuditedLine(
            order=self.order,
            line=self.number,
            sku=self.web.sku or "",
            item_no=sold.item_no if sold else "",
            unit=sold.sell_unit if sold else "",
            cust_no=self.buyer.cust_no or "",
            quantity=self.web.quantity,
            charged=self.charged.unit if self.charged else None,
            now=now.unit if now else None,
            then=offers.then.unit if offers else None,
            difference=difference,
            cause=cause,
            rule=offers.then.rule if offers else "",
            remark=remark,
        )
