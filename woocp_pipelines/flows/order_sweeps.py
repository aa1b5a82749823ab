"""What no change shows: deleted orders, refunds, edits in the legacy storage, orders never seen.

Belongs here: which orders a nightly run reads again. The five-minute sync needs none of this: a
new refund moves its order's modified time on both storages, and so do trash and a new status. It
does not see a deleted order, a deleted refund, or, on legacy storage, a changed line or address
(WC §1.4, §1.8). So each night, through the same function as all other readings:

- orders of the last 30 days are listed. On legacy storage (or where the store does not say) with
  all they hold; on order tables without lines, to find orders that are not there any more, and
  bookable ones that were never seen, whatever the reason;
- unbooked orders of any age are read by id, since a booking would use what is staged;
- so are parents of new refunds, by a mark of their own, and orders with an open or recent
  revision: where a refund was deleted, the order had one, so a revision says so. That costs a
  request for 50 orders, instead of reading all booked orders.

Nothing of before orders.start_date is looked for.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_watch import (
    read_revised_ids,
    read_staged_ids,
    read_waiting_ids,
)
from woocp_pipelines.counterpoint.staging import read_known
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded, store_page
from woocp_pipelines.flows.order_reading import Raw, first_moment
from woocp_pipelines.flows.order_rereading import (
    cancel_gone,
    close_returned,
    read_singly,
)
from woocp_pipelines.flows.order_statuses import Ask, StoreStatuses, read_mark
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.rules.order_content import status_group
from woocp_pipelines.rules.replaying import not_shown
from woocp_pipelines.woocommerce.errors import Call, Refused, StoreError, StoreUnavailable
from woocp_pipelines.woocommerce.orders import (
    read_orders_by_id,
    read_orders_created,
    read_refunds,
)
from woocp_pipelines.woocommerce.store_info import OrderStorage, read_order_storage

REFUND_MARK: Final = "orders.refund_mark"
_RECENT: Final = timedelta(days=30)
_REFUND_OVERLAP: Final = timedelta(days=1)
_BATCH: Final = 50
_NO_ROUTE: Final = "rest_no_route"
# Fewer than these are deleted by a person now and then.
_MANY: Final = 10
_log = logging.getLogger(__name__)


class OrdersVanishedError(StoreError):
    """Most unbooked orders are said to be gone: another store, or one that lost its data."""

    next_step: ClassVar[str] = (
        "check WOOCP_STORE_URL; if the orders really are gone, settle each by `woocp settle`"
    )


@dataclass(slots=True)
class _Sweep:
    """What is known while a sweep runs.

    Orders that this run has read whole are `fresh`, those it met in a list `listed`; `hidden` are
    those that the store did not show, without saying that it has them no more.
    """

    context: FlowContext
    report: FlowReport
    statuses: StoreStatuses
    since: datetime
    fresh: set[int]
    listed: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def store(self, page: list[Raw]) -> None:
        """Store those of a page that this run has not read yet."""
        new = [raw for raw in page if raw["id"] not in self.fresh]
        self.fresh |= {raw["id"] for raw in new}
        if new:
            store_page(self.context, self.report, new)

    def note_not_shown(self, order_id: int, error: StoreError) -> None:
        """An order that stays as it is staged until the next night."""
        self.hidden.add(order_id)
        self.report.refuse("order", str(order_id), not_shown(order_id, error))


def sweep_orders(
    context: FlowContext, report: FlowReport, statuses: StoreStatuses, *, just_read: set[int]
) -> None:
    """Read again what may have changed unseen; cancel what is gone.

    Raises:
        OrdersVanishedError: too many orders are gone to be believed; none was cancelled.
        StoreError: the store could not be read; what was read is stored.
    """
    since, first = context.now() - _RECENT, first_moment(context)
    since = max(since, first) if first else since
    sweep = _Sweep(context, report, statuses, since, set(just_read))
    waiting_before = report.waiting
    unseen = _list_recent(sweep)
    refunded, newest = _read_refunded(sweep)
    waiting, others = _staged(sweep)
    wanted = (waiting | others | unseen | refunded) - sweep.fresh
    gone = _read_by_id(sweep, sorted(wanted))
    report.facts["orders_read_by_id"] = len(wanted)
    _believe(len(waiting.intersection(gone)), len(waiting))
    cancel_gone(context, report, gone)
    if report.mode == "apply":
        close_returned(context, (sweep.fresh | sweep.listed | wanted) - set(gone) - sweep.hidden)
    complete = report.waiting == waiting_before and not sweep.hidden
    if newest is not None and complete and report.mode == "apply":
        store_id, now, text = context.store_id, context.now(), newest.isoformat()
        in_transaction(
            context.engine,
            lambda connection: write_state(connection, store_id, REFUND_MARK, text, now),
        )


def _list_recent(sweep: _Sweep) -> set[int]:
    """Look at all recent orders; gives those that should be staged and are not."""
    whole = _storage(sweep.context) == "posts"
    unseen: set[int] = set()
    # None are recent while orders.start_date is still to come.
    begun = sweep.since < sweep.context.now()
    pages = sweep.statuses.pages(partial(_created, sweep, whole=whole)) if begun else ()
    for _, page in pages:
        sweep.listed |= {raw["id"] for raw in page}
        if whole:
            sweep.store(page)
        else:
            unseen |= _unknown(sweep.context, page)
    sweep.report.facts["orders_listed"] = len(sweep.listed)
    return unseen


def _created(sweep: _Sweep, ask: Ask, *, whole: bool) -> Iterator[list[Raw]]:
    return read_orders_created(
        sweep.context.store,
        after=sweep.since,
        before=sweep.context.now() + timedelta(seconds=1),
        statuses=ask.statuses,
        page_size=_BATCH if whole else 100,
        fields=() if whole else ("status",),
    )


def _storage(context: FlowContext) -> OrderStorage:
    """Where the store keeps orders; one that does not say is read as the legacy storage needs."""
    try:
        return read_order_storage(context.store)
    except StoreUnavailable:
        raise
    except StoreError as error:
        _log.info("read as the legacy order storage: %s", error)
        return "posts"


def _unknown(context: FlowContext, page: list[Raw]) -> set[int]:
    """Orders of a page that would be staged, were they read."""
    settings = context.settings.orders
    ids = {raw["id"] for raw in page if status_group(str(raw.get("status")), settings) != "other"}
    with reading(context.engine) as connection:
        known = read_known(connection, context.store_id, ids) if is_upgraded(connection) else {}
    return ids - known.keys()


def _read_refunded(sweep: _Sweep) -> tuple[set[int], datetime | None]:
    """Orders with a refund since the last sweep, and the newest refund's time."""
    mark = read_mark(sweep.context, REFUND_MARK).moment
    start = mark - _REFUND_OVERLAP if mark else sweep.since
    parents: set[int] = set()
    newest = mark
    try:
        for page in read_refunds(sweep.context.store, modified_after=start):
            parents |= {refund["parent_id"] for refund in page}
            times = [read_gmt(refund["date_created_gmt"]) for refund in page]
            newest = max([*times, *([newest] if newest else [])])
    except Refused as error:
        if error.code != _NO_ROUTE:
            raise
        sweep.report.facts["refunds"] = "this store has no list of refunds; orders show them"
    return parents, newest


