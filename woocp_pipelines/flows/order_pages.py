"""One page of read orders: decided on, and stored with the mark in one transaction.

Belongs here: what becomes of each order of a page, and how far the mark may move. Does not: which
pages are read (orders.py), the decisions themselves (rules/order_staging.py), and writing one of
them (order_writing.py). An order that cannot be read or stored becomes a dead letter and never
keeps the others waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.items import read_resolver
from woocp_pipelines.counterpoint.order_revisions import read_ids_with_letters
from woocp_pipelines.counterpoint.refusals import is_about_the_record, refused_by_database
from woocp_pipelines.counterpoint.staged_lines import read_held
from woocp_pipelines.counterpoint.staging import read_known
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.counterpoint.unread_orders import mark_unread
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_holding import say_what_is_held
from woocp_pipelines.flows.order_letters import report_order
from woocp_pipelines.flows.order_reading import (
    Decided,
    Mark,
    Raw,
    ReadOrder,
    first_moment,
    read_page,
)
from woocp_pipelines.flows.order_revisions import review_booked
from woocp_pipelines.flows.order_writing import write_order
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.order_content import (
    StatusGroup,
    content_hash,
    group_of_booked,
    status_group,
)
from woocp_pipelines.rules.order_goods import NOTHING_READ
from woocp_pipelines.rules.order_staging import (
    Decision,
    Known,
    decide,
    decide_again,
    decide_old,
    decide_unreadable,
    is_too_old,
)


def is_upgraded(connection: Connection) -> bool:
    """Plan mode works before `woocp db upgrade`: nothing is known then."""
    return table_exists(connection, USER_ORDER_STAGING.name, "CONTENT_HASH")


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
    lines = [line for item in items for line in item.goods]
    suffixes = context.settings.units.suffixes
    resolver = read_resolver(connection, context.store_id, lines, suffixes)
    decided = [
        replace(each, decision=write_order(context, connection, each, resolver))
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
    """As an order that cannot be read: never booked, its goods kept back, told to people."""
    problem = refused_by_database(error, USER_ORDER_STAGING.name)
    refused = replace(item, order=None, problems=(problem,))
    try:
        return in_transaction(context.engine, partial(_write, context, [refused], mark))[0]
    except StatementError as again:
        if not is_about_the_record(again):
            raise
    step = f"{problem.next_step}{_kept_of_row(context, item)}"
    unheld = replace(refused, problems=(replace(problem, next_step=step),))
    decided = Decided(unheld, Decision("refuse"))

    def work(connection: Connection) -> None:
        mark_unread(connection, context.store_id, item.raw, problem, context.now())
        report_order(context, connection, item.raw, unheld.problems)
        if mark:
            _write_mark(context, mark, [decided], connection)

    in_transaction(context.engine, work)
    return decided


def _kept_of_row(context: FlowContext, item: ReadOrder) -> str:
    """What stays kept back of an order of which nothing can be written: what was staged before."""
    order_id = item.raw["id"]
    with reading(context.engine) as connection:
        held = read_held(connection, context.store_id, [order_id]).get(order_id)
    if not held:
        return "; until then its goods are not kept back"
    return NOTHING_READ.warning(held)


def _decide(
    context: FlowContext, connection: Connection, items: Sequence[ReadOrder], *, upgraded: bool
) -> list[Decided]:
    known: Mapping[int, Known] = {}
    if upgraded:
        known = read_known(connection, context.store_id, [item.raw["id"] for item in items])
    decided = [
        Decided(item, _decide_one(context, item, known.get(item.raw["id"]))) for item in items
    ]
    decided = say_what_is_held(connection, context.store_id, decided, upgraded=upgraded)
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
        first = first_moment(context)
        old = item.created is not None and is_too_old(item.created, first)
        return decide_unreadable(group, digest, known, too_old=old)
    if is_too_old(item.order.created, first_moment(context)):
        due = bool(item.problems)
        kept_out = decide_old(group, digest, known, due=due, again=item.again)
        if kept_out:
            return kept_out
    if item.again:
        return decide_again(group, digest, known)
    if known and known.is_ahead_of(item.modified, context.now()):
        return Decision("unchanged")
    return decide(group, digest, known)


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
    if decision.action in ("insert", "update"):
        after = f"{decision.status} {order.total} {order.currency}" if order else decision.status
        report.changes.append(Change(key, f"order {decision.action}", "", after))
    elif decision.action == "restored":
        report.changes.append(Change(key, "revision over", "", "the order is as accepted again"))
    elif decision.action == "ended":
        after = "the shop gave up the order, which was never staged"
        report.changes.append(Change(key, "dead letter over", "", after))
