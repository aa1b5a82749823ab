"""Inventory sync: the shop shows what can be promised, and never more (CP §3.4, design §4).

Belongs here: the order of the steps. Rules: rules/stock_policy.py; the store's side:
inventory_mirror.py, inventory_sending.py; Counterpoint's: inventory_figures.py; the breaker:
inventory_breaker.py; what people are told: inventory_report.py, inventory_letters.py.

A round pulls orders, reads the store's changes, reads Counterpoint once, and writes differences.
A round that wrote is followed by another: orders that came in while quantities were sent are
pulled, what the shop shows now is read back (our own writes are equal and so need nothing), and
what is wrong again is corrected in the same run. So is a round that found the shop moved: an order
that came after the pull and before the reading is in the shop's numbers only, and may make a wrong
one look right.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import uuid4

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.product_map import read_open_products
from woocp_pipelines.counterpoint.settled_letters import SettledLetters, read_settled
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.inventory_breaker import (
    check,
    forecast,
    forget_if_solved,
    latest_blocked,
    read_approval,
)
from woocp_pipelines.flows.inventory_figures import policy_of, read_figures
from woocp_pipelines.flows.inventory_letters import (
    Finding,
    calls_for_people,
    refused_write,
    save_refusals,
    save_unknown,
    unsettled,
)
from woocp_pipelines.flows.inventory_mirror import refresh_mirror
from woocp_pipelines.flows.inventory_orders import Pulled, pull_before_stock
from woocp_pipelines.flows.inventory_report import (
    report_comparison,
    report_figures,
    report_mirror,
    report_unknown,
    report_written,
    shown,
)
from woocp_pipelines.flows.inventory_sending import (
    failure_of_all,
    is_overtaken,
    is_taken,
    send_changes,
)
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.product_mapping import MAP_CODES, MapUpdate
from woocp_pipelines.rules.stock_breaker import Extent, measure
from woocp_pipelines.rules.stock_policy import Comparison, StockChange, compare_stock
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.stock import FATAL, StockWriteResult

OrderPull = Callable[..., FlowReport]

_log = logging.getLogger(__name__)
# The first round and two corrections; what is still wrong then is the next run's.
_ROUNDS: Final = 3
_WAIT_FOR_ORDERS_SECONDS: Final = 120
# A person who approves waits for the run that is at work instead of being sent away.
_WAIT_FOR_RUN_SECONDS: Final = 300


@dataclass(slots=True)
class _Run:
    """What is known across the rounds of one run."""

    run_id: str
    approved: Extent | None
    pull: OrderPull
    written: set[int] = field(default_factory=set)
    failed: dict[int, tuple[StoreProduct, StockWriteResult]] = field(default_factory=dict)
    last: Comparison = field(default_factory=Comparison)
    pulled: Pulled = field(default_factory=partial(Pulled, None))
    failure: StoreError | None = None

    @property
    def store_works(self) -> bool:
        """Whether what failed is about the products: else it waits for a store that is up."""
        given_up = any(result.was_given_up for _, result in self.failed.values())
        return self.failure is None and not given_up

    def open_changes(self) -> list[StockChange]:
        """Changes to send now; what the store refused already waits for the next run."""
        return [
            change
            for change in self.last.changes
            if (failure := self.failed.get(change.product.product_id)) is None
            or is_overtaken(failure[1])
        ]


def sync_inventory(
    context: FlowContext,
    *,
    mode: Mode | None = None,
    approve: str | None = None,
    full: bool = False,
    pull: OrderPull = pull_orders,
) -> FlowReport:
    """Write to the store what Counterpoint can promise of each web product.

    Args:
        context: both systems.
        mode: plan writes nothing anywhere and lists each change with its arithmetic.
        approve: id of a run that the circuit breaker blocked.
        full: read the whole store, not only what changed; also finds deleted products.
        pull: the order sync. When it fails or is not applied, stock is only lowered.

    Raises:
        BreakerTripped: too much would change; nothing was written.
        UnknownApprovalError: `approve` names no blocked run.
        UnknownLocationError: `[inventory] locations` names one that does not exist.
        NoStockReadError, EmptyStoreError, StoreError, DBAPIError: a side could not be read, or no
            quantity could be written; nothing wrong was written.
    """
    if (mode or context.settings.mode_of("inventory")) == "plan":
        return run_flow(context, "inventory", partial(_plan, full=full, pull=pull), mode=mode)
    body = partial(_apply, approve=approve, full=full, pull=pull)
    wait = _WAIT_FOR_RUN_SECONDS if approve else 0
    return run_flow(context, "inventory", body, mode=mode, wait_seconds=wait)


def _plan(context: FlowContext, report: FlowReport, *, full: bool, pull: OrderPull) -> None:
    with reading(context.engine) as connection:
        upgraded = table_exists(connection, "USER_ORDER_STAGING_LIN")
    pulled = pull_before_stock(context, report, partial(pull, mode="plan"))
    if pulled.may_raise and pulled.report and pulled.report.written:
        report.facts["orders_not_staged"] = (
            f"{pulled.report.written} orders would be staged first; their lines are not subtracted "
            "here"
        )
    mirror = refresh_mirror(context, full=full, apply=False, upgraded=upgraded)
    report_mirror(report, mirror)
    found = _compare(context, report, mirror, may_raise=pulled.may_raise, upgraded=upgraded)
    report_comparison(report, found, pulled.why_held)
    pulled.tell(report, len(found.held_back))
    open_now, settled = _read_letters(context) if upgraded else ({}, SettledLetters())
    report_unknown(report, found, {} if full else open_now, settled)
    report.updated = len(found.changes)
    report.unchanged = len(found.equal)
    report.changes = [shown(change) for change in found.changes]
    if breaker := forecast(context, measure(found)):
        report.facts["circuit_breaker"] = breaker
    if upgraded:
        _report_waiting(context, report)


def _apply(
    context: FlowContext, report: FlowReport, *, approve: str | None, full: bool, pull: OrderPull
) -> None:
    approved = read_approval(context, approve) if approve else None
    run = _Run(context.run_id or uuid4().hex, approved, pull)
    for number in range(_ROUNDS):
        try:
            settled = _round(context, report, run, full=full and number == 0)
        except StoreError as error:
            if number == 0:
                raise
            # What earlier rounds found is told all the same.
            run.failure = error
            break
        report.facts["compare_and_send_rounds"] = number + 1
        if settled:
            break
    _finish(context, report, run, full=full)
    if run.failure:
        raise run.failure


def _round(context: FlowContext, report: FlowReport, run: _Run, *, full: bool) -> bool:
    """One round; True when another would find nothing more to do."""
    pull = partial(run.pull, wait_seconds=_WAIT_FOR_ORDERS_SECONDS)
    run.pulled = pull_before_stock(context, report, pull)
    may_raise = run.pulled.may_raise
    mirror = refresh_mirror(context, full=full, apply=True)
    report_mirror(report, mirror)
    run.last = _compare(context, report, mirror, may_raise=may_raise)
    changes = run.open_changes()
    if not changes:
        return not (may_raise and mirror.changed)
    check(context, run.run_id, measure(run.last), run.approved, written=len(run.written))
    return not _send(context, report, run, changes)


def _compare(
    context: FlowContext,
    report: FlowReport,
    mirror: MapUpdate,
    *,
    may_raise: bool,
    upgraded: bool = True,
) -> Comparison:
    figures = read_figures(context, mirror.entries, upgraded=upgraded)
    policy = policy_of(context.settings.inventory)
    report_figures(report, figures, mirror.entries.values(), policy)
    return compare_stock(mirror.entries.values(), figures, policy, may_raise=may_raise)


def _send(context: FlowContext, report: FlowReport, run: _Run, changes: list[StockChange]) -> bool:
    """Send the changes of a round; True when the store took one."""
    results = send_changes(context, changes)
    for change, result in zip(changes, results, strict=True):
        product_id = change.product.product_id
        run.failed.pop(product_id, None)
        if result.ok:
            run.written.add(product_id)
            report_written(report, change)
        else:
            run.failed[product_id] = (change.product, result)
    run.failure = failure_of_all(context, results)
    return any(map(is_taken, results))


def _finish(context: FlowContext, report: FlowReport, run: _Run, *, full: bool) -> None:
    """Counts, and the dead letters of what the store did not take and of what is not known."""
    open_now, settled = _read_letters(context)
    report_unknown(report, run.last, {} if full else open_now, settled)
    open_ids = {change.product.product_id for change in run.last.changes}
    failed = [run.failed[key] for key in sorted(open_ids & run.failed.keys())]
    lasting = [
        (product, [refused_write(result)])
        for product, result in failed
        if calls_for_people(result, store_works=run.store_works)
        and not (run.failure and isinstance(result.error, FATAL))
    ]
    told = unsettled(lasting, settled)
    for product, problems in told:
        for problem in problems:
            report.refuse("product", product.sku, problem)
    unknown = unsettled(((product, [problem]) for product, problem in run.last.unknown), settled)
    waiting = set().union(*open_now.values()) - MAP_CODES
    if lasting or waiting or run.last.unknown:
        left = [each.product for each in run.last.left_alone.values()]
        solved: list[Finding] = [(product, []) for product in (*run.last.equal, *left)]
        with writing(context.engine) as connection:
            save_refusals(context, connection, [*told, *solved])
            save_unknown(context, connection, unknown)
    forget_if_solved(context, measure(run.last), held_back=len(run.last.held_back))
    report_comparison(report, run.last, run.pulled.why_held)
    run.pulled.tell(report, len(run.last.held_back))
    _report_waiting(context, report)
    report.updated = len(run.written)
    report.waiting += len(failed) - len(lasting)
    report.unchanged = len({product.product_id for product in run.last.equal} - run.written)


def _read_letters(context: FlowContext) -> tuple[dict[str, set[str]], SettledLetters]:
    """Codes of the products' open letters, by record key, and what people settled by hand."""
    store_id = context.store_id
    with reading(context.engine) as connection:
        opened = read_open_products(connection, store_id)
        return opened, read_settled(connection, store_id, "product")


def _report_waiting(context: FlowContext, report: FlowReport) -> None:
    """What waits for people from earlier runs: only news is among the refused of this one."""
    with reading(context.engine) as connection:
        waiting = len(read_open_products(connection, context.store_id))
    if waiting:
        report.facts["products_with_dead_letter"] = waiting
    blocked = latest_blocked(context)
    if blocked:
        report.facts["run_waiting_for_approval"] = (
            f"{blocked} waits for --approve or approve_stock_change"
        )
