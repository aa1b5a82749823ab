"""Counterpoint's side of the inventory sync: figures of all web items, and the policy for them.

Belongs here: what sync and `woocp stock` must read and choose alike. Does not: comparing
(rules/stock_policy.py), and the store's side (inventory_mirror.py).
"""

from collections.abc import Iterable, Mapping
from functools import partial

from woocp_pipelines.counterpoint.codes import require_locations
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.stock import MAX_ITEMS, read_stock, require_stock
from woocp_pipelines.counterpoint.unbooked import read_unmatched_lines
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.stock_policy import StockFigures, StockPolicy
from woocp_pipelines.rules.units import sku_key
from woocp_pipelines.rules.unmatched_lines import with_unmatched
from woocp_pipelines.settings import Inventory


def policy_of(inventory: Inventory) -> StockPolicy:
    """The rules' form of `[inventory]`."""
    buffers = {sku_key(item_no): buffer for item_no, buffer in inventory.buffers.items()}
    return StockPolicy(
        inventory.quantity, inventory.buffer, inventory.unlisted, buffers, inventory.locations
    )


def read_figures(
    context: FlowContext, entries: Mapping[int, MapEntry], *, upgraded: bool = True
) -> Mapping[str, StockFigures]:
    """Stock of all web and mapped items by `sku_key(ITEM_NO)`; a handful of statements.

    Items of products that the map does not know yet, such as before the first run, are read on
    their own: they may be no web items, which is not the same as not being there.

    Args:
        context: the run.
        entries: the product map, which also says what lines without an item stand for by now.
        upgraded: False before `woocp db upgrade`.

    Raises:
        UnknownLocationError: a location does not exist.
        NoStockReadError: Counterpoint shows no web item, or no stock at the locations.
    """
    locations = context.settings.inventory.locations
    with reading(context.engine) as connection:
        require_locations(connection, locations)
        lines = read_unmatched_lines(connection, context.store_id) if upgraded else []
        read = partial(read_stock, connection, context.store_id, locations, upgraded=upgraded)
        figures = read()
        for numbers in chunks(_unread(entries.values(), figures), MAX_ITEMS):
            figures |= read(item_nos=numbers)
    require_stock(figures, locations)
    return with_unmatched(figures, entries, lines)


def _unread(entries: Iterable[MapEntry], figures: Mapping[str, StockFigures]) -> list[str]:
    """Item numbers that products stand for, and that were not read although they exist."""
    numbers = {
        entry.sold.item_no for entry in entries if entry.active and entry.sold and not entry.lost
    }
    return sorted(number for number in numbers if sku_key(number) not in figures)
