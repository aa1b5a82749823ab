"""Counterpoint's side of the inventory sync: figures of all web items, and the policy for them.

Belongs here: what sync and `woocp stock` must read and choose alike. Does not: comparing
(rules/stock_policy.py), and the store's side (inventory_mirror.py).
"""

from collections.abc import Mapping

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.stock import read_stock, read_unmatched_lines, require_stock
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.stock_policy import StockFigures, StockPolicy
from woocp_pipelines.rules.units import sku_key
from woocp_pipelines.rules.unmatched_lines import with_unmatched
from woocp_pipelines.settings import Inventory


def policy_of(inventory: Inventory) -> StockPolicy:
    """The rules' form of `[inventory]`."""
    buffers = {sku_key(item_no): buffer for item_no, buffer in inventory.buffers.items()}
    return StockPolicy(inventory.quantity, inventory.buffer, inventory.unlisted, buffers)


def read_figures(
    context: FlowContext, entries: Mapping[int, MapEntry], *, upgraded: bool = True
) -> Mapping[str, StockFigures]:
    """Stock of all web and mapped items by `sku_key(ITEM_NO)`; three statements at most.

    Args:
        context: the run.
        entries: the product map, which also says what lines without an item stand for by now.
        upgraded: False before `woocp db upgrade`.

    Raises:
        NoStockReadError: Counterpoint shows no web item, or no stock at the locations.
    """
    locations = context.settings.inventory.locations
    with reading(context.engine) as connection:
        lines = read_unmatched_lines(connection, context.store_id) if upgraded else []
        figures = read_stock(connection, context.store_id, locations, upgraded=upgraded)
    require_stock(figures, locations)
    return with_unmatched(figures, entries, lines)
