"""One page of read orders: decided on, and stored with the mark in one transaction.

Belongs here: what becomes of each order of a page, and how far the mark may move. Does not: which
pages are read (orders.py), and the decisions themselves (rules/order_staging.py). An order that
cannot be read or stored becomes a dead letter and never keeps the others waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.items import SkuResolver, read_resolver
from woocp_pipelines.counterpoint.refusals import is_about_the_record, refused_by_database
from woocp_pipelines.counterpoint.staging import (
    StagedOrder,
    batch_name,
    insert_order,
    mark_refused,
    read_known,
    update_order,
    write_lines,
)
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_reading import Decided, Mark, Raw, ReadOrder, read_page
from woocp_pipelines.flows.order_revisions import review_booked
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.rules.order_content import (
    StatusGroup,
    content_hash,
    encode_order,
    group_of_booked,
    status_group,
)
from woocp_pipelines.rules.order_revisions import REVISION_CODES, Revision
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
from woocp_pipelines.rules.problems import Problem, ProblemKind
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
        with writing(context.engine) as connection:
            _write_mark(context, connection, mark, decided)
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
        _write_mark(context, connection, mark, decided)
    return decided


def _write_mark(
    context: FlowContext, connection: Connection, mark: Mark, decided: Sequence[Decided]
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
    with writing(context.engine) as connection:
        mark_refused(connection, context.store_id, item.raw, problem, context.now())
        _report(context, connection, decided.item, [problem])
        if mark:
            _write_mark(context, connection, mark, [decided])
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
    return review_booked(context, connection, decided, known)


def _decide_one(context: FlowContext, item: ReadOrder, known: Known | None) -> Decision:
    group = _group(context, item)
    if known and known.is_settled:
        group = group_of_booked(str(item.raw.get("status")), context.settings.orders)
    digest = content_hash(item.raw, group)
    if item.order is None:
        return decide_unreadable(group, digest, known)
    if is_too_old(item.order.created, first_moment(context)):
        old = (
            Decision("ignore") if item.again else decide_old(group, known, due=bool(item.problems))
        )
        if old:
            return old
    return decide_again(group, digest, known) if item.again else decide(group, digest, known)


def _write_one(
    context: FlowContext, connection: Connection, each: Decided, resolver: SkuResolver
) -> Decision:
    item, decision = each.item, each.decision
    if decision.action in {"revise", "restored"}:
        _report_revision(context, connection, item, decision.revision)
    elif decision.action == "refuse":
        now = context.now()
        mark_refused(connection, context.store_id, item.raw, item.problems[0], now)
        _report(context, connection, item, item.problems)
    elif decision.action == "ignore" and item.again and _group(context, item) == "other":
        # What was refused of it needs no document any more.
        _report(context, connection, item, [])
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
    staged = StagedOrder(
        raw=item.raw,
        order=order,
        content_hash=content_hash(item.raw, group),
        status=decision.status,
        local_day=order.created.astimezone(zone).date(),
    )
    if decision.action == "insert":
        insert_order(connection, context.store_id, batch_name(now, zone), staged, now)
    elif not update_order(connection, context.store_id, staged, now):
        return Decision("busy")
    write_lines(connection, context.store_id, order, resolver)
    if decision.action != "refresh":
        problems = [before_start(order.created)] if decision.status == "REFUSED" else []
        _report(context, connection, item, problems)
    return decision


def _group(context: FlowContext, item: ReadOrder) -> StatusGroup:
    return status_group(str(item.raw.get("status")), context.settings.orders)


def _report(
    context: FlowContext, connection: Connection, item: ReadOrder, problems: Sequence[Problem]
) -> None:
    record = _record(context, item, "order", item.raw)
    report_problems(connection, record, problems, context.now())


def _report_revision(
    context: FlowContext, connection: Connection, item: ReadOrder, revision: Revision | None
) -> None:
    """Its letter keeps the order it is about: what people settle is this state and no later one."""
    record = _record(context, item, "revision", revision.order if revision else None)
    problems = [revision.problem] if revision else []
    report_problems(connection, record, problems, context.now(), codes=REVISION_CODES)


def _record(
    context: FlowContext, item: ReadOrder, kind: ProblemKind, order: Mapping[str, Any] | None
) -> Record:
    return Record(
        store_id=context.store_id,
        flow="orders",
        kind=kind,
        key=str(item.raw["id"]),
        woo_order_id=item.raw["id"],
        woo_order_number=str(item.raw.get("number") or item.raw["id"])[:50],
        json=encode_order(order) if order else None,
    )


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
    elif decision.action in {"update", "restored"}:
        report.updated += 1
    elif decision.action == "busy":
        report.waiting += 1
    else:
        report.unchanged += 1
    if decision.action in ("insert", "update") and item.order:
        after = f"{decision.status} {item.order.total} {item.order.currency}"
        report.changes.append(Change(key, f"order {decision.action}", "", after))
    elif decision.action == "restored":
        report.changes.append(Change(key, "revision over", "", "the order is as accepted again"))
