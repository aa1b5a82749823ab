"""Lines of an order as requests send them: new ones, changed ones, removed ones.

Belongs here: what a sent line becomes. Does not: sums (`totals.py`), stock (`stock.py`).
"""

from collections.abc import Callable
from typing import Any, Final

from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.complete import current_price, line_product
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.meta import update_meta
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.stock import adjust_line
from woocp_pipelines.sandbox.store.text import php_int
from woocp_pipelines.sandbox.store.totals import amount, money_text, unit_price

# A line with one of these sent as null is removed.
_IDENTITIES: Final = ("product_id", "method_id", "method_title", "name", "code")
_SHAPES: Final[dict[str, Callable[[], Json]]] = {
    "shipping_lines": defaults.shipping_line,
    "fee_lines": defaults.fee_line,
}


def apply_lines(state: StoreState, order: Json, sent: Json) -> bool:
    """Apply the line lists of a request; whether there were any, so that sums must follow."""
    rows = [(name, row) for name in ("line_items", *_SHAPES) for row in sent.get(name) or []]
    for name, row in rows:
        _refuse_foreign(order[name], row)
    for name, row in rows:
        _apply_line(state, order, name, row)
    return bool(rows)


def refuse_coupons(state: StoreState, sent: Json, draft: Callable[[], int]) -> None:
    """The sandbox has no coupons to apply: every code is unknown, and a draft stays (WC §2)."""
    rows = sent.get("coupon_lines") or []
    if rows:
        with state.unit():
            code = rows[0].get("code", "")
            message = f"Coupon &quot;{code}&quot; cannot be applied because it does not exist."
            data = {"new_draft_order_id": draft()}
        raise RestError(400, "woocommerce_rest_invalid_coupon", message, data)


def _refuse_foreign(lines: list[Json], row: Json) -> None:
    # Before any line is applied: an order must not be left half changed, with its stock moved.
    if row.get("id") and all(found["id"] != row["id"] for found in lines):
        message = "Order item ID provided is not associated with order."
        raise RestError(400, "woocommerce_rest_invalid_item_id", message)


def _apply_line(state: StoreState, order: Json, name: str, row: Json) -> None:
    lines: list[Json] = order[name]
    line = next((found for found in lines if found["id"] == row.get("id")), None)
    if line is not None and any(field in row and row[field] is None for field in _IDENTITIES):
        lines.remove(line)
        return
    if line is None:
        line = _new_line(state, name, row)
        lines.append(line)
    _set_amounts(line, row)
    update_meta(state, line["meta_data"], row.get("meta_data"), display=True)
    if name == "line_items":
        line["price"] = unit_price(line)
        adjust_line(state, order, line)


def _new_line(state: StoreState, name: str, row: Json) -> Json:
    number = state.next_id("item")
    if name != "line_items":
        shape = _SHAPES[name]()
        known = {field: row[field] for field in shape if field in row and field != "meta_data"}
        return {**shape, **known, "id": number}
    line = {**defaults.line_item(), "id": number, "quantity": _quantity(row, 1)}
    line |= _sold(state, row)
    product = line_product(state, line)
    if product is None:
        line |= {"product_id": 0, "variation_id": 0, "image": {"id": 0, "src": ""}}
        return line
    line["name"] = _product_name(state, product)
    price = amount(current_price(state, product))
    line["subtotal"] = line["total"] = money_text(price * line["quantity"])
    return line


def _sold(state: StoreState, row: Json) -> Json:
    if row.get("sku") and not row.get("product_id"):
        wanted = str(row["sku"]).strip().lower()
        for product in (*state.rows("product"), *state.rows("variation")):
            if product["sku"].lower() == wanted:
                return _ids_of(product)
    variation = state.peek("variation", php_int(row.get("variation_id")))
    if variation is None:
        variation = state.peek("variation", php_int(row.get("product_id")))
    if variation is not None:
        return _ids_of(variation)
    return {"product_id": php_int(row.get("product_id")), "variation_id": 0}


def _ids_of(product: Json) -> Json:
    if product["type"] == "variation":
        return {"product_id": product["parent_id"], "variation_id": product["id"]}
    return {"product_id": product["id"], "variation_id": 0}


def _product_name(state: StoreState, product: Json) -> str:
    if product["type"] != "variation":
        return str(product["name"])
    parent = state.peek("product", product["parent_id"]) or {"name": ""}
    return f"{parent['name']} - {product['name']}"


def _set_amounts(line: Json, row: Json) -> None:
    if "quantity" in line and row.get("quantity") is not None:
        line["quantity"] = _quantity(row, line["quantity"])
    for field in ("subtotal", "total"):
        if field in line and row.get(field) is not None:
            line[field] = money_text(row[field])
    for field in ("name", "tax_class", "method_title", "method_id", "instance_id"):
        if field in line and row.get(field) is not None:
            line[field] = str(row[field])


def _quantity(row: Json, default: Any) -> int:
    return php_int(row["quantity"]) if row.get("quantity") is not None else int(default)
