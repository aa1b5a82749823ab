"""How orders are shown: what is looked up at the moment of reading.

Belongs here: SKUs as they are now, computed switches, links. Does not: changing anything.
"""

from typing import Final

from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.complete import line_product
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.links import links, shown
from woocp_pipelines.sandbox.store.meta import sorted_meta
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.totals import amount

# Built by the store only when named in full: line_items.sku in `_fields` gives no lines at all.
LAZY_KEYS: Final = frozenset(
    {"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds"}
)
_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "$", "NOK": "kr"}


def order_view(state: StoreState, root: str, order: Json) -> Json:
    """An order as GET shows it."""
    key = order["id"]
    found = links(root, f"/orders/{key}")
    mails = f"{root}/wp-json/wc/v3/orders/{key}/actions/email_templates"
    found["email_templates"] = [{"embeddable": True, "href": mails}]
    if order["customer_id"]:
        buyer = f"{root}/wp-json/wc/v3/customers/{order['customer_id']}"
        found["customer"] = [{"href": buyer}]
    view = shown(order, found)
    view["meta_data"] = sorted_meta(order["meta_data"])
    view["line_items"] = [line_view(state, line) for line in order["line_items"]]
    pay = f"{root}/checkout/order-pay/{key}/?pay_for_order=true&key={order['order_key']}"
    view["payment_url"] = pay
    view["is_editable"] = order["status"] in {"pending", "on-hold", "auto-draft"}
    unpaid = order["status"] in {"pending", "failed"}
    view["needs_payment"] = unpaid and amount(order["total"]) > 0
    view["needs_processing"] = _needs_processing(state, order)
    view["currency_symbol"] = _SYMBOLS.get(order["currency"], order["currency"])
    return view


def line_view(state: StoreState, line: Json) -> Json:
    """A line with its product's SKU of now; a deleted product leaves only amounts (WC §2)."""
    sold = line_product(state, line)
    if sold is None:
        gone = {"product_id": 0, "variation_id": 0, "sku": None, "global_unique_id": None}
        return {**line, **gone, "image": {"id": 0, "src": ""}}
    view = {**line, "sku": sold["sku"], "global_unique_id": sold["global_unique_id"]}
    if sold["type"] == "variation":
        parent = state.peek("product", sold["parent_id"]) or defaults.product()
        view["parent_name"] = parent["name"]
        view["image"] = {"id": 0, "src": ""}
    return view


def _needs_processing(state: StoreState, order: Json) -> bool:
    if "needs_processing" in order:
        return bool(order["needs_processing"])
    sold = (line_product(state, line) for line in order["line_items"])
    return any(row and not (row["virtual"] and row["downloadable"]) for row in sold)
