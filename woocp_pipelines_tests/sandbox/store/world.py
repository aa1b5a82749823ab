"""The state that the recordings imply: every record that any of them shows or points to.

The recordings were made over an hour on one store. The base state is that of the paging
recordings (157 orders); what a single recording needs otherwise is in `cases.py`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from woocp_pipelines.sandbox.store import ApiKey, StoreState
from woocp_pipelines_tests.sandbox.store.recordings import Recording, load, names

Json = dict[str, Any]

TAX_RATES = [
    {
        "id": 3,
        "code": "US-NY-NY SALES TAX-1",
        "label": "NY Sales Tax",
        "percent": 8,
        "shipping": True,
        "country": "US",
        "state": "NY",
    },
    {
        "id": 4,
        "code": "US-NY-MCTD-2",
        "label": "MCTD",
        "percent": 0.375,
        "shipping": False,
        "country": "US",
        "state": "NY",
    },
]
KEYS = {
    "read_write": ApiKey("ck_rw", "cs_rw"),
    "read": ApiKey("ck_r", "cs_r", "read"),
    "write": ApiKey("ck_w", "cs_w", "write"),
    "customer_rw": ApiKey("ck_c", "cs_c", role="customer"),
    "shop_manager_rw": ApiKey("ck_m", "cs_m", role="shop_manager"),
}
# Variable products; the eight numbers after each are its variations.
VARIABLE = (320, 329, 338, 347, 356, 365)
_VARIATIONS = frozenset(parent + at for parent in VARIABLE for at in range(1, 9))
_COMPUTED = frozenset({"permalink", "permalink_template", "generated_slug", "price", "price_html"})
_BASE_PRODUCTS = (
    "product_simple",
    "product_variable",
    "product_variable_parent_stock",
    "products_default",
    "products_orderby_modified",
    "products_per100",
)
# Which recordings show the base state; a record is taken from the first that has a key.
_BASE_ORDERS = (
    "orders_per_page100",
    "order_full",
    "order_full_variation_coupon_fee",
    "order_trashed",
    "order_put_meta_types",
    "orders_page1_per20",
    "orders_lastpage_per20",
    "orders_orderby_id_asc",
    "orders_orderby_modified_asc",
    "orders_orderby_modified_desc",
    "orders_status_processing_completed",
    "orders_include_100ids",
    "orders_created_via",
    "orders_customer",
    "orders_customer_0_guests",
    "orders_product",
    "orders_search_id",
    "orders_search_email",
    "orders_search_name_utf8",
)


def build(state: StoreState) -> None:
    """Fill an empty state."""
    with state.unit():
        state.set_setting("tax_rates", TAX_RATES)
        for key in KEYS.values():
            state.add_key(key)
        for row in customers():
            state.add_customer(row)
        for row in products():
            state.add_product(row)
        for row in variations():
            state.add_variation(row["parent_id"], row)
        for row in orders():
            state.add_order(row)
        for row in refunds():
            state.add_refund(row["parent_id"], row)
        # The recorded store had products beyond those that a recording shows.
        missing = 314 - sum(r["status"] != "trash" for r in state.rows("product"))
        known = {row["sku"] for row in state.rows("product")}
        asked = load("products_sku_300_percap").query["sku"].split(",")
        skus = [sku for sku in asked if sku not in known]
        for at in range(missing):
            state.add_product(hidden_product(at, skus[at] if at < len(skus) else f"HIDDEN-{at}"))


def hidden_product(at: int, sku: str, **fields: Any) -> Json:
    """A product that only a total knows of; older than all others."""
    return {
        "id": 9000 + at,
        "name": f"Hidden {at}",
        "sku": sku,
        "date_created_gmt": "2020-01-01T00:00:00",
        "date_modified_gmt": "2020-01-01T00:00:00",
        **fields,
    }


def hidden_order(at: int, **fields: Any) -> Json:
    """An order that only a total knows of; older than all others."""
    return {
        "id": 9000 + at,
        "status": "pending",
        "date_created_gmt": "2020-01-01T00:00:00",
        "date_modified_gmt": "2020-01-01T00:00:00",
        "_stock_reduced": False,
        **fields,
    }


def customers() -> list[Json]:
    return list(_merged(_of("customers"), lambda row: "email" in row and row["id"] < 64).values())


def products() -> list[Json]:
    shown = _merged(_of("products", first=_BASE_PRODUCTS), _is_product)
    for line in _order_lines():
        if line["product_id"] and not line["variation_id"]:
            shown.setdefault(line["product_id"], _product_of_line(line))
    titles = {row["product_id"]: row["parent_name"] for row in _order_lines()}
    for parent in VARIABLE:
        title = titles.get(parent) or f"Variable {parent}"
        shown[parent] = {"name": title, "type": "variable", **shown[parent]}
        shown[parent]["variations"] = _children(parent)
    _date_by_neighbour(shown)
    return list(shown.values())


def variations() -> list[Json]:
    shown = _merged(
        _of("variations", "products", first=("variations_list", "variations_parent_managed")),
        _is_variation,
    )
    for line in _order_lines():
        if line["variation_id"]:
            row = {**_product_of_line(line), "id": line["variation_id"]}
            shown.setdefault(line["variation_id"], row)
    rows = []
    for parent in VARIABLE:
        for key in _children(parent):
            row = shown.get(key, {"id": key, "regular_price": "24.50", "manage_stock": True})
            rows.append({"stock_quantity": 50, **row, "parent_id": parent})
    _date_by_neighbour({row["id"]: row for row in rows})
    return rows


def _children(parent: int) -> list[int]:
    return list(range(parent + 1, parent + 9))


def orders() -> list[Json]:
    rows = _merged((load(name) for name in _BASE_ORDERS), lambda row: "id" in row)
    for row in rows.values():
        # Of orders shown in part, the buyer is not known: some customer of no recording.
        row.setdefault("customer_id", 62)
    # Found by a search for 516, so that some text of it holds this.
    rows[431]["billing"] = {"phone": "+1 585-555-5162"}
    return list(rows.values())


def refunds() -> list[Json]:
    full = {row["id"]: row for row in load("refunds_all").records()}
    for order in orders():
        for entry in order.get("refunds", []):
            row = {"id": entry["id"], "amount": entry["total"].lstrip("-")}
            row |= {"parent_id": order["id"], "reason": entry["reason"]}
            full.setdefault(entry["id"], row | {"date_created_gmt": order["date_created_gmt"]})
    return list(full.values())


def _of(*resources: str, first: tuple[str, ...] = ()) -> Iterator[Recording]:
    # Reads before writes: a record is to be as it was before anything was tried on it.
    yield from (load(name) for name in first)
    found = [load(name) for name in names()]
    yield from (r for r in found if r.resource in resources and r.method == "GET")
    yield from (r for r in found if r.resource in resources and r.method != "GET")


def _merged(found: Iterable[Recording], wanted: Any) -> dict[int, Json]:
    rows: dict[int, Json] = {}
    for recording in found:
        if recording.status >= 300:
            continue
        for row in recording.records():
            if wanted(row):
                known = rows.setdefault(row["id"], {})
                known.update(
                    {k: v for k, v in row.items() if k not in known and _told(recording, k)}
                )
    return rows


def _told(recording: Recording, key: str) -> bool:
    # Later recordings tell of later changes: dates and stock are those of the base state.
    late = recording.name not in {*_BASE_PRODUCTS, *_BASE_ORDERS} and key.startswith("stock_")
    stamped = recording.method != "GET" or recording.resource in {"products", "variations"}
    late_stamp = stamped and recording.name not in _BASE_PRODUCTS
    written = late or (late_stamp and key.startswith("date_modified"))
    return not written and key not in {"_links", *_COMPUTED}


def _is_product(row: Json) -> bool:
    return "sku" in row and row["id"] not in _VARIATIONS and row["id"] < 600


def _is_variation(row: Json) -> bool:
    # Read as a product, a variation shows keys that it does not have.
    return row["id"] in _VARIATIONS and "sku" in row and ("image" in row or "type" not in row)


def _date_by_neighbour(rows: dict[int, Json]) -> None:
    """Records were made in the order of their ids: a missing date is that of the one before."""
    last = "2026-11-22T08:27:08"
    for key in sorted(rows):
        last = rows[key].setdefault("date_created_gmt", last)
        rows[key].setdefault("date_modified_gmt", last)
        for name in ("date_created", "date_modified"):
            rows[key].pop(name, None)


def _order_lines() -> Iterator[Json]:
    for name in names():
        recording = load(name)
        if recording.resource != "orders" or recording.status >= 300:
            continue
        for row in recording.records():
            yield from (line for line in row.get("line_items", []) if line.get("sku"))


def _product_of_line(line: Json) -> Json:
    return {
        "id": line["product_id"],
        "name": line["name"],
        "sku": line["sku"],
        "regular_price": f"{float(line['subtotal']) / line['quantity']:.2f}",
        "manage_stock": True,
        "stock_quantity": 100,
    }
