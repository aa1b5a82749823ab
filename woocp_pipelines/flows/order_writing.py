"""One order of a page, written as it was decided: its row, its goods, its letters.

Belongs here: what is written for each decision. Does not: deciding, and the transaction
(order_pages.py).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.items import SkuResolver, read_resolver
from woocp_pipelines.counterpoint.staged_lines import write_added, write_lines
from woocp_pipelines.counterpoint.staging import (
    StagedOrder,
    batch_name,
    insert_order,
    update_order,
)
from woocp_pipelines.counterpoint.unread_orders import insert_unread, mark_unread
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_letters import report_order, report_revision
from woocp_pipelines.flows.order_reading import Decided, Raw, ReadOrder, first_moment
from woocp_pipelines.rules.order_content import content_hash, group_of_booked, status_group
from woocp_pipelines.rules.order_goods import Goods, GoodsRead, read_goods
from woocp_pipelines.rules.order_revisions import Revision
from woocp_pipelines.rules.order_staging import Decision, before_start
from woocp_pipelines.rules.web_order import WebOrder


def write_order(
    context: FlowContext, connection: Connection, each: Decided, resolver: SkuResolver
) -> Decision:
    """Write one decided order; gives the decision, which is `busy` where a claim came between."""
    item, decision = each.item, each.decision
    if decision.action in {"revise", "restored"}:
        _revise(context, connection, item.raw, decision.revision)
    elif decision.action == "refuse":
        _refuse(context, connection, item, decision, resolver)
    elif decision.action == "ended":
        report_order(context, connection, item.raw, [])
    elif decision.action in ("insert", "update", "refresh"):
        if item.order:
            return _stage(context, connection, item, item.order, decision, resolver)
        return _cancel(context, connection, item, decision)
    return decision


def _stage(
    context: FlowContext,
    connection: Connection,
    item: ReadOrder,
    order: WebOrder,
    decision: Decision,
    resolver: SkuResolver,
) -> Decision:
    now, zone = context.now(), context.settings.store.zone
    group = status_group(order.status, context.settings.orders)
    old = before_start(order.created, first=first_moment(context)) if decision.kept_out else None
    staged = StagedOrder(
        raw=item.raw,
        order=order,
        content_hash=content_hash(item.raw, group),
        status=decision.status,
        local_day=order.created.astimezone(zone).date(),
        problem=old,
    )
    if decision.action == "insert":
        insert_order(connection, context.store_id, batch_name(now, zone), staged, now)
    elif not update_order(connection, context.store_id, staged, now):
        return Decision("busy")
    write_lines(connection, context.store_id, order.order_id, order.lines, resolver)
    if decision.action != "refresh":
        problems = [old] if old and decision.status == "REFUSED" else []
        report_order(context, connection, item.raw, problems)
    return decision


def _refuse(
    context: FlowContext,
    connection: Connection,
    item: ReadOrder,
    decision: Decision,
    resolver: SkuResolver,
) -> None:
    """An order that cannot be read keeps its goods back; one that is too old has only a letter."""
    store_id, raw, now = context.store_id, item.raw, context.now()
    if decision.status:
        if not mark_unread(connection, store_id, raw, item.problems[0], now):
            batch = batch_name(now, context.settings.store.zone)
            insert_unread(connection, store_id, batch, raw, item.problems[0], now)
        goods = read_goods(raw)
        write_lines(
            connection, store_id, raw["id"], goods.lines, resolver, stays=goods.may_be_unread
        )
    report_order(context, connection, raw, item.problems)


def _cancel(
    context: FlowContext, connection: Connection, item: ReadOrder, decision: Decision
) -> Decision:
    """The shop gave up an order that cannot be read: its goods are free, nobody need look at it."""
    marked = mark_unread(
        connection,
        context.store_id,
        item.raw,
        item.problems[0],
        context.now(),
        status=decision.status,
    )
    if not marked:
        return Decision("busy")
    report_order(context, connection, item.raw, [])
    return decision


def _revise(
    context: FlowContext, connection: Connection, raw: Raw, revision: Revision | None
) -> None:
    """Tell people what changed in a booked order, and keep back what it has more of."""
    report_revision(context, connection, raw, revision)
    if revision is None:
        return
    now = _wanted(context, revision.order)
    # Of an order that people accepted as cancelled nothing is in Counterpoint any more.
    accepted = None if revision.accepted is None else _wanted(context, revision.accepted).lines
    lines: list[Goods] = [*now.lines, *(accepted or ())]
    resolver = read_resolver(connection, context.store_id, lines, context.settings.units.suffixes)
    write_added(
        connection,
        context.store_id,
        raw["id"],
        now,
        accepted,
        resolver,
        was_open=revision.was_open,
    )


def _wanted(context: FlowContext, raw: Mapping[str, Any]) -> GoodsRead:
    """The goods of a booked order; none where the shop gave it up."""
    group = group_of_booked(str(raw.get("status")), context.settings.orders)
    return GoodsRead(()) if group == "other" else read_goods(raw)
