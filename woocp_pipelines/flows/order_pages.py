"""One page of read orders: decided on, and stored with the mark in one transaction.

Belongs here: what becomes of each order of a page, and how far the mark may move. Does not: which
pages are read (orders.py), and the decisions themselves (rules/order_staging.py). An order that
cannot be read or stored becomes a dead letter and never keeps the others waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.items import SkuResolver, read_resolver
from woocp_pipelines.counterpoint.order_revisions import read_ids_with_letters
from woocp_pipelines.counterpoint.refusals import is_about_the_record, refused_by_database
from woocp_pipelines.counterpoint.staged_lines import write_lines
from woocp_pipelines.counterpoint.staging import (
    StagedOrder,
    batch_name,
    insert_order,
    mark_refused,
    read_known,
    update_order,
)
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_letters import report_order, report_revision
from woocp_pipelines.flows.order_reading import Decided, Mark, Raw, ReadOrder, read_page
from woocp_pipelines.flows.order_revisions import review_booked
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.rules.order_content import (
    StatusGroup,
    content_hash,
    group_of_booked,
    status_group,
)
from woocp_pipelines.rules.order_staging import (
    Decision,
    Known,
    before_start,
    decide,
    decide_again,
    decide_old,
    decide_unreadable,
    is_too_old,
)
from woocp_pipelines.rules.web_order import WebOrder


def is_upgraded(connection: Connection) -> bool:
    """Plan mode works before `woocp db upgrade`: nothing is known then."""
    return table_exists(connection, USER_ORDER_STAGING.name, "CONTENT_HASH")


def first_moment(context: FlowContext) -> datetime | None:
    """The first moment of `orders.start_date`."""
    start = context.settings.orders.start_date
    return store_day_bounds(start, context.settings.store.zone)[0] if start else None


def plan_page(context: FlowContext, page: Sequence[Raw]) -> list[Decided]:
    """What would become of a page; writes nothing, and works before `woocp db upgrade`."""
    return _plan(context, read_page(page, first_moment(context)))


def store_page(
    context: FlowContext, report: FlowReport, page: Sequence[Raw], mark: Mark | None = None
) -> Mark | None:
    """Decide on a page of orders and, in apply mode, store it with the mark in one transaction.

    Returns:
        The mark after the page; None when none was given.
    """
    items = read_page(page, first_moment(context))
    decided = _decide_and_store(context, report, items, mark)
    return mark and mark.after(decided, context.now())


def store_again(context: FlowContext, report: FlowReport, raw: Raw) -> Decided:
    """One order replaces what is staged of it, changed or not; plan mode only says so.

    An order older than `orders.start_date` is left as it is.
    """
    (item,) = read_page([raw], first_moment(context))
    (decided,) = _decide_and_store(context, report, [replace(item, again=True)], None)
    return decided


def _decide_and_store(
    context: FlowContext, report: FlowReport, items: Sequence[ReadOrder], mark: Mark | None
) -> list[Decided]:
    decided = _plan(context, items) if report.mode == "plan" else _store(context, items, mark)
    for each in decided:
        _count(report, each)
    return decided


def _plan(context: FlowContext, items: Sequence[ReadOrder]) -> list[Decided]:
    with reading(context.engine) as connection:
        return _decide(context, connection, items, upgraded=is_upgraded(connection))


def _store(context: FlowContext, items: Sequence[ReadOrder], mark: Mark | None) -> list[Decided]:
    try:
        return in_transaction(context.engine, partial(_write, context, items, mark))
    except StatementError as error:
        if not is_about_the_record(error):
            raise
        if len(items) == 1:
            return [_refuse_row(context, items[0], mark, error)]
    # One order of the page is what the database refuses: only that one is left out.
    decided = [each for item in items for each in _store(context, [item], None)]
    if mark:
        in_transaction(context.engine, partial(_write_mark, context, mark, decided))
    return decided


def _write(
    context: FlowContext,
    items: Sequence[ReadOrder],
    mark: Mark | None,
    connection: Connection,
) -> list[Decided]:
    lines = [line for item in items if item.order for line in item.order.lines]
    suffixes = context.settings.units.suffixes
    resolver = read_resolver(connection, context.store_id, lines, suffixes)
    decided = [
        replace(each, decision=_write_one(context, connection, each, resolver))
        for each in _decide(context, connection, items, upgraded=True)
    ]
    if mark:
        _write_mark(context, mark, decided, connection)
    return decided


def _write_mark(
    context: FlowContext, mark: Mark, decided: Sequence[Decided], connection: Connection
) -> None:
    now = context.now()
    moment = mark.after(decided, now).moment
    if moment:
        write_state(connection, context.store_id, mark.name, moment.isoformat(), now)


def _refuse_row(
    context: FlowContext, item: ReadOrder, mark: Mark | None, error: StatementError
) -> Decided:
    problem = refused_by_database(error, USER_ORDER_STAGING.name)
    decided = Decided(replace(item, order=None, problems=(problem,)), Decision("refuse"))

    def work(connection: Connection) -> None:
        mark_refused(connection, context.store_id, item.raw, problem, context.now())
        report_order(context, connection, item.raw, [problem])
        if mark:
            _write_mark(context, mark, [decided], connection)

    in_transaction(context.engine, work)
    return decided


def _decide(
    context: FlowContext, connection: Connection, items: Sequence[ReadOrder], *, upgraded: bool
) -> list[Decided]:
    known: Mapping[int, Known] = {}
    if upgraded:
        known = read_known(connection, context.store_id, [item.raw["id"] for item in items])
    decided = [
        Decided(item, _decide_one(context, item, known.get(item.raw["id"]))) for item in items
    ]
    if not upgraded:
        return decided
    return _find_ended(context, connection, review_booked(context, connection, decided, known))


def _find_ended(
    context: FlowContext, connection: Connection, decided: Sequence[Decided]
) -> list[Decided]:
    """What was told of an order that was never staged is over once the shop gave it up."""
    given_up = {
        each.item.raw["id"]
        for each in decided
        if each.decision.action == "ignore" and _group(context, each.item) == "other"
    }
    told = read_ids_with_letters(connection, context.store_id, given_up)
    return [
        replace(each, decision=Decision("ended")) if each.item.raw["id"] in told else each
        for each in decided
    ]


def _decide_one(context: FlowContext, item: ReadOrder, known: Known | None) -> Decision:
    group = _group(context, item)
    if known and known.is_settled:
        group = group_of_booked(str(item.raw.get("status")), context.settings.orders)
    digest = content_hash(item.raw, group)
    if item.order is None:
        return decide_unreadable(group, digest, known)
    if is_too_old(item.order.created, first_moment(context)):
        due = bool(item.problems)
        old = decide_old(group, digest, known, due=due, again=item.again)
        if old:
            return old
    if item.again:
        return decide_again(group, digest, known)
    if known and known.is_ahead_of(item.modified, context.now()):
        return Decision("unchanged")
    return decide(group, digest, known)


def _write_one(
    context: FlowContext, connection: Connection, each: Decided, resolver: SkuResolver
) -> Decision:
    item, decision = each.item, each.decision
    if decision.action in {"revise", "restored"}:
        report_revision(context, connection, item.raw, decision.revision)
    elif decision.action == "refuse":
        now = context.now()
        mark_refused(connection, context.store_id, item.raw, item.problems[0], now)
        report_order(context, connection, item.raw, item.problems)
    elif decision.action == "ended":
        report_order(context, connection, item.raw, [])
    elif item.order and decision.action in ("insert", "update", "refresh"):
        return _stage(context, connection, item, item.order, decision, resolver)
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
    write_lines(connection, context.store_id, order, resolver)
    if decision.action != "refresh":
        problems = [old] if old and decision.status == "REFUSED" else []
        report_order(context, connection, item.raw, problems)
    return decision


def _group(context: FlowContext, item: ReadOrder) -> StatusGroup:
    return status_group(str(item.raw.get("status")), context.settings.orders)


def _count(report: FlowReport, each: Decided) -> None:
    item, decision = each.item, each.decision
    report.read += 1
    key = str(item.raw.get("number") or item.raw.get("id"))
    if decision.action == "refuse":
        report.refuse("order", key, item.problems[0])
    elif decision.revision:
        report.refuse("revision", key, decision.revision.problem)
    elif decision.action == "insert":
        report.created += 1
    elif decision.action in {"update", "restored", "ended"}:
        report.updated += 1
    elif decision.action == "busy":
        report.waiting += 1
    else:
        report.unchanged += 1
    _show(report, key, each)


def _show(report: FlowReport, key: str, each: Decided) -> None:
    order, decision = each.item.order, each.decision
    if decision.action in ("insert", "update") and order:
        after = f"{decision.status} {order.total} {order.currency}"
        report.changes.append(Change(key, f"order {decision.action}", "", after))
    elif decision.action == "restored":
        report.changes.append(Change(key, "revision over", "", "the order is as accepted again"))
    elif decision.action == "ended":
        after = "the shop gave up the order, which was never staged"
        report.changes.append(Change(key, "dead letter over", "", after))
