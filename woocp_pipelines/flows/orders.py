"""Order sync: what WooCommerce has becomes staging rows, none lost, none twice (CP §3.3, WC §1).

Belongs here: what is read, from where on. Deciding and storing a page is order_pages.py, which
statuses are asked for order_statuses.py, what a nightly run looks at besides order_sweeps.py. The
mark is the newest modified time received; it is stored in the transaction that stores the rows,
and every run starts some minutes before it, so a crash or an order that was busy only costs a
second look.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.staging import read_ids_to_reread
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.order_pages import (
    plan_page,
    store_again,
    store_page,
)
from woocp_pipelines.flows.order_reading import (
    MARK,
    Decided,
    Mark,
    Raw,
    first_moment,
    tell_start,
)
from woocp_pipelines.flows.order_rereading import cancel_gone, read_singly, refuse_not_shown
from woocp_pipelines.flows.order_statuses import Ask, StoreStatuses
from woocp_pipelines.flows.order_sweeps import sweep_orders
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.orders import (
    read_order as read_store_order,
)
from woocp_pipelines.woocommerce.orders import (
    read_orders_created,
    read_orders_modified,
)

_SECOND: Final = timedelta(seconds=1)
# A store whose clock was set back, or that saved a change late, shows changes of before the mark.
_LOOK_BACK_IN_FULL: Final = timedelta(days=2)
# A nightly run is not to be left out because a run of some seconds is at work.
_WAIT_IN_FULL_SECONDS: Final = 120.0


def pull_orders(
    context: FlowContext,
    *,
    mode: Mode | None = None,
    since: date | None = None,
    full: bool = False,
    wait_seconds: float = 0,
) -> FlowReport:
    """Stage every order that changed since the last run.

    Args:
        context: both systems.
        mode: plan writes nothing; default is the setting.
        since: also re-read orders created from this store-local day on, mark or not.
        full: also look for what no change shows, as every night (order_sweeps.py).
        wait_seconds: how long to wait for a run that is already at work.

    Raises:
        StoreError: the store could not be read; pages stored so far stay stored.
    """
    body = partial(_pull, since=since, full=full)
    wait = max(wait_seconds, _WAIT_IN_FULL_SECONDS if full else 0)
    return run_flow(context, "orders", body, mode=mode, wait_seconds=wait)


def stage_day(context: FlowContext, day: date, *, mode: Mode | None = None) -> FlowReport:
    """Read the orders of one store-local day again, by creation date; never moves the mark.

    Without the flow's lock, so that a backfill and the live sync never stop each other.
    """
    return run_flow(context, "orders", partial(_stage_day, day=day), mode=mode, exclusive=False)


def _stage_day(context: FlowContext, report: FlowReport, *, day: date) -> None:
    after, before = store_day_bounds(day, context.settings.store.zone)
    _read_created(context, report, StoreStatuses(context), after, before)


def reread_order(context: FlowContext, report: FlowReport, order_id: int) -> Decided | None:
    """Read one order again by id; it replaces what is staged of it. None: the store has it no more.

    Raises:
        StoreError: the store did not show it.
    """
    raw = read_store_order(context.store, order_id)
    return None if raw is None else store_again(context, report, raw)


def plan_changes(context: FlowContext) -> Iterator[Decided]:
    """What a pull would do now, order by order; writes nothing."""
    statuses = StoreStatuses(context)
    for _, page in statuses.pages(partial(_changed, context, full=False), changes=True):
        yield from plan_page(context, page)
    for order_id in _ids_to_reread(context):
        raw = read_store_order(context.store, order_id)
        if raw is not None:
            yield from plan_page(context, [raw])


def _pull(context: FlowContext, report: FlowReport, *, since: date | None, full: bool) -> None:
    tell_start(context, report)
    statuses = StoreStatuses(context, learn=full)
    if since is not None:
        start = max(since, context.settings.orders.start_date or since)
        after = store_day_bounds(start, context.settings.store.zone)[0]
        _read_created(context, report, statuses, after, context.now() + _SECOND)
    read = _read_changes(context, report, statuses, full=full)
    # An order that was being booked may have had a status that is new: it is read once more.
    if report.mode == "apply" and not report.waiting:
        statuses.keep()
    _reread_legacy(context, report)
    if full:
        sweep_orders(context, report, statuses, just_read=read)


def _read_created(
    context: FlowContext,
    report: FlowReport,
    statuses: StoreStatuses,
    after: datetime,
    before: datetime,
) -> None:
    def read(ask: Ask) -> Iterator[list[Raw]]:
        return read_orders_created(context.store, after=after, before=before, statuses=ask.statuses)

    for _, page in statuses.pages(read):
        store_page(context, report, page)


def _read_changes(
    context: FlowContext, report: FlowReport, statuses: StoreStatuses, *, full: bool
) -> set[int]:
    """Store what changed; gives the ids of the orders read."""
    read: set[int] = set()
    marks: dict[str, Mark] = {}
    for ask, page in statuses.pages(partial(_changed, context, full=full), changes=True):
        read |= {raw["id"] for raw in page}
        if ask.moves:
            mark = marks.get(ask.mark.name, ask.mark)
            marks[mark.name] = store_page(context, report, page, mark) or mark
        else:
            store_page(context, report, page)
    newest = marks[MARK].moment if MARK in marks else None
    if newest is not None:
        report.facts["watermark"] = newest.isoformat()
    return read


def _changed(context: FlowContext, ask: Ask, *, full: bool) -> Iterator[list[Raw]]:
    start = changes_start(context, ask.mark.moment, full=full)
    return read_orders_modified(context.store, modified_after=start, statuses=ask.statuses)


def changes_start(context: FlowContext, mark: datetime | None, *, full: bool = False) -> datetime:
    """Where a reading begins: before the mark, or with the first order that may ever be staged."""
    first = first_moment(context)
    if mark is not None:
        overlap = timedelta(minutes=context.settings.orders.overlap_minutes)
        # The second of the mark itself may have gone on after it was read.
        return mark - (_LOOK_BACK_IN_FULL if full else overlap) - _SECOND
    # Plan mode needs no start date: it shows the last day then.
    return first - _SECOND if first else context.now() - timedelta(days=1)


def _ids_to_reread(context: FlowContext) -> list[int]:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return []
        return read_ids_to_reread(connection, context.store_id)


def _reread_legacy(context: FlowContext, report: FlowReport) -> None:
    """Rows of the old scripts are never trusted: their orders are read again by id (design §3).

    After the live orders: what the store cannot show of an old one must not keep new ones waiting.
    """
    refuse = partial(refuse_not_shown, context, report)
    cancel_gone(context, report, read_singly(context, report, _ids_to_reread(context), refuse))
