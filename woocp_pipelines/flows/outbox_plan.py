"""What telling messages would change in the store: shown, nothing written.

Belongs here: the orders' present status and meta data, read a hundred at a time, and the
differences. Does not: the decision, which apply runs share (rules/fulfilment_outcome.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from woocp_pipelines.counterpoint.outbox import Message
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.fulfilment_outcome import Outcome, outcome_of, shown_meta
from woocp_pipelines.rules.fulfilment_problems import COMPLETED, not_told
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE
from woocp_pipelines.woocommerce.orders import read_order, read_orders_by_id

Order = Mapping[str, Any]
_FIELDS: Final = ("status", "meta_data")


def plan_messages(
    context: FlowContext,
    report: FlowReport,
    messages: Sequence[Message],
    *,
    noted: Collection[int] = (),
) -> int:
    """Put what these messages would change, and whom they would refuse, in the report.

    A note of a message that failed before is shown, although it may stand there already.

    Args:
        context: both systems.
        report: of the plan.
        messages: in the order in which they would be told.
        noted: ids of messages whose note stands in the store.

    Returns:
        How many would be told.

    Raises:
        StoreError: the orders could not be read.
    """
    orders = _read_orders(context, {message.woo_order_id for message in messages})
    told = completed = 0
    for message in messages:
        order = orders.get(message.woo_order_id)
        if order is None:
            problem = not_told(f"order {message.woo_order_id} is not in the store", gone=True)
            report.refuse("outbox", str(message.woo_order_id), problem)
            continue
        if message.outbox_id not in noted:
            report.changes.append(Change(message.number, message.kind, "", message.note))
        outcome = outcome_of(message, order)
        report.changes += _differences(message, order, outcome)
        if outcome.problem:
            report.refuse("revision", message.number, outcome.problem)
        told += outcome.is_told
        completed += outcome.completes
        orders[message.woo_order_id] = _after(order, outcome)
    report.facts["orders_completed"] = completed
    return told


def _read_orders(context: FlowContext, order_ids: Iterable[int]) -> dict[int, Order]:
    """Orders by id; trashed ones singly, since no list by id shows them (WC §1.9)."""
    found: dict[int, Order] = {}
    for part in chunks(sorted(order_ids), LARGEST_PAGE):
        listed = read_orders_by_id(context.store, part, fields=_FIELDS)
        found |= {order["id"]: order for order in listed}
        for order_id in part:
            single = None if order_id in found else read_order(context.store, order_id)
            if single is not None:
                found[order_id] = single
    return found


def _differences(message: Message, order: Order, outcome: Outcome) -> Iterable[Change]:
    if outcome.completes:
        yield Change(message.number, "status", str(order["status"]), COMPLETED)
    shown = shown_meta(order)
    for key, value in outcome.meta.items():
        if shown.get(key) != value:
            yield Change(message.number, key, shown.get(key, ""), value)


def _after(order: Order, outcome: Outcome) -> Order:
    """The order as the next message about it would find it."""
    status = COMPLETED if outcome.completes else order["status"]
    meta = {**shown_meta(order), **outcome.meta}
    entries = [{"key": key, "value": value} for key, value in meta.items()]
    return {**order, "status": status, "meta_data": entries}
