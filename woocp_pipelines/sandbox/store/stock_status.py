"""The stock fields of one product that follow from each other (WC §3.6). Pure."""

from woocp_pipelines.sandbox.store.errors import Json

STOCK_STATUSES = ("instock", "outofstock", "onbackorder")


def align_stock(record: Json) -> None:
    """Set status from quantity while stock is managed; drop quantity and backorders while not."""
    if record["manage_stock"]:
        record["stock_quantity"] = record["stock_quantity"] or 0
        record["stock_status"] = _status_of(record["stock_quantity"], record["backorders"])
    else:
        record["stock_quantity"] = None
        record["backorders"] = "no"
        record["low_stock_amount"] = None
    record["backorders_allowed"] = record["backorders"] in {"yes", "notify"}
    record["backordered"] = record["stock_status"] == "onbackorder"


def _status_of(quantity: float, backorders: str) -> str:
    # Compared as a whole number: a shop with decimal stock shows 0.25 as out of stock (WC §3.6).
    if int(quantity) > 0:
        return "instock"
    return "outofstock" if backorders == "no" else "onbackorder"
