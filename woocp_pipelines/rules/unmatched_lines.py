"""Lines of unbooked web orders whose SKU meant nothing when the order was read.

Belongs here: what they take from an item that they can be matched to now, by their product or by
their SKU. Does not: lines whose item is known (counterpoint/stock.py sums those).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from woocp_pipelines.rules.money import round_to
from woocp_pipelines.rules.product_mapping import MapEntry, sold_by_variations
from woocp_pipelines.rules.stock_policy import StockFigures
from woocp_pipelines.rules.units import SoldAs, sku_key


@dataclass(frozen=True, slots=True)
class UnmatchedLine:
    """A line without ITEM_NO; `quantity` in whatever it was sold by."""

    order_id: int
    order_number: str
    status: str
    product_id: int
    variation_id: int
    sku: str
    quantity: Decimal


def matched(
    line: UnmatchedLine, entries: Mapping[int, MapEntry], figures: Mapping[str, StockFigures]
) -> tuple[str, Decimal] | None:
    """The item that a line means now, as `sku_key`, and how much it takes in stocking units.

    The quantity is rounded up: goods that may be promised are never offered again. None: still
    nobody knows.
    """
    entry = entries.get(line.variation_id) or entries.get(line.product_id)
    sold = entry.sold if entry and entry.active else None
    sold = sold or SoldAs(line.sku)
    found = figures.get(sku_key(sold.item_no))
    unit = found.item.unit(sold.sell_unit) if found else None
    if unit is None:
        return None
    return sku_key(sold.item_no), round_to(line.quantity * unit.numer / unit.denom, 4, "U")


def placeable(
    lines: Iterable[UnmatchedLine], entries: Mapping[int, MapEntry]
) -> list[UnmatchedLine]:
    """The lines without those of deleted variations: the SKU they show is not what was sold."""
    found = list(lines)
    parents = sold_by_variations(entries.values()) if found else frozenset()
    return [line for line in found if line.variation_id or line.product_id not in parents]


def with_unmatched(
    figures: Mapping[str, StockFigures],
    entries: Mapping[int, MapEntry],
    lines: Iterable[UnmatchedLine],
) -> Mapping[str, StockFigures]:
    """The figures with what these lines take added to `unbooked`.

    Such an order waits for people, and the item may have been added to Counterpoint since: without
    this its goods would be offered a second time.
    """
    found = dict(figures)
    for line in placeable(lines, entries):
        match = matched(line, entries, found)
        if match:
            item, quantity = match
            found[item] = replace(found[item], unbooked=found[item].unbooked + quantity)
    return found
