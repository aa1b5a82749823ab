"""Web orders as the inventory sync needs them: pulled just now, else quantities only fall.

Belongs here: the pull before each comparison, and what people are told where it did not happen.
Does not: pulling (orders.py), nor which quantities wait (rules/stock_policy.py).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.woocommerce.errors import StoreError

_log = logging.getLogger(__name__)
# What a problem of the run itself is about, as records have their keys.
ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Pulled:
    """Whether web orders are known as of now, so that quantities may rise; else why not.

    `report` is None where they could not be read at all.
    """

    report: FlowReport | None
    problem: Problem | None = None

    @property
    def may_raise(self) -> bool:
        """False where the shop may have sold what Counterpoint still shows."""
        return self.problem is None

    @property
    def why_held(self) -> str:
        """In a few words, for a table of quantities that wait; '' where none need to."""
        return self.problem.found if self.problem else ""

    def tell(self, report: FlowReport, held: int) -> None:
        """Say it as a problem of the run: orders that could not be read, or raises that wait.

        That orders are only planned, or are being pulled by another run, matters to nobody as long
        as no quantity would rise.
        """
        if self.problem and (held or self.report is None):
            waiting = f"{held} quantities would rise and are held back" if held else ""
            report.refuse("run", ORDERS, replace(self.problem, arithmetic=waiting))


def pull_before_stock(
    context: FlowContext, report: FlowReport, pull: Callable[[FlowContext], FlowReport]
) -> Pulled:
    """Pull orders; a failure is no end: the run goes on, but raises nothing.

    A plan judges by what an apply run would do, which stages orders only where their own mode is
    apply.
    """
    try:
        pulled = pull(context)
    except (StoreError, DBAPIError) as error:
        problem = _failed(error)
        _log.warning("orders could not be pulled, stock is only lowered: %s", problem.found)
        report.facts["orders_read_first"] = f"no: {problem.found}"
        return Pulled(None, problem)
    if pulled.outcome == "skipped":
        report.facts["orders_read_first"] = f"no: {pulled.skip_reason}"
        return Pulled(pulled, _skipped(pulled.skip_reason))
    report.facts["orders_read_first"] = f"yes ({pulled.mode})"
    # Orders that are only planned are staged nowhere, so nobody knows what they take.
    mode = context.settings.mode_of("orders") if report.mode == "plan" else pulled.mode
    return Pulled(pulled, _planned() if mode == "plan" else None)


def _failed(error: StoreError | DBAPIError) -> Problem:
    step = "see what the message of the database says"
    # The message without a statement and its values: those are people's data.
    reason = error.reason if isinstance(error, StoreError) else shown(error)
    if isinstance(error, StoreError):
        step = error.next_step
    return _not_pulled(
        f"web orders could not be read: {reason}",
        f"{step}; once `woocp sync orders` succeeds, the next run of inventory writes the "
        "quantities that wait",
        retryable=True,
    )


def _skipped(reason: str) -> Problem:
    return _not_pulled(
        reason,
        "nothing: the next run tries again; if it stays so, see in `woocp health` what keeps the "
        "run of orders",
        retryable=True,
    )


def _planned() -> Problem:
    return _not_pulled(
        "orders are in plan mode, so that none is staged",
        'look at `woocp sync orders --plan`; when it is right, set [flows.orders] mode = "apply" '
        "in woocp.toml; the next run of inventory then writes the quantities that wait",
    )


def _not_pulled(found: str, next_step: str, *, retryable: bool = False) -> Problem:
    return Problem(
        code="ORDERS_NOT_PULLED",
        field="orders",
        found=found,
        expected="web orders staged just now: what they sold must not be offered again",
        next_step=next_step,
        retryable=retryable,
    )