def _staged(sweep: _Sweep) -> tuple[set[int], set[int]]:
    """Ids to read from what is staged: waiting for booking, and others that may be gone."""
    store_id = sweep.context.store_id
    with reading(sweep.context.engine) as connection:
        if not is_upgraded(connection):
            return set(), set()
        waiting = read_waiting_ids(connection, store_id)
        missing = read_staged_ids(connection, store_id, sweep.since) - sweep.listed
        return waiting, missing | read_revised_ids(connection, store_id, sweep.since)


def _read_by_id(sweep: _Sweep, order_ids: list[int]) -> list[int]:
    """Store these orders as they are now; gives those that the store has no more.

    Singly where a list does not show them, as trashed ones (WC §1.9), or cannot be read.
    """
    gone: list[int] = []
    names = sweep.statuses.all_names()
    for part in chunks(order_ids, _BATCH):
        try:
            page = read_orders_by_id(sweep.context.store, part, statuses=names)
        except StoreError as error:
            _log.warning("orders are read one by one: %s", error)
            page = []
        sweep.store(page)
        rest = [order_id for order_id in part if order_id not in sweep.fresh]
        gone += read_singly(sweep.context, sweep.report, rest, sweep.note_not_shown)
    return gone


def _believe(gone: int, waiting: int) -> None:
    if gone >= _MANY and gone > waiting // 2:
        raise OrdersVanishedError(
            Call("GET", "orders"),
            f"{gone} of {waiting} unbooked orders are not in the store; none was cancelled.",
        )
