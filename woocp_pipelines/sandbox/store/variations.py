"""/products/{id}/variations and /variations: reading, single writes, batches."""

from collections.abc import Callable

from woocp_pipelines.sandbox.store.batch import run_batch
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.listing import filter_posts, one_page, sort_posts
from woocp_pipelines.sandbox.store.product_views import global_variation_view, variation_view
from woocp_pipelines.sandbox.store.product_writes import (
    create_variation,
    trash_or_delete,
    update_variation,
)
from woocp_pipelines.sandbox.store.products import HIDDEN_STATUSES, SORT_COLUMNS, by_sku
from woocp_pipelines.sandbox.store.text import php_int


def list_variations(call: Call) -> Reply:
    """GET /products/{parent}/variations."""
    parent = call.ids["parent"]
    rows = [row for row in call.state.rows("variation") if row["parent_id"] == parent]
    return _page(call, rows, lambda row: variation_view(call.state, call.root, row))


def list_all_variations(call: Call) -> Reply:
    """GET /variations: those of all parents."""
    rows = call.state.rows("variation")
    return _page(call, rows, lambda row: global_variation_view(call.state, call.root, row))


def get_variation(call: Call) -> Reply:
    """GET /products/{parent}/variations/{id}."""
    return Reply(variation_view(call.state, call.root, _found(call, call.ids["id"])))


def post_variation(call: Call) -> Reply:
    """POST /products/{parent}/variations."""
    record = create_variation(call.state, call.ids["parent"], call.params)
    location = f"{call.root}{call.path.rstrip('/')}/{record['id']}"
    return Reply(_edited(call, record), 201, {"Location": location})


def put_variation(call: Call) -> Reply:
    """PUT /products/{parent}/variations/{id}."""
    return Reply(_update(call, call.ids["id"], call.params))


def delete_variation(call: Call) -> Reply:
    """DELETE /products/{parent}/variations/{id}; variations have no trash here."""
    return Reply(_delete(call, call.ids["id"]))


def batch_variations(call: Call) -> Reply:
    """POST /products/{parent}/variations/batch: one batch knows one parent (WC §3.5)."""
    return run_batch(
        call,
        lambda item: _edited(call, create_variation(call.state, call.ids["parent"], item)),
        lambda item: _update(call, php_int(item.get("id")), item),
        lambda item: _delete(call, php_int(item["id"])),
    )


def _page(call: Call, rows: list[Json], show: Callable[[Json], Json]) -> Reply:
    if call.params.get("sku"):
        rows = by_sku(rows, call.params["sku"])
    stock_status = call.params.get("stock_status")
    rows = [
        row
        for row in filter_posts(call, rows)
        if row["status"] not in HIDDEN_STATUSES
        and call.params["status"] in {"any", row["status"]}
        and (not stock_status or row["stock_status"] == stock_status)
    ]
    return one_page(call, sort_posts(call, rows, SORT_COLUMNS), show)


def _found(call: Call, key: int) -> Json:
    record = call.state.find("variation", key)
    if record is None or record["parent_id"] != call.ids["parent"]:
        raise RestError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
    return record


def _edited(call: Call, record: Json) -> Json:
    return variation_view(call.state, call.root, record, edit=True)


def _update(call: Call, key: int, sent: Json) -> Json:
    return _edited(call, update_variation(call.state, _found(call, key), sent))


def _delete(call: Call, key: int) -> Json:
    record = _found(call, key)
    shown = _edited(call, record)
    trash_or_delete(call.state, "variation", record, force=True)
    parent = call.state.find("product", record["parent_id"])
    if parent is not None:
        parent["variations"] = [child for child in parent["variations"] if child != key]
        call.state.save("product", parent)
    return shown
