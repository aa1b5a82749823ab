"""Order sync: what WooCommerce has becomes staging rows, none lost, none twice (CP §3.3, WC §1).

Belongs here: what is read, from where on. Deciding and storing a page is order_pages.py. The mark
is the newest modified time received; it is stored in the transaction that stores the rows, and
every run starts some minutes before it, so a crash or an order that was busy only costs a second
look.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.staging import read_ids_to_reread
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.order_pages import (
    first_moment,
    plan_page,
    store_again,
    store_page,
)
from woocp_pipelines.flows.order_reading import MARK, Decided, Mark
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.orders import (
    read_order as read_store_order,
)
from woocp_pipelines.woocommerce.orders import (
    read_orders_created,
    read_orders_modified,
)

_SECOND: Final = timedelta(seconds=1)
# So many failures one after the other are no longer about single orders.
_FAILURES_IN_A_ROW: Final = 3


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
    """Read the orders of one store-local day again, by creation date; never moves the mark.

    Without the flow's lock, so that a backfill and the live sync never stop each other.
    """
    return run_flow(context, "orders", partial(_stage_day, day=day), mode=mode, exclusive=False)


def _stage_day(context: FlowContext, report: FlowReport, *, day: date) -> None:
    after, before = store_day_bounds(day, context.settings.store.zone)
    for page in read_orders_created(context.store, after=after, before=before):
        store_page(context, report, page)


def reread_order(context: FlowContext, report: FlowReport, order_id: int) -> Decided | None:
    """Read one order again by id; it replaces what is staged of it. None: the store has it no more.

    Raises:
        StoreError: the store did not show it.
    """
    raw = read_store_order(context.store, order_id)
    return None if raw is None else store_again(context, report, raw)


def plan_changes(context: FlowContext) -> Iterator[Decided]:
    """What a pull would do now, order by order; writes nothing."""
    for page in read_orders_modified(context.store, modified_after=_start(context)):
        yield from plan_page(context, page)
    for order_id in _ids_to_reread(context):
        raw = read_store_order(context.store, order_id)
        if raw is not None:
            yield from plan_page(context, [raw])


def _pull(context: FlowContext, report: FlowReport, *, since: date | None) -> None:
    if since is not None:
        start = max(since, context.settings.orders.start_date or since)
        after = store_day_bounds(start, context.settings.store.zone)[0]
        for page in read_orders_created(context.store, after=after, before=context.now() + _SECOND):
            store_page(context, report, page)
    mark = Mark(_read_mark(context))
    for page in read_orders_modified(context.store, modified_after=_start(context)):
        mark = store_page(context, report, page, mark) or mark
    if mark.moment is not None:
        report.facts["watermark"] = mark.moment.isoformat()
    _reread_legacy(context, report)


def _start(context: FlowContext) -> datetime:
    """Where a run begins: before the mark, or with the first order that may ever be staged."""
    mark = _read_mark(context)
    if mark is not None:
        # The second of the mark itself may have gone on after it was read.
        return mark - timedelta(minutes=context.settings.orders.overlap_minutes) - _SECOND
    first = first_moment(context)
    # Plan mode needs no start date: it shows the last day then.
    return first - _SECOND if first else context.now() - timedelta(days=1)


def _read_mark(context: FlowContext) -> datetime | None:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return None
        text = read_state(connection, context.store_id, MARK)
    return datetime.fromisoformat(text) if text else None


def _ids_to_reread(context: FlowContext) -> list[int]:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return []
        return read_ids_to_reread(connection, context.store_id)


def _reread_legacy(context: FlowContext, report: FlowReport) -> None:
    """Rows of the old scripts are never trusted: their orders are read again by id (design §3).

    After the live orders: what the store cannot show of an old one must not keep new ones waiting.
    """
    failures = 0
    for order_id in _ids_to_reread(context):
        try:
            raw = read_store_order(context.store, order_id)
        except StoreError as error:
            failures += 1
            if failures >= _FAILURES_IN_A_ROW:
                raise
            _refuse_legacy(context, report, order_id, _not_shown(order_id, error))
            continue
        failures = 0
        if raw is None:
            _refuse_legacy(context, report, order_id, _gone(order_id))
        else:
            store_page(context, report, [raw])


def _refuse_legacy(
    context: FlowContext, report: FlowReport, order_id: int, problem: Problem
) -> None:
    report.refuse("order", str(order_id), problem)
    if report.mode == "apply":
        with writing(context.engine) as connection:
            record = Record(context.store_id, "orders", "order", str(order_id), order_id)
            report_problems(connection, record, [problem], context.now())


def _gone(order_id: int) -> Problem:
    return Problem(
        code="ORDER_GONE",
        field="id",
        found=f"order {order_id} is not in the store",
        expected="the order of an unbooked row of the old staging table",
        next_step="find out what became of the order; mark the row SKIPPED when it is settled",
    )


def _not_shown(order_id: int, error: StoreError) -> Problem:
    return Problem(
        code="ORDER_NOT_SHOWN",
        field="id",
        found=f"order {order_id}: {error}",
        expected="the order of an unbooked row of the old staging table",
        next_step="nothing if the store shows it later: it is read again; else see its error log",
        retryable=True,
    )
