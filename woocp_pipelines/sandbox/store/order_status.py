"""What a change of an order's status brings with it: dates, stock, notes, refunds (WC §3.7).

Belongs here: the transition. Does not: which statuses a request may send (`arguments.py`).
"""

from woocp_pipelines.sandbox.store.arguments import ORDER_STATUSES
from woocp_pipelines.sandbox.store.complete import STOCK_TAKING_STATUSES
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.notes import write_note
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.stock import reduce_stock, restore_stock
from woocp_pipelines.sandbox.store.times import stamp
from woocp_pipelines.sandbox.store.totals import add_up, amount, money_text

STATUS_NAMES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
_PAID = frozenset({"processing", "completed"})
_GIVING_BACK = frozenset({"cancelled", "pending"})


def status_names(state: StoreState) -> dict[str, str]:
    """Slugs and names of all statuses, those of active plugins included (WC §1.8)."""
    return {**STATUS_NAMES, **state.setting("plugin_statuses", {})}


def known_status(state: StoreState, text: str) -> str:
    """The status a text means: the `wc-` prefix falls, an unknown one is pending (WC §3.2)."""
    bare = text.removeprefix("wc-")
    return bare if bare in {*ORDER_STATUSES, *status_names(state), "trash"} else "pending"


def change_status(state: StoreState, order: Json, new: str) -> None:
    """Move an order to another status, with everything that follows; the caller saves it."""
    old = order["status"]
    if new == old:
        return
    order["status"] = new
    _stamp_dates(state, order)
    if old != "trash":
        write_note(state, order["id"], _change_text(status_names(state), old, new))
    if new in STOCK_TAKING_STATUSES and not order["_stock_reduced"]:
        reduce_stock(state, order)
    elif new in _GIVING_BACK and order["_stock_reduced"]:
        restore_stock(state, order)
    if new == "refunded":
        _refund_the_rest(state, order)


def _change_text(names: dict[str, str], old: str, new: str) -> str:
    return f"Order status changed from {names.get(old, old)} to {names.get(new, new)}."


def _stamp_dates(state: StoreState, order: Json) -> None:
    if order["status"] in _PAID and order["date_paid"] is None:
        stamp(order, "date_paid", state.now(), state.zone)
    if order["status"] == "completed" and order["date_completed"] is None:
        stamp(order, "date_completed", state.now(), state.zone)


def _refund_the_rest(state: StoreState, order: Json) -> None:
    # Setting the status makes a full refund by itself, without lines (WC §2).
    rest = amount(order["total"]) + add_up(order["refunds"], "total")
    if rest <= 0:
        return
    reason = "Order fully refunded."
    # Added to the stored order, which is older than the copy in hand: carry the entry over.
    refund = state.add_refund(order["id"], {"amount": money_text(rest), "reason": reason})
    order["refunds"].append({"id": refund["id"], "reason": reason, "total": f"-{refund['amount']}"})
