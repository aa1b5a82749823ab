"""Creating, changing and trashing orders (WC §1.4, §2, §3.7).

Belongs here: one order's change from beginning to end. Does not: routes and lists (`orders.py`).
"""

from secrets import token_urlsafe
from typing import Final

from woocp_pipelines.sandbox.store import complete
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.meta import update_meta
from woocp_pipelines.sandbox.store.order_lines import apply_lines, refuse_coupons
from woocp_pipelines.sandbox.store.order_status import change_status, known_status
from woocp_pipelines.sandbox.store.site import on_posts
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.taxes import apply_rates
from woocp_pipelines.sandbox.store.text import php_bool, php_int
from woocp_pipelines.sandbox.store.times import stamp
from woocp_pipelines.sandbox.store.totals import recalculate

# What a request may set. Dates, totals and unknown names are silently ignored (WC §2).
_PLAIN: Final = ("customer_note", "payment_method", "payment_method_title", "transaction_id")
_TRASH_KEYS: Final = ("_wp_trash_meta_status", "_wp_trash_meta_time")


def create_order(state: StoreState, sent: Json) -> Json:
    """A new order: priced from the products, taking stock when its status does."""
    customer_id = _customer_id(state, sent, 0)
    refuse_coupons(state, sent, lambda: _blank(state, "checkout-draft")["id"])
    order = _blank(state, "pending")
    order["customer_id"] = customer_id
    _apply_plain(state, order, sent)
    apply_lines(state, order, sent)
    apply_rates(state, order)
    recalculate(order)
    wanted = known_status(state, str(sent.get("status") or "pending"))
    if php_bool(sent.get("set_paid")) and wanted in {"pending", "failed", "on-hold"}:
        wanted = "processing"
    change_status(state, order, wanted)
    return _saved(state, order)


def update_order(state: StoreState, order: Json, sent: Json) -> Json:
    """Change an order.

    On order tables every PUT bumps its date, an empty one too; on posts a new status alone does,
    so that a changed line or address shows in no list of what changed (WC §1.4).
    """
    before = order["status"]
    order["customer_id"] = _customer_id(state, sent, order["customer_id"])
    if sent.get("coupon_lines"):
        refuse_coupons(state, sent, lambda: order["id"])
    _apply_plain(state, order, sent)
    if apply_lines(state, order, sent):
        recalculate(order)
    if sent.get("status"):
        change_status(state, order, known_status(state, str(sent["status"])))
    if php_bool(sent.get("set_paid")) and order["date_paid"] is None:
        change_status(state, order, "processing")
    return _saved(state, order, bumps=not on_posts(state) or order["status"] != before)


def trash_order(state: StoreState, order: Json) -> Json:
    """Move an order to the trash; its stock stays taken (WC §3.7). The answer shows it before."""
    trashed = {**order, "meta_data": list(order["meta_data"]), "status": "trash"}
    marks = (f"wc-{order['status']}", str(int(state.now().timestamp())))
    for key, value in zip(_TRASH_KEYS, marks, strict=True):
        update_meta(state, trashed["meta_data"], [{"key": key, "value": value}])
    _saved(state, trashed)
    return order


def delete_order(state: StoreState, order: Json) -> Json:
    """Remove an order with its notes and refunds; polling never sees it again (WC §1.8)."""
    with state.unit():
        for note in state.rows("note"):
            if note["_order_id"] == order["id"]:
                state.remove("note", note["id"])
        for entry in order["refunds"]:
            state.remove("refund", entry["id"])
        state.remove("order", order["id"])
    return order


def _blank(state: StoreState, status: str) -> Json:
    key = f"wc_order_{token_urlsafe(10)[:13]}"
    return state.add_order({"status": status, "order_key": key, "_stock_reduced": False})


def _apply_plain(state: StoreState, order: Json, sent: Json) -> None:
    for name in _PLAIN:
        if sent.get(name) is not None:
            order[name] = str(sent[name])
    for name in ("billing", "shipping"):
        change = sent.get(name)
        if isinstance(change, dict):
            known = {key: str(value) for key, value in change.items() if key in order[name]}
            order[name] = {**order[name], **known}
    update_meta(state, order["meta_data"], sent.get("meta_data"))


def _customer_id(state: StoreState, sent: Json, current: int) -> int:
    if sent.get("customer_id") is None:
        return current
    # A text reads as 0 only where it is one: "abc" is refused also in a batch, unchecked.
    key = php_int(sent["customer_id"])
    known = state.peek("customer", key) is not None or str(sent["customer_id"]) in {"0", ""}
    if not known:
        message = "Customer ID is invalid."
        raise RestError(400, "woocommerce_rest_invalid_customer_id", message)
    return key


def _saved(state: StoreState, order: Json, *, bumps: bool = True) -> Json:
    complete.number_meta(state, order)
    if bumps:
        stamp(order, "date_modified", state.now(), state.zone)
    state.save("order", order)
    return order
