"""/orders: lists, one order, single writes, batches. Changes are made by `order_writes.py`."""

from woocp_pipelines.sandbox.store.arguments import ORDER_STATUSES
from woocp_pipelines.sandbox.store.batch import run_batch
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError, no_route
from woocp_pipelines.sandbox.store.listing import SortKey, filter_posts, one_page, sort_posts
from woocp_pipelines.sandbox.store.order_status import status_names
from woocp_pipelines.sandbox.store.order_views import order_view
from woocp_pipelines.sandbox.store.order_writes import (
    create_order,
    delete_order,
    trash_order,
    update_order,
)
from woocp_pipelines.sandbox.store.site import on_posts
from woocp_pipelines.sandbox.store.text import php_int

# A recorded list (gzip_orders) holds a checkout-draft, although WC §1.8 says that "any" has none.
_NOT_ANY = frozenset({"trash", "auto-draft"})
SORT_COLUMNS: dict[str, SortKey] = {
    "id": lambda row: row["id"],
    "modified": lambda row: row["date_modified_gmt"],
}


def list_orders(call: Call) -> Reply:
    """GET /orders (WC §1)."""
    rows = [row for row in filter_posts(call, call.state.rows("order")) if _wanted(call, row)]
    rows = sort_posts(call, rows, SORT_COLUMNS)
    return one_page(
        call,
        rows,
        lambda row: order_view(call.state, call.root, row),
        link_defaults={"status": call.params["status"], "dp": 2, "context": "view"},
        forgets_total_beyond=not on_posts(call.state),
    )


def list_no_orders(call: Call) -> Reply:
    """GET wc/v1/orders: empty on order tables, whatever is in them (WC §1.10)."""
    return one_page(call, [], lambda row: row)


def order_statuses(call: Call) -> Reply:
    """GET /orders/statuses; older stores have no such route."""
    if not call.state.setting("lists_order_statuses", default=True):
        raise no_route()
    names = status_names(call.state)
    return Reply([{"slug": slug, "name": name} for slug, name in names.items()])


def get_order(call: Call) -> Reply:
    """GET /orders/{id}."""
    return Reply(order_view(call.state, call.root, _found(call, call.ids["id"], 404)))


def post_order(call: Call) -> Reply:
    """POST /orders."""
    order = create_order(call.state, call.params)
    location = f"{call.root}/wp-json/wc/v3/orders/{order['id']}"
    return Reply(order_view(call.state, call.root, order), 201, {"Location": location})


def put_order(call: Call) -> Reply:
    """PUT /orders/{id}."""
    return Reply(_update(call, call.ids["id"], call.params))


def delete(call: Call) -> Reply:
    """DELETE /orders/{id}: to the trash, or for good with force."""
    return Reply(_delete(call, call.ids["id"], force=call.params["force"]))


def batch_orders(call: Call) -> Reply:
    """POST /orders/batch."""
    return run_batch(
        call,
        lambda item: order_view(call.state, call.root, create_order(call.state, item)),
        lambda item: _update(call, php_int(item.get("id")), item),
        lambda item: _delete(call, php_int(item["id"]), force=True),
    )


def _wanted(call: Call, row: Json) -> bool:
    params = call.params
    statuses = params["status"]
    # "any" swallows what stands beside it: any,trash is any (WC §1.8).
    fits = _is_any(call, row) if "any" in statuses else row["status"] in statuses
    if params.get("include"):
        # Asked for by id, trashed ones stay away (WC §1.9).
        fits = fits and row["status"] != "trash"
    if params.get("customer") is not None:
        fits = fits and row["customer_id"] == params["customer"]
    if params.get("product"):
        fits = fits and any(_sells(line, params["product"]) for line in row["line_items"])
    if params.get("created_via"):
        fits = fits and row["created_via"] in params["created_via"]
    return fits and (not params.get("search") or _contains(row, params["search"].lower()))


def _is_any(call: Call, row: Json) -> bool:
    known = {*ORDER_STATUSES, *status_names(call.state)} - _NOT_ANY
    return row["status"] in known


def _sells(line: Json, product: int) -> bool:
    return product in {line["product_id"], line["variation_id"]}


def _contains(row: Json, text: str) -> bool:
    words = [str(row["id"]), row["transaction_id"], *row["billing"].values()]
    words += [*row["shipping"].values(), *(line["name"] for line in row["line_items"])]
    return any(text in str(word).lower() for word in words)


def _found(call: Call, key: int, status: int) -> Json:
    order = call.state.find("order", key)
    if order is None:
        raise RestError(status, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    return order


def _update(call: Call, key: int, sent: Json) -> Json:
    order = update_order(call.state, _found(call, key, 400), sent)
    return order_view(call.state, call.root, order)


def _delete(call: Call, key: int, *, force: bool) -> Json:
    order = _found(call, key, 404)
    removed = delete_order(call.state, order) if force else trash_order(call.state, order)
    return order_view(call.state, call.root, removed)
