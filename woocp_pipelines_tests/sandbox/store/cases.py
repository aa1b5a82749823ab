"""What each recording found when it was made: the state before it, from its own answer.

Of a read, the records of its answer are put in as they are shown. Of a write, they are put in
with the written fields as the base state has them, or as `BEFORE` says, so that the store has to
produce the recorded effect by itself.
"""

from datetime import UTC, datetime
from typing import Any

from woocp_pipelines.sandbox.store import StoreState
from woocp_pipelines_tests.sandbox.store.recordings import Recording, load
from woocp_pipelines_tests.sandbox.store.world import Json, hidden_order, hidden_product

_REST_OF_STOCK: Json = {"manage_stock": True, "stock_quantity": 50, "backorders": "no"}

# What was so before a write and cannot be told from the base state.
_NOT_MANAGED: Json = {"manage_stock": False, "stock_quantity": None}
BEFORE: dict[str, Json] = {
    "product_put_stock_when_not_managed": _NOT_MANAGED,
    "product_put_manage_true_qty": _NOT_MANAGED,
    "product_put_backorders_no": {"backorders": "yes"},
    "product_put_inventory_delta": {"stock_quantity": 10},
    "products_batch_inventory_delta": {"stock_quantity": 7},
    "batch_novalidate_qty_null": {"stock_quantity": 50},
    "order_put_status_same": {"status": "processing"},
    "orders_batch_novalidate_status_bad": {
        "status": "processing",
        "date_completed": None,
        "date_completed_gmt": None,
    },
    "orders_batch_novalidate_status_prefixed": {"status": "processing", "date_completed_gmt": None},
}
# Writes that came after another recorded write, whose answer is the state before.
AFTER = {
    "order_put_meta_change": "order_put_meta_new",
    "order_put_meta_same": "order_put_meta_change",
    "order_put_meta_null": "order_put_meta_same",
    "order_put_status_back": "order_put_status_onhold",
    "order_put_line_meta": "order_put_line_qty",
    "order_put_meta_without_key": "order_put_meta_duplicate_keys",
    "order_put_meta_duplicate_keys": "order_put_meta_types",
    "orders_batch_novalidate_status_bad": "orders_batch_novalidate_status_prefixed",
}

# How many records only the recorded total knows of, and what they are like.
_PAID_LATER = {"status": "pending"}
HIDDEN_ORDERS: dict[str, tuple[int, Json]] = {
    **dict.fromkeys(
        (
            "auth_query_string_keys",
            "auth_readonly_get",
            "auth_shop_manager_get",
            "http_oauth1_header",
            "http_oauth1_nonce_first",
            "http_oauth1_query_hmac256",
            "http_oauth1_query_sha1",
            "orders_analytics",
            "tls_basic",
            "tls_oauth1",
            "v2_orders",
        ),
        (5, _PAID_LATER),
    ),
    "gzip_orders": (1, _PAID_LATER),
    "orders_customer_0_guests": (16, {}),
    "orders_meta_key_ignored": (82, _PAID_LATER),
    "orders_search_name_utf8": (7, {"billing": {"first_name": "Łukasz"}}),
}
HIDDEN_PRODUCTS: dict[str, tuple[int, Json]] = {"products_status_draft": (3, {"status": "draft"})}

# A write has to bring its own new date.
_LONG_AGO: Json = {
    "date_modified": "2026-11-22T02:00:00",
    "date_modified_gmt": "2026-11-22T07:00:00",
}
# When the answer does not tell the newest time of a write.
_STARTED = "2026-11-22T09:00:00"


def moment(recording: Recording) -> datetime:
    """When a recording was made, as far as its answer tells: the newest time that it stamped."""
    stamps = [
        row[name]
        for row in recording.records()
        for name in ("date_modified_gmt", "date_created_gmt")
        if row.get(name)
    ]
    text = max(stamps) if stamps and recording.method != "GET" else _STARTED
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def prepare(state: StoreState, recording: Recording) -> None:
    """Bring the base state to what the recording found."""
    with state.unit():
        override = recording.headers.get("X-HTTP-Method-Override")
        if (override or recording.method) in {"GET", "HEAD", "DELETE"}:
            for row in recording.records():
                _put(state, recording, row)
        else:
            _before_write(state, recording)
        _special(state, recording.name)
        count, fields = HIDDEN_ORDERS.get(recording.name, (0, {}))
        for at in range(count):
            state.add_order(hidden_order(at, **fields))
        count, fields = HIDDEN_PRODUCTS.get(recording.name, (0, {}))
        for at in range(count):
            state.add_product(hidden_product(500 + at, f"HIDDEN-D{at}", **fields))


