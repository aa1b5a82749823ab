"""Changing products and variations, by single request and in batches (WC §3).

Belongs here: what a sent value becomes. Does not: checking it first, which only single requests
do (`arguments.py`) and batches never, nor routes (`products.py`).
"""

from collections.abc import Callable
from typing import Any, Final

from woocp_pipelines.sandbox.store import complete, defaults
from woocp_pipelines.sandbox.store.arguments import PRODUCT_STATUSES
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.meta import update_meta
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.stock_status import STOCK_STATUSES, align_stock
from woocp_pipelines.sandbox.store.text import (
    clean_html,
    clean_line,
    decimal_text,
    php_bool,
    php_int,
    slug,
)
from woocp_pipelines.sandbox.store.times import stamp

_HTML: Final = ("name", "description", "short_description", "purchase_note")
_SWITCHES: Final = ("virtual", "downloadable", "featured", "sold_individually")
_PLAIN: Final = (
    "slug",
    "type",
    "catalog_visibility",
    "tax_status",
    "tax_class",
    "weight",
    "dimensions",
    "shipping_class",
    "menu_order",
    "parent_id",
    "attributes",
    "default_attributes",
    "categories",
    "tags",
    "images",
    "image",
    "upsell_ids",
    "cross_sell_ids",
    "global_unique_id",
)
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_HTML, lambda value: clean_html(str(value))),
    "regular_price": decimal_text,
    "sale_price": decimal_text,
    **dict.fromkeys(_SWITCHES, php_bool),
    **dict.fromkeys(_PLAIN, lambda value: value),
}


def create_product(state: StoreState, sent: Json) -> Json:
    """A new product; the SKU must be free, in the trash too (WC §3.10)."""
    holder = _sku_holder(state, clean_line(str(sent.get("sku") or "")), 0)
    if holder is not None and holder["status"] == "trash":
        message = (
            f"The product with SKU ({holder['sku']}) you are trying to insert is already "
            "present in the lookup table"
        )
        raise RestError(400, "woocommerce_rest_product_not_created", message)
    record: Json = {**defaults.product(), "id": 0}
    _apply(state, record, sent)
    record["id"] = state.next_id("post")
    record["slug"] = record["slug"] or slug(record["name"])
    stamp(record, "date_created", state.now(), state.zone)
    stamp(record, "date_modified", state.now(), state.zone)
    state.save("product", record)
    return record


def update_product(state: StoreState, product: Json, sent: Json) -> Json:
    """Change a product and bump its date, also when nothing differs (WC §3.9)."""
    _apply(state, product, sent)
    return touch(state, "product", product)


def create_variation(state: StoreState, parent_id: int, sent: Json) -> Json:
    """A new variation of a parent."""
    record: Json = {**defaults.variation(), "parent_id": parent_id}
    _apply(state, record, sent)
    record["id"] = state.next_id("post")
    return update_variation(state, complete.variation(state, record), {})


def update_variation(state: StoreState, variation: Json, sent: Json) -> Json:
    """Change a variation; its parent's date is bumped too (WC §3.9)."""
    parent = state.find("product", variation["parent_id"])
    if parent is not None:
        touch(state, "product", parent)
    _apply(state, variation, sent)
    return touch(state, "variation", variation)


def touch(state: StoreState, kind: Any, record: Json) -> Json:
    """Bump a record's date and save it."""
    stamp(record, "date_modified", state.now(), state.zone)
    state.save(kind, record)
    return record


def trash_or_delete(state: StoreState, kind: Any, record: Json, *, force: bool) -> Json:
    """Move a product to the trash, or remove it for good; the answer shows it as it was."""
    if not force and kind == "product":
        touch(state, kind, {**record, "status": "trash"})
        return record
    for child in record.get("variations", []):
        state.remove("variation", child)
    state.remove(kind, record["id"])
    return record


def _apply(state: StoreState, record: Json, sent: Json) -> None:
    if "sku" in sent:
        record["sku"] = _free_sku(state, clean_line(str(sent["sku"] or "")), record["id"])
    if sent.get("status") is not None:
        known = sent["status"] in {*PRODUCT_STATUSES, "trash"}
        record["status"] = sent["status"] if known else "draft"
    for name, read in _READERS.items():
        if name in record and sent.get(name) is not None:
            record[name] = read(sent[name])
    update_meta(state, record["meta_data"], sent.get("meta_data"))
    _apply_stock(record, sent)


def _apply_stock(record: Json, sent: Json) -> None:
    if sent.get("manage_stock") is not None:
        record["manage_stock"] = php_bool(sent["manage_stock"])
    if sent.get("backorders") is not None:
        record["backorders"] = sent["backorders"]
    status = sent.get("stock_status")
    if status is not None:
        record["stock_status"] = status if status in STOCK_STATUSES else "instock"
    # Unmanaged, or managed by the parent: a quantity is silently dropped (WC §3.5, §3.6).
    if record["manage_stock"]:
        if sent.get("stock_quantity") is not None:
            record["stock_quantity"] = php_int(sent["stock_quantity"])
        elif sent.get("inventory_delta") is not None:
            held = record["stock_quantity"] or 0
            record["stock_quantity"] = held + php_int(sent["inventory_delta"])
    align_stock(record)


def _free_sku(state: StoreState, sku: str, own_id: int) -> str:
    holder = _sku_holder(state, sku, own_id)
    if holder is None:
        return sku
    number = 1
    while _sku_holder(state, f"{sku}-{number}", own_id) is not None:
        number += 1
    data = {"resource_id": holder["id"], "unique_sku": f"{sku}-{number}"}
    raise RestError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)


def _sku_holder(state: StoreState, sku: str, own_id: int) -> Json | None:
    if not sku:
        return None
    for record in (*state.rows("product"), *state.rows("variation")):
        if record["id"] != own_id and record["sku"].lower() == sku.lower():
            return record
    return None
