"""Completing seeded records: what the JSON leaves out, so that seeds can be short.

Belongs here: defaults, numbers, stamps and sums of records of the past. Does not: rules of
requests. Nothing here moves stock or bumps a date.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.stock_status import align_stock
from woocp_pipelines.sandbox.store.text import clean_line, meta_value, slug
from woocp_pipelines.sandbox.store.times import complete_stamp
from woocp_pipelines.sandbox.store.totals import (
    amount,
    complete_totals,
    money_text,
    unit_price,
)

if TYPE_CHECKING:
    from woocp_pipelines.sandbox.store.state import StoreState

STOCK_TAKING_STATUSES = frozenset({"processing", "completed", "on-hold"})

_LINE_SHAPES: dict[str, Callable[[], Json]] = {
    "line_items": defaults.line_item,
    "shipping_lines": defaults.shipping_line,
    "fee_lines": defaults.fee_line,
    "coupon_lines": defaults.coupon_line,
    "tax_lines": defaults.tax_line,
}


def product(state: "StoreState", record: Json) -> Json:
    """A product of any type but variation."""
    record = {**defaults.product(), **record}
    record["slug"] = record["slug"] or slug(record["name"])
    return _sellable(state, record)


def variation(state: "StoreState", record: Json) -> Json:
    """A variation; its parent learns of it. "parent" stock management is a parent's property."""
    record = {**defaults.variation(), **record}
    record["manage_stock"] = record["manage_stock"] is True
    if not record["name"]:
        record["name"] = ", ".join(row["option"] for row in record["attributes"])
    parent = state.find("product", record["parent_id"])
    if parent is not None and record["id"] not in parent["variations"]:
        parent["variations"].append(record["id"])
        state.save("product", parent)
    return _sellable(state, record)


def customer(state: "StoreState", record: Json) -> Json:
    """A customer; the user name is the local part of the e-mail when not given."""
    record = {**defaults.customer(), **record}
    record["billing"] = {**defaults.address(with_email=True), **record["billing"]}
    record["shipping"] = {**defaults.address(with_email=False), **record["shipping"]}
    record["username"] = record["username"] or record["email"].partition("@")[0]
    if not record["avatar_url"]:
        digest = sha256(record["email"].lower().encode()).hexdigest()
        record["avatar_url"] = f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"
    complete_stamp(record, "date_created", state.zone, state.now())
    complete_stamp(record, "date_modified", state.zone, None)
    number_meta(state, record)
    return record


def order(state: "StoreState", record: Json) -> Json:
    """An order of the past, with the marks of the stock that its status had taken."""
    record = {**defaults.order(), "currency": state.currency, **record}
    record["billing"] = {**defaults.address(with_email=True), **record["billing"]}
    record["shipping"] = {**defaults.address(with_email=False), **record["shipping"]}
    record.setdefault("number", str(record["id"]))
    record.setdefault("order_key", f"wc_order_{record['id']:013d}")
    complete_stamp(record, "date_created", state.zone, state.now())
    for name in ("date_modified", "date_paid", "date_completed"):
        complete_stamp(record, name, state.zone, state.now() if name == "date_modified" else None)
    taking = record["status"] in STOCK_TAKING_STATUSES | {"refunded"}
    record.setdefault("_stock_reduced", taking)
    mark = taking and record["_stock_reduced"]
    for line in record["line_items"]:
        if mark and "meta_data" not in line:
            line["meta_data"] = _reduced_mark(state, line)
    complete_lines(state, record)
    complete_totals(record)
    number_meta(state, record)
    return record


def refund(state: "StoreState", record: Json) -> Json:
    """A refund; its order lists it."""
    record = {**defaults.refund(), **record}
    complete_stamp(record, "date_created", state.zone, state.now())
    complete_stamp(record, "date_modified", state.zone, None)
    if not record["date_modified_gmt"]:
        record["date_modified"] = record["date_created"]
        record["date_modified_gmt"] = record["date_created_gmt"]
    complete_lines(state, record)
    parent = state.find("order", record["parent_id"])
    if parent is not None and all(row["id"] != record["id"] for row in parent["refunds"]):
        entry = {"id": record["id"], "reason": record["reason"], "total": f"-{record['amount']}"}
        parent["refunds"].append(entry)
        state.save("order", parent)
    number_meta(state, record)
    return record


