"""/products: reading, single writes, batches. How values change a product: `product_writes.py`."""

from woocp_pipelines.sandbox.store.batch import run_batch
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.listing import SortKey, filter_posts, one_page, sort_posts
from woocp_pipelines.sandbox.store.product_views import product_view, variation_as_product
from woocp_pipelines.sandbox.store.product_writes import (
    create_product,
    trash_or_delete,
    update_product,
)
from woocp_pipelines.sandbox.store.text import clean_line, php_int
from woocp_pipelines.sandbox.store.totals import amount

HIDDEN_STATUSES = frozenset({"trash", "auto-draft"})

SORT_COLUMNS: dict[str, SortKey] = {
    "id": lambda row: row["id"],
    "modified": lambda row: row["date_modified_gmt"],
    "title": lambda row: row["name"].lower(),
    "slug": lambda row: row.get("slug", ""),
    "menu_order": lambda row: row["menu_order"],
    "price": lambda row: amount(row["sale_price"] or row["regular_price"]),
    "popularity": lambda row: row.get("total_sales", 0),
}


def list_products(call: Call) -> Reply:
    """GET /products. Variations appear only when asked for by SKU (WC §3.10)."""
    rows = call.state.rows("product")
    if call.params.get("sku"):
        rows = by_sku([*rows, *call.state.rows("variation")], call.params["sku"])
    elif call.params.get("search_sku"):
        part = call.params["search_sku"].lower()
        rows = [r for r in [*rows, *call.state.rows("variation")] if part in r["sku"].lower()]
    rows = [row for row in filter_posts(call, rows) if _wanted(call, row)]
    return one_page(call, sort_posts(call, rows, SORT_COLUMNS), lambda row: _view(call, row))


def get_product(call: Call) -> Reply:
    """GET /products/{id}; a variation's id works too (WC §3.5)."""
    key = call.ids["id"]
    record = call.state.peek("product", key) or call.state.peek("variation", key)
    if record is None:
        raise _unknown(404)
    return Reply(_view(call, record))


def post_product(call: Call) -> Reply:
    """POST /products."""
    record = create_product(call.state, call.params)
    location = f"{call.root}/wp-json/wc/v3/products/{record['id']}"
    return Reply(_edited(call, record), 201, {"Location": location})


def put_product(call: Call) -> Reply:
    """PUT /products/{id}."""
    return Reply(_update(call, call.ids["id"], call.params))


def delete_product(call: Call) -> Reply:
    """DELETE /products/{id}: to the trash, or for good with force."""
    return Reply(_delete(call, call.ids["id"], 404, force=call.params["force"]))


def batch_products(call: Call) -> Reply:
    """POST /products/batch."""
    return run_batch(
        call,
        lambda item: _edited(call, create_product(call.state, item)),
        lambda item: _update(call, php_int(item.get("id")), item),
        lambda item: _delete(call, php_int(item["id"]), 404, force=True),
    )


def by_sku(rows: list[Json], text: str) -> list[Json]:
    """Rows whose SKU is one of a comma list, or the whole text itself; case does not matter."""
    # Cleaned like an SKU that is saved, so that one with markup finds its remains.
    wanted = {clean_line(part).lower() for part in [text, *text.split(",")]}
    return [row for row in rows if row["sku"] and row["sku"].lower() in wanted]


def _wanted(call: Call, row: Json) -> bool:
    params = call.params
    if params["status"] == "any":
        fits = row["status"] not in HIDDEN_STATUSES
    else:
        fits = row["status"] == params["status"]
    types = params.get("include_types") or ([params["type"]] if params.get("type") else [])
    fits = fits and (not types or row["type"] in types)
    wanted_stock = params.get("stock_status")
    fits = fits and (not wanted_stock or row["stock_status"] == wanted_stock)
    text = (params.get("search") or "").lower()
    return fits and (text in row["name"].lower() or text in row["sku"].lower())


def _view(call: Call, row: Json) -> Json:
    if row["type"] == "variation":
        return variation_as_product(call.state, call.root, row)
    return product_view(call.state, call.root, row)


def _edited(call: Call, row: Json) -> Json:
    return product_view(call.state, call.root, row, edit=True)


def _update(call: Call, key: int, sent: Json) -> Json:
    record = call.state.find("product", key)
    if record is None:
        raise _unknown(400) if call.state.peek("variation", key) is None else _is_variation()
    return _edited(call, update_product(call.state, record, sent))


def _delete(call: Call, key: int, status: int, *, force: bool) -> Json:
    record = call.state.find("product", key)
    if record is None:
        raise _unknown(status)
    shown = _edited(call, record)
    trash_or_delete(call.state, "product", record, force=force)
    return shown


def _unknown(status: int) -> RestError:
    return RestError(status, "woocommerce_rest_product_invalid_id", "Invalid ID.")


def _is_variation() -> RestError:
    message = (
        "To manipulate product variations you should use the "
        "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
    )
    return RestError(404, "woocommerce_rest_invalid_product_id", message)
