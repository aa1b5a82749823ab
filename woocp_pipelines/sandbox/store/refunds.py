"""/orders/{id}/refunds and /refunds (WC §2).

Belongs here: reading, creating and deleting refunds. A refund is created without a payment
gateway: the sandbox has none that refunds by itself, so api_refund must be sent as false.
"""

from decimal import Decimal
from typing import Any

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.complete import line_meta_row
from woocp_pipelines.sandbox.store.errors import Json, RestError, no_route, trash_not_supported
from woocp_pipelines.sandbox.store.links import links, shown
from woocp_pipelines.sandbox.store.listing import filter_posts, one_page, sort_posts
from woocp_pipelines.sandbox.store.notes import write_note
from woocp_pipelines.sandbox.store.order_views import line_view
from woocp_pipelines.sandbox.store.orders import SORT_COLUMNS
from woocp_pipelines.sandbox.store.stock import (
    REDUCED,
    move_stock,
    reduced_quantity,
    set_line_meta,
)
from woocp_pipelines.sandbox.store.text import php_int
from woocp_pipelines.sandbox.store.times import stamp
from woocp_pipelines.sandbox.store.totals import add_up, amount, money_text, unit_price


def list_refunds(call: Call) -> Reply:
    """GET /orders/{id}/refunds."""
    order_id = _order(call)["id"]
    rows = [row for row in call.state.rows("refund") if row["parent_id"] == order_id]
    return _page(call, rows, with_parent=False)


def list_all_refunds(call: Call) -> Reply:
    """GET /refunds: those of all orders, with `parent_id`; older stores have no such route."""
    if not call.state.setting("lists_refunds", default=True):
        raise no_route()
    return _page(call, call.state.rows("refund"), with_parent=True)


def get_refund(call: Call) -> Reply:
    """GET /orders/{id}/refunds/{refund}."""
    return Reply(_view(call, _found(call)))


def post_refund(call: Call) -> Reply:
    """POST /orders/{id}/refunds; what cannot be refunded is a 500 with a bare number (WC §2)."""
    order, sent = _order(call), call.params
    lines = [_refunded_line(call, order, row) for row in sent.get("line_items") or []]
    value = amount(sent["amount"]) if sent.get("amount") else _worth(lines)
    left = amount(order["total"]) + add_up(order["refunds"], "total")
    if value < ZERO or value > left:
        raise _refused("Invalid refund amount.")
    if sent["api_refund"]:
        raise _refused("The payment gateway for this order does not support automatic refunds.")
    reason = sent.get("reason") or ""
    kind = "full" if value == left else "partial"
    refund = call.state.add_refund(
        order["id"],
        {
            "amount": money_text(value),
            "reason": reason,
            "line_items": lines,
            "meta_data": [{"key": "_refund_type", "value": kind}],
        },
    )
    _follow_up(call, lines, restock=sent["api_restock"], full=value == left)
    path = f"{call.root}/wp-json/wc/v3/orders/(?P<order_id>[\\d]+)/refunds/{refund['id']}"
    return Reply(_view(call, refund), 201, {"Location": path})


def delete_refund(call: Call) -> Reply:
    """DELETE needs force; the order's date is not bumped (WC §1.4)."""
    refund = _found(call)
    if not call.params["force"]:
        raise trash_not_supported("Order refunds")
    view = _view(call, refund)
    order = _order(call)
    order["refunds"] = [entry for entry in order["refunds"] if entry["id"] != refund["id"]]
    call.state.save("order", order)
    call.state.remove("refund", refund["id"])
    return Reply(view)


def _page(call: Call, rows: list[Json], *, with_parent: bool) -> Reply:
    rows = sort_posts(call, filter_posts(call, rows), SORT_COLUMNS)
    return one_page(call, rows, lambda row: _view(call, row, with_parent=with_parent))


def _order(call: Call) -> Json:
    order = call.state.find("order", call.ids["order"])
    if order is None:
        raise RestError(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
    return order


def _found(call: Call) -> Json:
    refund = call.state.find("refund", call.ids["id"])
    if refund is None or refund["parent_id"] != call.ids["order"]:
        raise RestError(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
    return refund


def _refused(message: str) -> RestError:
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)


def _refunded_line(call: Call, order: Json, row: Json) -> Json:
    key = php_int(row.get("id"))
    line = next((found for found in order["line_items"] if found["id"] == key), None)
    if line is None:
        raise _refused("Invalid refund amount.")
    total = -amount(row.get("refund_total"))
    taxes = [
        {"id": php_int(tax.get("id")), "total": money_text(-amount(tax.get("refund_total")))}
        for tax in row.get("refund_tax") or []
    ]
    copied = {name: line[name] for name in ("name", "product_id", "variation_id", "tax_class")}
    refunded = {
        **defaults.line_item(),
        **copied,
        "quantity": -php_int(row.get("quantity")),
        "total": money_text(total),
        "subtotal": money_text(total),
        "taxes": [{**tax, "subtotal": tax["total"]} for tax in taxes],
        "total_tax": money_text(add_up(taxes, "total")),
        "meta_data": [line_meta_row(call.state, "_refunded_item_id", str(key))],
    }
    del refunded["id"]
    refunded["subtotal_tax"] = refunded["total_tax"]
    refunded["price"] = unit_price(refunded)
    return refunded


def _worth(lines: list[Json]) -> Decimal:
    return -(add_up(lines, "total") + add_up(lines, "total_tax"))


def _follow_up(call: Call, lines: list[Json], *, restock: bool, full: bool) -> None:
    order = _order(call)
    for refunded in lines if restock else []:
        origin = int(refunded["meta_data"][0]["value"])
        line = next(row for row in order["line_items"] if row["id"] == origin)
        _restock(call, order, line, -refunded["quantity"])
    if full and order["status"] != "refunded":
        write_note(
            call.state, order["id"], f"Order status changed to Refunded ({order['status']})."
        )
        order["status"] = "refunded"
    stamp(order, "date_modified", call.state.now(), call.state.zone)
    call.state.save("order", order)


def _restock(call: Call, order: Json, line: Json, quantity: int) -> None:
    taken = reduced_quantity(line)
    back = min(quantity, taken or 0)
    move = move_stock(call.state, line, back) if back else None
    if move is None or taken is None:
        return
    set_line_meta(call.state, line, REDUCED, str(taken - back))
    set_line_meta(call.state, line, "_restock_refunded_items", str(back))
    write_note(call.state, order["id"], f"Item stock increased: {move}")


def _view(call: Call, refund: Json, *, with_parent: bool = False) -> Json:
    order = f"/orders/{refund['parent_id']}"
    path = f"{order}/refunds/{refund['id']}"
    view: dict[str, Any] = shown(refund, links(call.root, path, up=order, allow=("GET", "DELETE")))
    for name in ("date_modified", "date_modified_gmt"):
        view.pop(name)
    if not with_parent:
        view.pop("parent_id")
    view["line_items"] = [line_view(call.state, line) for line in refund["line_items"]]
    return view
