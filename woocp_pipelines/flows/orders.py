"""Order sync: what WooCommerce has becomes staging rows, none lost, none twice (CP §3.3, WC §1).

Belongs here: reading, deciding, storing, moving the mark. The mark is the newest modified time
received; it is stored in the transaction that stores the rows, and every run starts some minutes
before it, so a crash or an order that was busy only costs a second look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.items import SkuResolver, read_resolver
from woocp_pipelines.counterpoint.staging import (
    StagedOrder,
    batch_name,
    insert_order,
    read_ids_to_reread,
    read_known,
    update_order,
    write_lines,
)
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.rules.order_content import content_hash, encode_order, status_group
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.order_staging import (
    Decision,
    Known,
    before_start,
    decide,
    is_too_old,
    revision,
)
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.web_order import WebOrder
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.orders import (
    read_order as read_store_order,
)
from woocp_pipelines.woocommerce.orders import (
    read_orders_created,
    read_orders_modified,
)

Raw = dict[str, Any]
MARK: Final = "orders.modified_mark"
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Read:
    """One order of a page: read, or with the reason why it could not be read."""

    raw: Raw
    order: WebOrder | None
    problems: tuple[Problem, ...] = ()


def pull_orders(
    context: FlowContext,
    *,
    mode: Mode | None = None,
    since: date | None = None,
    wait_seconds: float = 0,
) -> FlowReport:
    """Stage every order that changed since the last run.

    Args:
        context: both systems.
        mode: plan writes nothing; default is the setting.
        since: also re-read orders created from this store-local day on, mark or not.
        wait_seconds: how long to wait for a run that is already at work.

    Raises:
        StoreError: the store could not be read; pages stored so far stay stored.
    """
    body = partial(_pull, since=since)
    return run_flow(context, "orders", body, mode=mode, wait_seconds=wait_seconds)


def stage_day(context: FlowContext, day: date, *, mode: Mode | None = None) -> FlowReport:
    """Read the orders of one store-local day again, by creation date; never moves the mark."""
    report = FlowReport(flow="orders", mode=mode or context.settings.mode_of("orders"))
    after, before = store_day_bounds(day, context.settings.store.zone)
    for page in read_orders_created(context.store, after=after, before=before):
        _store_page(context, report, page, mark=None)
    return report


def _pull(context: FlowContext, report: FlowReport, *, since: date | None) -> None:
    _reread_legacy(context, report)
    if since is not None:
        start = max(since, context.settings.orders.start_date or since)
        after = store_day_bounds(start, context.settings.store.zone)[0]
        for page in read_orders_created(context.store, after=after, before=context.now() + _SECOND):
            _store_page(context, report, page, mark=None)
    mark = _read_mark(context)
    for page in read_orders_modified(context.store, modified_after=_start(context, mark)):
        newest = max(datetime.fromisoformat(f"{raw['date_modified_gmt']}+00:00") for raw in page)
        mark = newest if mark is None else max(mark, newest)
        _store_page(context, report, page, mark=mark)
    if mark is not None:
        report.facts["watermark"] = mark.isoformat()


def _start(context: FlowContext, mark: datetime | None) -> datetime:
    """Where a run begins: before the mark, or with the first order that may ever be staged."""
    orders = context.settings.orders
    if mark is not None:
        return mark - timedelta(minutes=orders.overlap_minutes)
    first = _first_moment(context)
    # Plan mode needs no start date: it shows the last day then.
    return first - _SECOND if first else context.now() - timedelta(days=1)


def _upgraded(context: FlowContext, connection: Connection) -> bool:
    """Plan mode works before `woocp db upgrade`: nothing is known then."""
    if context.settings.mode_of("orders") == "apply":
        return True
    return table_exists(connection, USER_ORDER_STAGING.name, "CONTENT_HASH")


def _first_moment(context: FlowContext) -> datetime | None:
    start = context.settings.orders.start_date
    return store_day_bounds(start, context.settings.store.zone)[0] if start else None


def _read_mark(context: FlowContext) -> datetime | None:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return None
        text = read_state(connection, context.store_id, MARK)
    return datetime.fromisoformat(text) if text else None


def _reread_legacy(context: FlowContext, report: FlowReport) -> None:
    """Rows of the old scripts are never trusted: their orders are read again by id (design §3)."""
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return
        ids = read_ids_to_reread(connection, context.store_id)
    for order_id in ids:
        raw = read_store_order(context.store, order_id)
        if raw is not None:
            _store_page(context, report, [raw], mark=None)
            continue
        problem = Problem(
            code="ORDER_GONE",
            field="id",
            found=f"order {order_id} is not in the store",
            expected="the order of an unbooked row of the old staging table",
            next_step="find out what became of the order; mark the row SKIPPED when it is settled",
        )
        report.refuse("order", str(order_id), problem)
        if report.mode == "apply":
            with writing(context.engine) as connection:
                record = Record(context.store_id, "orders", "order", str(order_id), order_id)
                report_problems(connection, record, [problem], context.now())


def _store_page(
    context: FlowContext, report: FlowReport, page: Sequence[Raw], *, mark: datetime | None
) -> None:
    """Decide on a page of orders and, in apply mode, store it with the mark in one transaction."""
    now = context.now()
    items = [_read(raw) for raw in page]
    orders = [item.order for item in items if item.order]
    if report.mode == "plan":
        with reading(context.engine) as connection:
            for item, decision in _decisions(context, connection, items, now):
                _count(report, item, decision)
        return
    with writing(context.engine) as connection:
        resolver = read_resolver(
            connection,
            [line for order in orders for line in order.lines],
            context.settings.units.suffixes,
        )
        page_report: list[tuple[_Read, Decision]] = []
        for item, decision in _decisions(context, connection, items, now):
            page_report.append((item, _store(context, connection, item, decision, resolver, now)))
        if mark is not None:
            write_state(connection, context.store_id, MARK, mark.isoformat(), now)
    for item, decision in page_report:
        _count(report, item, decision)


def _read(raw: Raw) -> _Read:
    try:
        return _Read(raw, read_order(raw))
    except RefusedError as error:
        return _Read(raw, None, error.problems)


def _decisions(
    context: FlowContext, connection: Connection, items: Sequence[_Read], now: datetime
) -> Iterator[tuple[_Read, Decision]]:
    known: dict[int, Known] = {}
    if _upgraded(context, connection):
        known = read_known(connection, context.store_id, [item.raw["id"] for item in items], now)
    first = _first_moment(context)
    for item in items:
        group = status_group(str(item.raw.get("status")), context.settings.orders)
        if item.order is None:
            yield item, Decision("ignore" if group == "other" else "revise")
        elif is_too_old(item.order.created, first):
            legacy = known.get(item.order.order_id)
            waits = legacy is not None and legacy.status == "REREAD"
            yield item, Decision("update", "REFUSED") if waits else Decision("ignore")
        else:
            digest = content_hash(item.raw, group)
            yield item, decide(group, digest, known.get(item.order.order_id))


def _store(
    context: FlowContext,
    connection: Connection,
    item: _Read,
    decision: Decision,
    resolver: SkuResolver,
    now: datetime,
) -> Decision:
    if item.order is None or decision.action == "revise":
        if decision.action == "revise":
            _report(context, connection, item, now)
        return decision
    if decision.action not in ("insert", "update"):
        return decision
    group = status_group(item.order.status, context.settings.orders)
    zone = context.settings.store.zone
    staged = StagedOrder(
        raw=item.raw,
        order=item.order,
        content_hash=content_hash(item.raw, group),
        status=decision.status,
        local_day=item.order.created.astimezone(zone).date(),
    )
    if decision.action == "insert":
        insert_order(connection, context.store_id, batch_name(now, zone), staged, now)
    elif not update_order(connection, context.store_id, staged, now):
        return Decision("busy")
    write_lines(connection, context.store_id, item.order, resolver)
    problems = [before_start(item.order.created)] if decision.status == "REFUSED" else []
    report_problems(connection, _record(context, item, "order"), problems, now)
    return decision


def _report(context: FlowContext, connection: Connection, item: _Read, now: datetime) -> None:
    if item.order is None:
        report_problems(connection, _record(context, item, "order"), item.problems, now)
        return
    problem = revision(item.order.status, item.order.number, "the documents of this order")
    report_problems(connection, _record(context, item, "revision"), [problem], now)


def _record(context: FlowContext, item: _Read, kind: Any) -> Record:
    return Record(
        store_id=context.store_id,
        flow="orders",
        kind=kind,
        key=str(item.raw["id"]),
        woo_order_id=item.raw["id"],
        woo_order_number=str(item.raw.get("number") or item.raw["id"])[:50],
        json=encode_order(item.raw) if kind == "order" else None,
    )


def _count(report: FlowReport, item: _Read, decision: Decision) -> None:
    report.read += 1
    key = str(item.raw.get("number") or item.raw.get("id"))
    if item.order is None and decision.action != "ignore":
        report.refuse("order", key, item.problems[0])
        return
    if decision.action == "revise" and item.order:
        found = revision(item.order.status, key, "the documents of this order")
        report.refuse("revision", key, found)
    elif decision.action == "insert":
        report.created += 1
    elif decision.action == "update":
        report.updated += 1
    elif decision.action == "busy":
        report.waiting += 1
    else:
        report.unchanged += 1
    if decision.action in ("insert", "update") and item.order:
        after = f"{decision.status} {item.order.total} {item.order.currency}"
        report.changes.append(Change(key, f"order {decision.action}", "", after))
