"""Orders read again by id, one by one or in lists, and those that the store has no more.

Belongs here: what every reading by id shares, and what a deleted order means for its staging row.
Does not: which orders are read again (orders.py, order_sweeps.py). A deleted order leaves no trace
in the store (WC §1.8): only asking for it shows that it is gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import read_keys
from woocp_pipelines.counterpoint.order_watch import (
    cancel_unbooked,
    is_end_known,
    read_booked_and_gone,
    read_staged,
)
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import store_page
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.order_content import decode_order
from woocp_pipelines.rules.problems import Problem, ProblemKind
from woocp_pipelines.rules.replaying import GONE, not_shown
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.orders import read_order

# So many failures one after the other are no longer about single orders.
_FAILURES_IN_A_ROW: Final = 3
_UNBOOKED: Final = ("PENDING", "HELD", "REFUSED", "REREAD")
_Outcome = Literal["nothing", "busy", "cancel", "revise"]


def read_singly(
    context: FlowContext,
    report: FlowReport,
    order_ids: Iterable[int],
    note: Callable[[int, StoreError], None],
) -> list[int]:
    """Read orders one by one and store each; gives those that the store has no more.

    Raises:
        StoreError: three in a row were not shown; single ones go to `note`.
    """
    gone: list[int] = []
    failures = 0
    for order_id in order_ids:
        try:
            raw = read_order(context.store, order_id)
        except StoreError as error:
            failures += 1
            if failures >= _FAILURES_IN_A_ROW:
                raise
            note(order_id, error)
            continue
        failures = 0
        if raw is None:
            gone.append(order_id)
        else:
            store_page(context, report, [raw])
    return gone


def refuse_not_shown(
    context: FlowContext, report: FlowReport, order_id: int, error: StoreError
) -> None:
    """An order whose row waits for this reading was not shown: a dead letter until it is."""
    problem = not_shown(order_id, error)
    report.refuse("order", str(order_id), problem)
    if report.mode == "apply":
        record = Record(context.store_id, "orders", "order", str(order_id), order_id)
        in_transaction(
            context.engine,
            lambda connection: report_problems(connection, record, [problem], context.now()),
        )


def cancel_gone(context: FlowContext, report: FlowReport, order_ids: Sequence[int]) -> None:
    """Orders that the store has no more: unbooked ones are cancelled, people hear of all.

    Told once: the letter stays open until the order comes back or a person settles it.
    """
    for order_id in order_ids:
        if report.mode == "plan":
            with reading(context.engine) as connection:
                outcome, row = _look(context, connection, order_id)
        else:
            work = partial(_write_gone, context, order_id)
            outcome, row = in_transaction(context.engine, work)
        _count(report, order_id, outcome, row)


def close_returned(context: FlowContext, shown: Set[int]) -> None:
    """Booked orders that were gone and are there again; unbooked ones replace their row."""
    in_transaction(context.engine, partial(_close_returned, context, shown))


def _close_returned(context: FlowContext, shown: Set[int], connection: Connection) -> None:
    for order_id in sorted(read_booked_and_gone(connection, context.store_id) & shown):
        record = _record(context, "revision", order_id, {})
        report_problems(connection, record, [], context.now(), codes=(GONE,))


def _look(
    context: FlowContext, connection: Connection, order_id: int
) -> tuple[_Outcome, Mapping[str, Any]]:
    store_id = context.store_id
    row = read_staged(connection, store_id, order_id)
    if row is None or row["STATUS"] == "SKIPPED":
        return "nothing", {}
    if row["STATUS"] == "BOOKED" or read_keys(connection, store_id, [order_id]):
        told = is_end_known(connection, store_id, order_id)
        return ("nothing" if told else "revise"), row
    if row["STATUS"] == "CLAIMED":
        return "busy", row
    return ("cancel" if row["STATUS"] in _UNBOOKED else "nothing"), row


def _write_gone(
    context: FlowContext, order_id: int, connection: Connection
) -> tuple[_Outcome, Mapping[str, Any]]:
    outcome, row = _look(context, connection, order_id)
    now, problem = context.now(), _gone(order_id, row, outcome)
    if outcome == "cancel":
        if not cancel_unbooked(connection, context.store_id, order_id, problem, now):
            return "busy", row
        report_problems(connection, _record(context, "order", order_id, row), [problem], now)
    elif outcome == "revise":
        record = _record(context, "revision", order_id, row)
        report_problems(connection, record, [problem], now, codes=(GONE,))
    return outcome, row


def _record(
    context: FlowContext, kind: ProblemKind, order_id: int, row: Mapping[str, Any]
) -> Record:
    return Record(
        store_id=context.store_id,
        flow="orders",
        kind=kind,
        key=str(order_id),
        woo_order_id=order_id,
        woo_order_number=_number(order_id, row),
        json=row["ORDER_JSON"] if kind == "order" else None,
    )


def _count(report: FlowReport, order_id: int, outcome: _Outcome, row: Mapping[str, Any]) -> None:
    if outcome == "nothing":
        return
    number = _number(order_id, row)
    report.read += 1
    if outcome == "busy":
        report.waiting += 1
        return
    kind: ProblemKind = "order" if outcome == "cancel" else "revision"
    report.refuse(kind, number, _gone(order_id, row, outcome))
    if outcome == "cancel":
        report.changes.append(Change(number, "order gone", row["STATUS"], "CANCELLED"))


def _gone(order_id: int, row: Mapping[str, Any], outcome: _Outcome) -> Problem:
    settle = f"then `woocp settle {_number(order_id, row)} --note …`"
    if outcome == "revise":
        expected = f"the order that was booked as {row['TKT_NO'] or 'its documents'}"
        step = f"find out why it was deleted; correct the documents by hand where needed, {settle}"
    else:
        expected = "the order, staged and not yet booked"
        step = (
            "find out why it was deleted; if money came in or goods go out, enter it in "
            f"Counterpoint by hand, {settle}"
        )
    return Problem(
        code=GONE,
        field="id",
        found=f"order {_number(order_id, row)} is not in the store any more{_was(row)}",
        expected=expected,
        next_step=step,
    )


def _was(row: Mapping[str, Any]) -> str:
    """What the order was when it was last read; rows of the old scripts know less."""
    parts = []
    if row.get("ORD_STATUS"):
        parts.append(str(row["ORD_STATUS"]))
    if row.get("TOT_AMT") is not None:
        parts.append(f"{row['TOT_AMT']:.2f} {row.get('CURRENCY') or ''}".strip())
    if row.get("ORDER_JSON"):
        parts.append(_payment(row))
    return f"; it was {', '.join(parts)}" if parts else ""


def _payment(row: Mapping[str, Any]) -> str:
    if paid := row["ORD_PAID_GMT"]:
        return f"paid {paid.isoformat()}"
    # A date that nobody can read is one all the same.
    dated = decode_order(row["ORDER_JSON"]).get("date_paid_gmt")
    return "payment unknown" if dated else "not paid"


def _number(order_id: int, row: Mapping[str, Any]) -> str:
    return str(row.get("WOO_ORDER_NO") or order_id)