def note(state: "StoreState", record: Json) -> Json:
    """An order note; private unless it says otherwise."""
    record = {"author": "WooCommerce", "note": "", "customer_note": False, **record}
    complete_stamp(record, "date_created", state.zone, state.now())
    return record


def complete_lines(state: "StoreState", record: Json) -> None:
    """Number and fill the lines of an order or refund."""
    for name, shape in _LINE_SHAPES.items():
        if name in record:
            record[name] = [_line(state, shape, line) for line in record[name]]
    for line in record["line_items"]:
        line["price"] = unit_price(line)


def number_meta(state: "StoreState", record: Json) -> None:
    """Give every meta row an id and the text that the tables would give back."""
    for row in record["meta_data"]:
        if "id" not in row:
            row["id"] = state.next_id("meta")
        state.reserve("meta", row["id"])
        row["value"] = meta_value(row["value"])


def _sellable(state: "StoreState", record: Json) -> Json:
    record["sku"] = clean_line(record["sku"])
    if record["price"] and not record["regular_price"] and record["type"] != "variable":
        record["regular_price"] = record["price"]
    complete_stamp(record, "date_created", state.zone, state.now())
    complete_stamp(record, "date_modified", state.zone, state.now())
    number_meta(state, record)
    align_stock(record)
    return record


def _line(state: "StoreState", shape: Callable[[], Json], given: Json) -> Json:
    line = {**shape(), **given}
    if "id" not in given:
        line["id"] = state.next_id("item")
    state.reserve("item", line["id"])
    if "subtotal" in line:
        _line_amounts(state, line, given)
    elif "total" in line:
        line["total"] = money_text(line["total"])
    for row in line["meta_data"]:
        if "id" not in row:
            row["id"] = state.next_id("meta")
        state.reserve("meta", row["id"])
        row.setdefault("display_key", row["key"])
        row.setdefault("display_value", row["value"])
    return line


def _line_amounts(state: "StoreState", line: Json, given: Json) -> None:
    sold = line_product(state, line)
    if sold is not None and not line["name"]:
        line["name"] = sold["name"]
    if "total" not in given:
        price = amount(current_price(state, sold)) if sold is not None else amount(0)
        line["total"] = given.get("subtotal", money_text(price * line["quantity"]))
    line["total"] = money_text(line["total"])
    line["subtotal"] = money_text(given.get("subtotal", line["total"]))
    line["subtotal_tax"] = money_text(given.get("subtotal_tax", line["total_tax"]))


def line_product(state: "StoreState", line: Json) -> Json | None:
    """The product or variation that a line sells, for reading; None when it is gone."""
    if line.get("variation_id"):
        return state.peek("variation", line["variation_id"])
    return state.peek("product", line.get("product_id", 0))


def current_price(state: "StoreState", sold: Json) -> str:
    """What a product costs now: the sale price when there is one, of variable ones the lowest."""
    if sold["type"] == "variable":
        children = [state.peek("variation", key) for key in sold["variations"]]
        prices = [current_price(state, child) for child in children if child is not None]
        return min((price for price in prices if price), key=amount, default="")
    return str(sold["sale_price"] or sold["regular_price"])


def _reduced_mark(state: "StoreState", line: Json) -> list[Json]:
    sold = line_product(state, line)
    if sold is None or not sold["manage_stock"]:
        return []
    return [reduced_row(state, line.get("quantity", 1))]


def reduced_row(state: "StoreState", quantity: int) -> Json:
    """The line meta that says how much stock a line has taken."""
    return line_meta_row(state, "_reduced_stock", str(quantity))


def line_meta_row(state: "StoreState", key: str, value: str) -> Json:
    """A numbered meta row of a line."""
    row = {"id": state.next_id("meta"), "key": key, "value": value}
    return {**row, "display_key": key, "display_value": value}
