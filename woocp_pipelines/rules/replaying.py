"""Why an order that a person wants tried again or settled cannot be, and what to do about it.

Belongs here: the sentences, and which of them holds. Does not: reading the order
(flows/orders.py), nor what is wrong with its contents (rules/order_checks.py).
"""

from datetime import datetime
from typing import Final

from woocp_pipelines.rules.order_content import StatusGroup
from woocp_pipelines.rules.order_staging import Decision, before_start
from woocp_pipelines.rules.problems import Problem

GONE: Final = "ORDER_GONE"


def obstacle(
    decision: Decision, group: StatusGroup, status: str, created: datetime, first: datetime | None
) -> Problem | None:
    """What keeps an order, just read and decided on, from being booked; None when nothing does.

    Args:
        decision: what was decided about its staging row.
        group: of its status.
        status: as the store has it.
        created: UTC.
        first: the first moment of orders.start_date.
    """
    if decision.action == "busy":
        return busy()
    if group == "held":
        return _held(status)
    if group == "other":
        return _not_bookable(status)
    if decision.action == "ignore":
        return before_start(created, first=first)
    # The order has no key, else it would not have been read again.
    return settled() if decision.status != "PENDING" else None


def gone() -> Problem:
    """The store has no such order any more."""
    return Problem(
        code=GONE,
        field="id",
        found="no such order in the store",
        expected="the order, to read it again",
        next_step="find out why it was deleted; if goods go out, enter it in Counterpoint by hand; "
        "then `woocp settle` it",
    )


def not_shown(order_id: int, error: Exception) -> Problem:
    """The store did not show this order, though it shows others."""
    return Problem(
        code="ORDER_NOT_SHOWN",
        field="id",
        found=f"order {order_id}: {error}",
        expected="the order, to read it again",
        next_step="nothing if the store shows it later: it is read again, also by `woocp replay`; "
        "else see the store's error log",
        retryable=True,
    )


def busy() -> Problem:
    """A run is booking the order at this moment."""
    return Problem(
        code="ORDER_BUSY",
        field="STATUS",
        found="CLAIMED",
        expected="an order that nobody is booking",
        next_step="nothing: another run is booking it; look at `woocp order` in some minutes",
        retryable=True,
    )


def _held(status: str) -> Problem:
    return Problem(
        code="ORDER_HELD",
        field="status",
        found=status,
        expected="a status of orders.statuses",
        next_step="nothing: it is booked once the shop releases it; its goods are kept back; "
        "`woocp settle` ends that where it never will be",
        retryable=True,
    )


def _not_bookable(status: str) -> Problem:
    return Problem(
        code="ORDER_NOT_BOOKABLE",
        field="status",
        found=status,
        expected="a status of orders.statuses",
        next_step="nothing if the shop meant it; else set the order's status in the shop, "
        "then replay",
    )


def settled() -> Problem:
    """A person, or the scripts before woocp, said that it needs no document from here."""
    return Problem(
        code="ORDER_SKIPPED",
        field="STATUS",
        found="SKIPPED",
        expected="a staging row that may be booked",
        next_step="nothing: it was settled by hand (`woocp order` says by whom) or by the scripts "
        "before woocp, and is never booked",
    )


def order_is_meant(letter_id: int, number: str) -> Problem:
    """A letter that says why an order is not booked was to be settled alone."""
    return Problem(
        code="ORDER_IS_MEANT",
        field="letter",
        found=f"letter {letter_id} says why order {number} is not booked",
        expected="the order: without this letter it would still be refused",
        next_step=f"`woocp settle {number} --note …`, so that it is never booked; or correct what "
        f"is wrong, then `woocp replay {number}`",
    )
