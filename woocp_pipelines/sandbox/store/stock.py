"""Stock that orders take and give back (WC §3.7, §3.8).

Belongs here: moving stock for the lines of an order, with its marks and notes. Does not: when it
happens (`order_status.py`). Moves are atomic because a request holds the state's lock.
"""

from typing import Any

from woocp_pipelines.sandbox.store.complete import line_meta_row, line_product
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.notes import write_note
from woocp_pipelines.sandbox.store.product_writes import touch
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.stock_status import align_stock

REDUCED = "_reduced_stock"


def reduce_stock(state: StoreState, order: Json) -> None:
    """Take the stock of every line that has not taken it yet; overselling is allowed."""
    moves = []
    for line in order["line_items"]:
        if reduced_quantity(line) is None and line["quantity"]:
            move = move_stock(state, line, -line["quantity"], sold=line["quantity"])
            if move is not None:
                set_line_meta(state, line, REDUCED, str(line["quantity"]))
                moves.append(move)
    order["_stock_reduced"] = True
    if moves:
        write_note(state, order["id"], f"Stock levels reduced: {', '.join(moves)}")


def restore_stock(state: StoreState, order: Json) -> None:
    """Give back what the lines have taken."""
    moves = []
    for line in order["line_items"]:
        taken = reduced_quantity(line)
        if taken is None:
            continue
        move = move_stock(state, line, taken)
        line["meta_data"] = [row for row in line["meta_data"] if row["key"] != REDUCED]
        if move is not None:
            moves.append(move)
    order["_stock_reduced"] = False
    if moves:
        write_note(state, order["id"], f"Stock levels increased: {', '.join(moves)}")


def adjust_line(state: StoreState, order: Json, line: Json) -> None:
    """Follow a changed quantity of a line that has taken stock."""
    taken = reduced_quantity(line)
    if taken is None or taken == line["quantity"]:
        return
    move = move_stock(state, line, taken - line["quantity"])
    set_line_meta(state, line, REDUCED, str(line["quantity"]))
    if move is not None:
        write_note(state, order["id"], f"Adjusted stock: {move}", author="admin")


def reduced_quantity(line: Json) -> int | None:
    """How much stock a line has taken; None when none."""
    found = (row["value"] for row in line["meta_data"] if row["key"] == REDUCED)
    value = next(found, None)
    return None if value is None else int(value)


def set_line_meta(state: StoreState, line: Json, key: str, value: str) -> None:
    """Set one meta row of a line."""
    for row in line["meta_data"]:
        if row["key"] == key:
            row["value"] = row["display_value"] = value
            return
    line["meta_data"].append(line_meta_row(state, key, value))


def move_stock(state: StoreState, line: Json, change: int, *, sold: int = 0) -> str | None:
    """Change the stock behind a line; the text of the move, None when no stock is managed."""
    kind, record = _stock_holder(state, line)
    if record is None:
        return None
    before = record["stock_quantity"]
    record["stock_quantity"] = before + change
    if "total_sales" in record:
        record["total_sales"] += sold
    align_stock(record)
    touch(state, kind, record)
    if kind == "variation" and (parent := state.find("product", record["parent_id"])):
        touch(state, "product", parent)
    return f"{line['name']} ({before}&rarr;{before + change})"


def _stock_holder(state: StoreState, line: Json) -> tuple[Any, Json | None]:
    sold = line_product(state, line)
    if sold is not None and not sold["manage_stock"] and sold["type"] == "variation":
        parent = state.find("product", sold["parent_id"])
        return "product", parent if parent and parent["manage_stock"] else None
    if sold is None or not sold["manage_stock"]:
        return "product", None
    kind: Any = "variation" if sold["type"] == "variation" else "product"
    return kind, state.find(kind, sold["id"])
