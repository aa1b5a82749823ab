"""Booked orders of a page: as accepted, changed as people know already, or changed anew.

Belongs here: reading what they are compared with, for the whole page at once. Does not: the
judgement (rules/order_revisions.py), nor writing the dead letters (order_pages.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.order_revisions import (
    read_accepted,
    read_ids,
    read_open_revisions,
)
from woocp_pipelines.counterpoint.staged_lines import read_held
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_reading import Decided
from woocp_pipelines.rules.order_content import OrderState, decode_order, group_of_booked
from woocp_pipelines.rules.order_revisions import Accepted, OpenRevision, Revision, review
from woocp_pipelines.rules.order_staging import Decision, Known
from woocp_pipelines.settings import Settings


def review_booked(
    context: FlowContext,
    connection: Connection,
    decided: Sequence[Decided],
    known: Mapping[int, Known],
) -> list[Decided]:
    """Settle what the hash alone cannot: is it a change, what changed, is it news.

    At most six statements a page, none for a page without booked orders.
    """
    booked = [order_id for order_id, row in known.items() if row.booked_hash is not None]
    if not booked:
        return list(decided)
    open_now = read_open_revisions(connection, context.store_id, booked)
    changed = [each.item.raw["id"] for each in decided if each.decision.action == "revise"]
    kept = read_accepted(connection, context.store_id, changed) if changed else {}
    bare = [order_id for order_id in changed if not kept.get(order_id)]
    ids = read_ids(connection, context.store_id, bare) if bare else {}
    accepted = {
        order_id: Accepted(
            state_of(context.settings, kept.get(order_id)),
            known[order_id].document,
            known[order_id].booked_hash,
            ids.get(order_id, {}),
        )
        for order_id in changed
    }
    told = _read_told(context, connection, open_now, changed)
    return [replace(each, decision=_review(context, each, accepted, told)) for each in decided]


def state_of(settings: Settings, order_json: str | None) -> OrderState | None:
    """A kept order with the group it has as a booked one; None where it is not kept."""
    if not order_json:
        return None
    raw = decode_order(order_json)
    return OrderState(raw, group_of_booked(str(raw.get("status")), settings.orders))


def _read_told(
    context: FlowContext,
    connection: Connection,
    open_now: Mapping[int, tuple[str, str | None]],
    changed: Collection[int],
) -> dict[int, OpenRevision]:
    """The open revisions of a page, those of orders that changed again with what they hold."""
    again = open_now.keys() & set(changed)
    held = read_held(connection, context.store_id, again, is_added=True) if again else {}
    return {
        order_id: OpenRevision(
            code,
            # Of an order that is as it was, nobody asks.
            state_of(context.settings, kept) if order_id in again else None,
            held.get(order_id, {}),
        )
        for order_id, (code, kept) in open_now.items()
    }


def _review(
    context: FlowContext,
    each: Decided,
    accepted: Mapping[int, Accepted],
    open_now: Mapping[int, OpenRevision],
) -> Decision:
    raw, decision = each.item.raw, each.decision
    told = open_now.get(raw["id"])
    if decision.action != "revise":
        over = told and decision.action == "unchanged"
        return Decision("restored") if over else decision
    group = group_of_booked(str(raw.get("status")), context.settings.orders)
    found = review(
        OrderState(raw, group),
        str(raw.get("number") or raw["id"]),
        accepted[raw["id"]],
        told,
    )
    if isinstance(found, Revision):
        return replace(decision, revision=found)
    return Decision("restored" if found == "same" and told else "unchanged")
