"""The end of a fulfilment run: orders that the shop lets go again, and what a plan shows of it all.

Belongs here: which refused completions are told again, and the messages of a plan. Does not:
judging orders (fulfilment.py), nor sending (outbox.py).

An order that the shop had stopped when its goods went out is asked for again by every run, a
hundred in one request that answers only with those that go on; nothing else of it is kept than
its refused message and its open letter.
"""

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.outbox import (
    Message,
    read_due,
    read_stopped,
    read_waiting_orders,
    resume,
)
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.outbox_plan import plan_messages
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.fulfilment_outcome import RESUMING
from woocp_pipelines.rules.fulfilment_problems import stopped_unread
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE
from woocp_pipelines.woocommerce.orders import read_orders_by_id

_log = logging.getLogger(__name__)


def resume_stopped(context: FlowContext, report: FlowReport) -> None:
    """Let completions be told again whose orders the shop has let go, or completed by hand.

    A store that does not answer is a problem of the run and no end of it: what was noted is kept,
    and the outbox tries for itself.
    """
    with reading(context.engine) as connection:
        stopped = read_stopped(connection, context.store_id)
    try:
        resumed = _going_on(context, stopped)
    except StoreError as error:
        _log.warning("orders that the shop had stopped could not be read: %s", error)
        report.refuse("run", "orders", stopped_unread(str(error), len(stopped)))
        return
    if resumed:
        in_transaction(context.engine, partial(resume, messages=resumed, now=context.now()))


def plan_sending(context: FlowContext, report: FlowReport, news: Iterable[Message]) -> None:
    """Show what this run's news would change, with what the outbox holds and would send as well.

    Raises:
        StoreError: the orders could not be read.
    """
    with reading(context.engine) as connection:
        due = read_due(connection, context.store_id, context.now())
        stopped = read_stopped(connection, context.store_id)
        waiting = read_waiting_orders(connection, context.store_id, context.now())
    resumed = _going_on(context, stopped)
    stored = sorted([*due, *resumed], key=lambda message: message.outbox_id)
    messages = [*stored, *(each for each in news if each.woo_order_id not in waiting)]
    noted = {message.outbox_id for message in resumed}
    told = plan_messages(context, report, messages, noted=noted)
    report.facts["messages_to_send"] = told


def _going_on(context: FlowContext, stopped: Sequence[Message]) -> list[Message]:
    """Those of these messages whose order has a status that takes them."""
    order_ids = sorted({message.woo_order_id for message in stopped})
    going_on: set[int] = set()
    for part in chunks(order_ids, LARGEST_PAGE):
        listed = read_orders_by_id(context.store, part, statuses=RESUMING, fields=("status",))
        going_on |= {order["id"] for order in listed}
    return [message for message in stopped if message.woo_order_id in going_on]
