"""One message of the outbox, told: note, then meta, then the order's status where it may follow.

Belongs here: requests to the store for one message, and what they showed. Does not: what a message
comes to (rules/fulfilment_outcome.py), nor keeping what came of it (outbox.py). Everything here may
be repeated: a note is looked for before it is written, meta and status are absolute values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from woocp_pipelines.counterpoint.outbox import BOOKED, Message
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.fulfilment_outcome import asks_order, outcome_of
from woocp_pipelines.rules.fulfilment_problems import COMPLETED
from woocp_pipelines.rules.order_completion import before_completion
from woocp_pipelines.rules.order_content import OrderState, group_of_booked
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.woocommerce.errors import Call, NotFound
from woocp_pipelines.woocommerce.order_notes import ensure_private_note
from woocp_pipelines.woocommerce.orders import complete_order, read_order, write_order_meta

# Of these nothing is new about whether the order goes well.
_NO_STANDING: Final = (BOOKED, "TRACKING")


@dataclass(frozen=True, slots=True)
class Told:
    """What telling a message showed.

    `problem` is for people; `done` is False where the status was not set. `standing`: whether the
    message says how the order stands, so that earlier problems are over. `completed`: the order
    is completed by this. `paid`: hashes of the order before and after its completion, where that
    alone made it paid.
    """

    problem: Problem | None = None
    done: bool = True
    standing: bool = True
    completed: bool = False
    paid: tuple[str, str] | None = None


def tell(context: FlowContext, message: Message) -> Told:
    """Tell one message.

    Raises:
        StoreError: the store did not take it, or not all of it; it may be told again.
    """
    order_id = message.woo_order_id
    ensure_private_note(context.store, order_id, message.note)
    order = _read(context, message) if asks_order(message) else {}
    outcome = outcome_of(message, order)
    if outcome.completes:
        order = complete_order(context.store, order_id, outcome.meta)
    elif outcome.meta:
        write_order_meta(context.store, order_id, outcome.meta)
    return Told(
        problem=outcome.problem,
        done=outcome.is_told,
        standing=message.kind not in _NO_STANDING,
        completed=outcome.completes,
        paid=_paid_by_completing(context, order) if message.completes and outcome.is_told else None,
    )


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
