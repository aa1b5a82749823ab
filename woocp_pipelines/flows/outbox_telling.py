"""One message of the outbox, told: note, then meta, then the order's status where it may follow.

Belongs here: requests to the store for one message, and what they showed. Only an order that is
`processing` is completed (CP §3.6): whatever else the shop made of it stands, and people are told.
Does not: keeping what came of it (outbox.py). Everything here may be repeated: a note is looked
for before it is written, meta and status are absolute values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from woocp_pipelines.counterpoint.outbox import BOOKED, Message
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.fulfilment_problems import (
    COMPLETED,
    GIVEN_UP,
    PROCESSING,
    closed_short,
    document_cancelled,
    not_processing,
)
from woocp_pipelines.rules.order_completion import before_completion
from woocp_pipelines.rules.order_content import OrderState, group_of_booked
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.woocommerce.errors import Call, NotFound
from woocp_pipelines.woocommerce.order_notes import ensure_private_note
from woocp_pipelines.woocommerce.orders import complete_order, read_order, write_order_meta

_CLOSINGS: Final = {"CANCELLED": document_cancelled, "CLOSED_SHORT": closed_short}
# Of these nothing is new about whether the order goes well.
_NO_STANDING: Final = (BOOKED, "TRACKING")


@dataclass(frozen=True, slots=True)
class Told:
    """What telling a message showed.

    `problem` is for people; `done` is False where the status was not set. `standing`: whether the
    message says how the order stands, so that earlier problems are over. `paid`: hashes of the
    order before and after its completion, where that alone made it paid.
    """

    problem: Problem | None = None
    done: bool = True
    standing: bool = True
    paid: tuple[str, str] | None = None


def tell(context: FlowContext, message: Message) -> Told:
    """Tell one message.

    Raises:
        StoreError: the store did not take it, or not all of it; it may be told again.
    """
    ensure_private_note(context.store, message.woo_order_id, message.note)
    if message.completes:
        return _complete(context, message)
    if message.meta:
        write_order_meta(context.store, message.woo_order_id, message.meta)
    closing = _CLOSINGS.get(message.kind)
    if closing is None:
        return Told(standing=message.kind not in _NO_STANDING)
    status = str(_read(context, message)["status"])
    if status in GIVEN_UP:
        return Told()
    return Told(closing(message.number, message.document, status))


def _complete(context: FlowContext, message: Message) -> Told:
    order = _read(context, message)
    status = str(order["status"])
    if status == PROCESSING:
        order = complete_order(context.store, message.woo_order_id, message.meta)
    elif message.meta:
        write_order_meta(context.store, message.woo_order_id, message.meta)
    if status not in {PROCESSING, COMPLETED}:
        return Told(not_processing(message.number, status), done=False)
    return Told(paid=_paid_by_completing(context, order))


def _paid_by_completing(context: FlowContext, order: Mapping[str, Any]) -> tuple[str, str] | None:
    before = before_completion(order)
    if before is None:
        return None
    group = group_of_booked(COMPLETED, context.settings.orders)
    return OrderState(before, group).digest, OrderState(order, group).digest


def _read(context: FlowContext, message: Message) -> Mapping[str, Any]:
    order = read_order(context.store, message.woo_order_id)
    if order is None:
        raise NotFound(Call("GET", f"orders/{message.woo_order_id}"), "the order is gone.")
    return order