def _special(state: StoreState, name: str) -> None:
    if name.startswith("orders_include_100ids"):
        # Trashed shortly before.
        state.add_order({**(state.find("order", 429) or {}), "status": "trash"})
    if name == "products_stock_status":
        shown = {row["id"] for row in load(name).records()}
        for row in state.rows("product"):
            if row["stock_status"] == "outofstock" and row["id"] not in shown:
                state.add_product({**row, "stock_quantity": 50})
    if name == "orders_trash_modified_after":
        state.remove("order", 539)
    if name == "order_post_bad_coupon":
        _next(state, "post", load(name).answer["data"]["new_draft_order_id"])
    if name == "product_put_dup_sku":
        state.add_product({"id": 53, "sku": "01-10143"})


def _put(state: StoreState, recording: Recording, row: Json) -> None:
    row = {key: value for key, value in row.items() if key not in {"_links", "permalink"}}
    parts = recording.path.removeprefix("/wp-json/wc/v3/").split("/")
    if parts[-1] == "notes":
        state.add_note(int(parts[1]), row)
    elif "refunds" in parts:
        state.add_refund(row.get("parent_id") or int(parts[1]), row)
    elif "orders" in recording.path:
        state.add_order(_order(state, row))
    elif recording.resource == "customers":
        state.add_customer(_customer(state, row))
    elif recording.resource in {"products", "variations"}:
        _put_product(state, row)


def _put_product(state: StoreState, row: Json) -> None:
    if row.get("stock_quantity") is not None:
        row.setdefault("manage_stock", True)
    known = state.find("variation", row["id"])
    if known is None:
        state.add_product({**(state.find("product", row["id"]) or {}), **row})
        return
    # Read as a product, a variation shows keys that it does not have.
    own = {key: value for key, value in row.items() if key in known and key != "name"}
    state.add_variation(known["parent_id"], {**known, **own, "type": "variation"})


def _customer(state: StoreState, row: Json) -> Json:
    unknown = {"email": f"min{row['id']}@example.test"}
    known = state.find("customer", row["id"]) or unknown
    if "date_modified" in row:
        # A shown local time beats the known GMT one.
        known.pop("date_modified_gmt", None)
    return {**known, **row}


def _order(state: StoreState, row: Json) -> Json:
    if "billing" in row and "number" in row:
        taken = any("_reduced_stock" in str(line) for line in row["line_items"])
        return {**row, "_stock_reduced": taken}
    lists = {key for key, value in row.items() if isinstance(value, list)} - {"meta_data"}
    new = {"id": row["id"], "status": "processing", "date_created_gmt": "2026-11-22T08:41:08"}
    known = state.find("order", row["id"]) or {**new, "date_modified_gmt": "2026-11-22T08:41:08"}
    plain = {key: value for key, value in row.items() if key not in lists}
    return {**known, **plain, "billing": {**known.get("billing", {}), **row.get("billing", {})}}


def _before_write(state: StoreState, recording: Recording) -> None:
    if recording.status == 201:
        _next_numbers(state, recording.answer)
    before = BEFORE.get(recording.name, {})
    for row, sent in _written(recording):
        kind = _kind(state, row["id"], recording)
        base = _base(state, recording, kind, row["id"])
        written = {key: base[key] for key in sent if key in base}
        if kind in {"product", "variation"} and sent.keys() & _REST_OF_STOCK.keys():
            managed = "manage_stock" in sent
            written |= {k: v for k, v in _REST_OF_STOCK.items() if k in sent or managed}
        if "status" in sent and base.get("line_items"):
            # With the marks of the stock that the lines had taken, or had not.
            written["line_items"] = base["line_items"]
        found = base if recording.name in AFTER else {**row, **written}
        _put(state, recording, {**found, **before, **_LONG_AGO})


def _base(state: StoreState, recording: Recording, kind: Any, key: int) -> Json:
    if recording.name in AFTER:
        return next(row for row in load(AFTER[recording.name]).records() if row["id"] == key)
    return state.find(kind, key) or {}


def _kind(state: StoreState, key: int, recording: Recording) -> Any:
    if recording.resource in {"orders", "customers"}:
        return recording.resource.removesuffix("s")
    return "variation" if state.peek("variation", key) else "product"


def _written(recording: Recording) -> list[tuple[Json, Json]]:
    """Answered records with what was sent for each."""
    body = recording.body if isinstance(recording.body, dict) else {}
    if recording.path.endswith("/batch"):
        sent = body.get("update", [])
        rows = recording.answer.get("update", []) if isinstance(recording.answer, dict) else []
        pairs = zip(rows, sent, strict=bool(rows))
        return [(row, item) for row, item in pairs if "error" not in row]
    return [(row, body) for row in recording.records()] if recording.status == 200 else []


def _next_numbers(state: StoreState, answer: Json) -> None:
    """Make the store give the recorded numbers to a new record and its lines."""
    sequence = {"author": "comment", "email": "user"}
    name = next((sequence[key] for key in sequence if key in answer), "post")
    _next(state, name, answer["id"])
    lines = [
        row["id"]
        for key, rows in answer.items()
        if key.endswith("_lines") or key == "line_items"
        for row in rows
    ]
    if lines:
        _next(state, "item", min(lines))


def _next(state: StoreState, sequence: str, number: int) -> None:
    state._set_value(f"next_{sequence}", number)
