"""Orders that a person wants tried again, after correcting what they were refused for.

Belongs here: reading them again from the store, letting them be claimed at once, booking these
and no others. Booking itself is documents.py, reading orders.py; the answer for each order is
replay_answers.py. The store is told afterwards, by outbox.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import MOST_AT_ONCE, requeue
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import read_keys
from woocp_pipelines.counterpoint.order_lookup import (
    KnownOrder,
    OrderNotFoundError,
    find_orders,
    read_refused_orders,
)
from woocp_pipelines.counterpoint.order_trace import staging_row
from woocp_pipelines.counterpoint.outbox import count_unsent, make_due
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.document_plan import not_staged, plan_orders
from woocp_pipelines.flows.documents import book_pending
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.order_preparation import Unprepared
from woocp_pipelines.flows.order_reading import Decided, first_moment
from woocp_pipelines.flows.orders import reread_order
from woocp_pipelines.flows.replay_answers import Replay, Replayed, read_answers
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.rules.order_content import status_group
from woocp_pipelines.rules.problems import Problem, decisive
from woocp_pipelines.rules.replaying import gone, not_shown, obstacle, settled
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import StoreError

# A person waits: as long as order creation usually takes, not as long as it may.
WAIT_SECONDS: Final = 60.0
_FAILURES_IN_A_ROW: Final = 3


@dataclass(slots=True)
class _Work:
    """What is known while a replay runs: answers so far, and orders that can be booked."""

    context: FlowContext
    report: FlowReport
    answers: dict[int, Replayed] = field(default_factory=dict)
    bookable: dict[int, Decided] = field(default_factory=dict)

    def refuse(self, order: KnownOrder, problem: Problem) -> None:
        self.report.read += 1
        self.report.refuse("order", order.number, problem)
        self.answers[order.order_id] = Replayed(order, "refused", problem=problem)


def replay_orders(
    context: FlowContext,
    asked: Sequence[str],
    *,
    every: bool = False,
    mode: Mode | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> Replay:
    """Read orders again and book them; plan mode shows what would become of them.

    Orders that are refused again, gone, held or not to be booked are refused records of the
    report. Messages of these orders that the store has not got yet become due.

    Args:
        context: both systems.
        asked: numbers or ids, see `find_order`.
        every: also every order with an open dead letter.
        mode: plan writes nothing; default is the setting of `documents`.
        wait_seconds: for a run of `documents` that is at work; then the replay ends as skipped.

    Raises:
        OrderNotFoundError: one of them cannot be found, or nothing was asked for; before
            anything is written.
        StoreError: the store could not be read.
    """
    wanted = _find(context, asked, every=every)
    answers: list[Replayed] = []
    body = partial(_replay, wanted=wanted, answers=answers)
    report = run_flow(context, "documents", body, mode=mode, wait_seconds=wait_seconds)
    return Replay(report, answers)


def _find(context: FlowContext, asked: Sequence[str], *, every: bool) -> list[KnownOrder]:
    if not asked and not every:
        raise OrderNotFoundError(
            "no order was named; give order numbers or ids, or ask for all refused ones"
        )
    with reading(context.engine) as connection:
        if not is_upgraded(connection):
            raise OrderNotFoundError("no order is known yet; run `woocp db upgrade`, then a sync")
        found = find_orders(connection, context.store_id, asked)
        if every:
            found += read_refused_orders(connection, context.store_id)
    return list({order.order_id: order for order in found}.values())


def _replay(
    context: FlowContext,
    report: FlowReport,
    *,
    wanted: Sequence[KnownOrder],
    answers: list[Replayed],
) -> None:
    work = _Work(context, report)
    left_behind = _set_aside_booked(work, wanted)
    _read_again(work, [order for order in wanted if order.order_id not in work.answers])
    order_ids = [order.order_id for order in wanted]
    if report.mode == "plan":
        with reading(context.engine) as connection:
            report.facts["notes_due_again"] = count_unsent(connection, context.store_id, order_ids)
        _plan(work, wanted)
    else:
        report.facts["notes_due_again"] = _make_due(context, order_ids, left_behind)
        book_pending(context, report, [*left_behind, *work.bookable])
        booked = [order for order in wanted if order.order_id in work.bookable]
        work.answers |= read_answers(context, booked)
    answers += [work.answers[order_id] for order_id in order_ids]


def _make_due(context: FlowContext, order_ids: Sequence[int], left_behind: Sequence[int]) -> int:
    """Let messages of these orders be sent at once, and rows left behind be claimed."""
    now = context.now()

    def work(connection: Connection) -> int:
        # Rows that were read again are due already; those of booked orders were not.
        for part in chunks(left_behind, MOST_AT_ONCE):
            requeue(connection, context.store_id, part, now)
        return make_due(connection, context.store_id, order_ids, now)

    return in_transaction(context.engine, work)


def _set_aside_booked(work: _Work, wanted: Sequence[KnownOrder]) -> list[int]:
    """Answer for orders that are booked already; gives those whose row does not say so yet."""
    left_behind = []
    with reading(work.context.engine) as connection:
        store_id = work.context.store_id
        keys = read_keys(connection, store_id, [order.order_id for order in wanted])
        for order in wanted:
            key = keys.get(order.order_id)
            if key is None:
                continue
            status = _status(connection, store_id, order.order_id)
            if key.DOC_ID is None and key.TKT_NO is None and status != "BOOKED":
                work.refuse(order, settled())
                continue
            work.answers[order.order_id] = Replayed(
                order, "booked before", key.DOC_ID, key.TKT_NO or "unknown"
            )
            if status in ("PENDING", "REFUSED"):
                left_behind.append(order.order_id)
            else:
                work.report.read += 1
                work.report.unchanged += 1
    return left_behind


def _read_again(work: _Work, orders: Sequence[KnownOrder]) -> None:
    """Read each order from the store; one that is not shown keeps no other waiting.

    Raises:
        StoreError: several in a row, or all of them, could not be read.
    """
    in_a_row = shown = 0
    for order in orders:
        # Its counts are of staging, not of documents, so they are kept apart.
        staging = FlowReport("orders", work.report.mode)
        try:
            decided = reread_order(work.context, staging, order.order_id)
        except StoreError as error:
            in_a_row += 1
            if in_a_row >= _FAILURES_IN_A_ROW or (order is orders[-1] and not shown):
                raise
            work.refuse(order, not_shown(order.order_id, error))
            continue
        in_a_row, shown = 0, shown + 1
        _sort_in(work, order, decided)


def _sort_in(work: _Work, order: KnownOrder, decided: Decided | None) -> None:
    """An order that was read: can it be booked, and if not, why."""
    problem = gone() if decided is None else _obstacle(work.context, decided)
    if decided is not None and problem is None:
        work.bookable[order.order_id] = decided
    elif problem is not None and decided is not None and decided.decision.action == "busy":
        work.report.read += 1
        work.report.waiting += 1
        work.answers[order.order_id] = Replayed(order, "waiting", problem=problem)
    elif problem is not None:
        work.refuse(order, problem)


def _obstacle(context: FlowContext, decided: Decided) -> Problem | None:
    item, decision = decided.item, decided.decision
    if decision.action == "refuse":
        return item.problems[0]
    status = str(item.raw.get("status"))
    return obstacle(
        decision,
        status_group(status, context.settings.orders),
        status,
        read_gmt(item.raw["date_created_gmt"]),
        first_moment(context),
    )


def _plan(work: _Work, wanted: Sequence[KnownOrder]) -> None:
    names = {order.order_id: order for order in wanted}
    claims = [not_staged(work.context, decided) for decided in work.bookable.values()]
    for found in plan_orders(work.context, work.report, claims):
        order = names[found.claimed.woo_order_id]
        answer = Replayed(order, "would be booked")
        if isinstance(found, Unprepared):
            answer = Replayed(order, "refused", problem=decisive(found.problems))
        work.answers[order.order_id] = answer


def _status(connection: Connection, store_id: str, order_id: int) -> str:
    row = staging_row(connection, store_id, order_id)
    return row["STATUS"] if row else ""
